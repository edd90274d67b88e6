/** Shows a new credential; one that is a secret is shown once, and only "I have stored it" closes it. */
import { Button, Group, Modal, Stack } from "@mantine/core";
import { credentialNoun, type Issued, isSecret } from "./issued";
import { IssuedCredential } from "./issued-credential";

interface CredentialDialogProps {
  /** Null shows nothing. */
  issued: Issued | null;
  onStored: () => void;
}

export function CredentialDialog({ issued, onStored }: CredentialDialogProps) {
  const mayClose = issued !== null && !isSecret(issued.method);
  return (
    <Modal
      opened={issued !== null}
      onClose={mayClose ? onStored : () => {}}
      title={issued ? `${credentialNoun(issued.method)} of ${issued.name}` : ""}
      withCloseButton={mayClose}
      closeOnEscape={mayClose}
      closeOnClickOutside={false}
      transitionProps={{ duration: 0 }}
    >
      {issued && (
        <Stack gap="md">
          <IssuedCredential issued={issued} />
          <Group justify="flex-end">
            <Button onClick={onStored}>{mayClose ? "Done" : "I have stored it"}</Button>
          </Group>
        </Stack>
      )}
    </Modal>
  );
}
