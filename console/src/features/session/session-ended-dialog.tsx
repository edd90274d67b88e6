/** The session ended while the console was open: sign in again on the spot, and nothing typed is lost. */
import { Modal, Stack, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { sessionState } from "../../api/session-state";
import { OidcLink } from "./oidc-link";
import { SignInForm } from "./sign-in-form";

export function SessionEndedDialog() {
  const hasEnded = useSyncExternalStore(sessionState.subscribe, sessionState.hasEnded);
  const queryClient = useQueryClient();
  const resume = () => {
    sessionState.resume();
    void queryClient.invalidateQueries();
  };
  return (
    <Modal
      opened={hasEnded}
      onClose={() => {}}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      title="Your session has ended"
      size="sm"
      zIndex={1000}
    >
      <Stack gap="md">
        <Text size="sm" c="dimmed">
          Sign in again to go on. What you typed is kept.
        </Text>
        <SignInForm onSignedIn={resume} />
        {hasEnded && <OidcLink />}
      </Stack>
    </Modal>
  );
}
