/** Sign-in; while the workspace has no owner it says how to make one. */
import { Alert, Code, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type OidcError, oidcErrorWords } from "./oidc-errors";
import { OidcLink } from "./oidc-link";
import { OutsidePage } from "./outside-page";
import { setupStateQuery } from "./queries";
import { SignInForm } from "./sign-in-form";

interface SignInPageProps {
  /** Why a sign-in at the provider failed. */
  oidcError: OidcError | undefined;
  onSignedIn: () => void;
}

export function SignInPage({ oidcError, onSignedIn }: SignInPageProps) {
  const state = useQuery(setupStateQuery);
  if (state.data?.needs_setup) {
    return (
      <OutsidePage title="Open the set-up link">
        <Stack gap="sm">
          <Text>
            This Portcullis has no owner yet. When it started it printed a one-time set-up link:
            open that link to make the owner.
          </Text>
          <Text>For a new link, run this where Portcullis runs:</Text>
          <Code block>portcullis setup-link</Code>
        </Stack>
      </OutsidePage>
    );
  }
  return (
    <OutsidePage title="Sign in">
      {oidcError && (
        <Alert color="red" mb="md" role="alert" title="You are not signed in">
          {oidcErrorWords(oidcError)}
        </Alert>
      )}
      <SignInForm onSignedIn={onSignedIn} />
      <OidcLink />
    </OutsidePage>
  );
}
