/** E-mail and password, and a code where the member has a second factor. */
import { Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { asApiError, formProblems } from "../../api/errors";
import { ErrorAlert } from "../../ui/error-alert";
import { signIn } from "./queries";

interface SignInFormProps {
  onSignedIn: () => void;
}

const PLACES = { email: "email", password: "password", code: "code" } as const;
const CODE_NEEDED = "urn:portcullis:problem:code_needed";
const WRONG_CODE = "urn:portcullis:problem:wrong_code";

export function SignInForm({ onSignedIn }: SignInFormProps) {
  const [asksForCode, setAsksForCode] = useState(false);
  const form = useForm({
    initialValues: { email: "", password: "", code: "" },
    validate: {
      email: (value) => (value.trim() === "" ? "Enter your e-mail address" : null),
      password: (value) => (value === "" ? "Enter your password" : null),
      code: (value) => (asksForCode && value.trim() === "" ? "Enter the code" : null),
    },
  });
  const call = useMutation({
    mutationFn: signIn,
    meta: { askedSignedOut: true },
    onSuccess: onSignedIn,
    onError: (error) => {
      const { type } = asApiError(error);
      if (type === CODE_NEEDED) return setAsksForCode(true);
      if (type === WRONG_CODE) {
        setAsksForCode(true);
        form.setFieldValue("code", "");
        return form.setErrors({ code: "The code is wrong, or was used already" });
      }
      form.setErrors(formProblems(error, PLACES).fields);
    },
  });
  const isAboutCode = [CODE_NEEDED, WRONG_CODE].includes(asApiError(call.error).type ?? "");
  const general = call.error && !isAboutCode ? formProblems(call.error, PLACES).general : null;

  return (
    <form
      noValidate
      onSubmit={form.onSubmit(({ email, password, code }) =>
        call.mutate({
          email: email.trim(),
          password,
          ...(asksForCode && { code: code.trim() }),
        }),
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
        {asksForCode && (
          <TextInput
            label="Code"
            description="Of your authenticator app, or a recovery code"
            autoComplete="one-time-code"
            autoFocus
            required
            {...form.getInputProps("code")}
          />
        )}
        <Button type="submit" loading={call.isPending}>
          Sign in
        </Button>
      </Stack>
    </form>
  );
}
