/** The one-time link: makes the owner, or sets a member's password anew. */
import { Button, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { formProblems } from "../../api/errors";
import { ErrorAlert } from "../../ui/error-alert";
import { AnchorLink } from "../../ui/links";
import { LoadingRows } from "../../ui/loading";
import { OutsidePage } from "./outside-page";
import { passwordProblem } from "./password-rule";
import { setUp, setupStateQuery } from "./queries";

/** Reads the token of `#token=...`; a fragment is sent to no server and stands in no log. */
export function tokenOf(hash: string): string {
  return new URLSearchParams(hash.replace(/^#/, "")).get("token") ?? "";
}

const PLACES = { email: "email", password: "password", name: "name" } as const;

interface SetupPageProps {
  hash: string;
  onSignedIn: () => void;
}

export function SetupPage({ hash, onSignedIn }: SetupPageProps) {
  const [token] = useState(() => tokenOf(hash));
  const state = useQuery(setupStateQuery);
  if (token === "") {
    return (
      <OutsidePage title="This set-up link is not whole">
        <Stack gap="sm">
          <Text>
            It should end with <code>#token=...</code>. Copy the whole link that Portcullis printed
            when it started.
          </Text>
          <AnchorLink to="/sign-in">To sign-in</AnchorLink>
        </Stack>
      </OutsidePage>
    );
  }
  if (state.isPending) {
    return (
      <OutsidePage title="Set-up">
        <LoadingRows rows={3} />
      </OutsidePage>
    );
  }
  return (
    <SetupForm token={token} isReset={state.data?.needs_setup === false} onSignedIn={onSignedIn} />
  );
}

interface SetupFormProps {
  token: string;
  isReset: boolean;
  onSignedIn: () => void;
}

function SetupForm({ token, isReset, onSignedIn }: SetupFormProps) {
  const form = useForm({
    initialValues: { email: "", name: "", password: "", again: "" },
    validate: {
      email: (value) => (value.trim() === "" ? "Enter your e-mail address" : null),
      password: passwordProblem,
      again: (value, values) => (value === values.password ? null : "The two differ"),
    },
  });
  const call = useMutation({
    mutationFn: setUp,
    meta: { askedSignedOut: true },
    onSuccess: onSignedIn,
    onError: (error) => form.setErrors(formProblems(error, PLACES).fields),
  });
  const general = call.error ? formProblems(call.error, PLACES).general : null;

  const submit = form.onSubmit(({ email, name, password }) => {
    const given = name.trim();
    call.mutate({
      token,
      email: email.trim(),
      password,
      ...(given && !isReset && { name: given }),
    });
  });

  return (
    <OutsidePage
      title={isReset ? "Choose a new password" : "Create the owner"}
      lead={
        isReset
          ? "For the member whose e-mail address this link was made for."
          : "The owner may do everything here, and signs in with this e-mail address and password."
      }
    >
      <form noValidate onSubmit={submit}>
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
          {!isReset && (
            <TextInput label="Your name" autoComplete="name" {...form.getInputProps("name")} />
          )}
          <PasswordInput
            label="Password"
            description="At least 12 characters; a few unrelated words do well"
            autoComplete="new-password"
            required
            {...form.getInputProps("password")}
          />
          <PasswordInput
            label="Repeat the password"
            autoComplete="new-password"
            required
            {...form.getInputProps("again")}
          />
          <Button type="submit" loading={call.isPending}>
            {isReset ? "Set password and sign in" : "Create owner and sign in"}
          </Button>
        </Stack>
      </form>
    </OutsidePage>
  );
}
