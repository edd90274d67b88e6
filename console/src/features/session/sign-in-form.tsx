/** E-mail and password. */
import { Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import { formProblems } from "../../api/errors";
import { ErrorAlert } from "../../ui/error-alert";
import { signIn } from "./queries";

interface SignInFormProps {
  onSignedIn: () => void;
}

const PLACES = { email: "email", password: "password" } as const;

export function SignInForm({ onSignedIn }: SignInFormProps) {
  const form = useForm({
    initialValues: { email: "", password: "" },
    validate: {
      email: (value) => (value.trim() === "" ? "Enter your e-mail address" : null),
      password: (value) => (value === "" ? "Enter your password" : null),
    },
  });
  const call = useMutation({
    mutationFn: signIn,
    meta: { askedSignedOut: true },
    onSuccess: onSignedIn,
    onError: (error) => form.setErrors(formProblems(error, PLACES).fields),
  });
  const general = call.error ? formProblems(call.error, PLACES).general : null;

  return (
    <form
      noValidate
      onSubmit={form.onSubmit(({ email, password }) =>
        call.mutate({ email: email.trim(), password }),
      )}
    >
      <Stack gap="md">
        <ErrorAlert error={general} />
        <TextInput
          label="E-mail"
          type="email"
          autoComplete="username"
          autoFocus
          required
          {...form.getInputProps("email")}
        />
        <PasswordInput
          label="Password"
          autoComplete="current-password"
          required
          {...form.getInputProps("password")}
        />
        <Button type="submit" loading={call.isPending}>
          Sign in
        </Button>
      </Stack>
    </form>
  );
}
