/** Shows a new credential once; only "I have stored it" closes it. */
import { Button, Group, Modal, Stack } from "@mantine/core";
import { Credential } from "../../../ui/credential";

interface CredentialDialogProps {
  /** Whose it is, and what it is; null shows nothing. */
  shown: { name: string; credential: string } | null;
  onStored: () => void;
}

export function CredentialDialog({ shown, onStored }: CredentialDialogProps) {
  return (
    <Modal
      opened={shown !== null}
      onClose={() => {}}
      title={shown ? `API key of ${shown.name}` : ""}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      transitionProps={{ duration: 0 }}
    >
      {shown && (
        <Stack gap="md">
          <Credential value={shown.credential} />
          <Group justify="flex-end">
            <Button onClick={onStored}>I have stored it</Button>
          </Group>
        </Stack>
      )}
    </Modal>
  );
}
