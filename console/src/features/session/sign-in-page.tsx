/** Sign-in; while the workspace has no owner it says how to make one. */
import { Code, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { OutsidePage } from "./outside-page";
import { needsSetupQuery } from "./queries";
import { SignInForm } from "./sign-in-form";

interface SignInPageProps {
  onSignedIn: () => void;
}

export function SignInPage({ onSignedIn }: SignInPageProps) {
  const needsSetup = useQuery(needsSetupQuery);
  if (needsSetup.data === true) {
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
      <SignInForm onSignedIn={onSignedIn} />
    </OutsidePage>
  );
}
