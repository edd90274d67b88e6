/** A management token in full, shown once. */
import { Alert, Button, Group, Modal, Stack, Text } from "@mantine/core";
import { IconKey } from "@tabler/icons-react";
import type { ManagementToken } from "../../../api/types";
import { CopiedValue } from "../../../ui/credential";

interface MadeTokenDialogProps {
  /** Null: closed. */
  token: ManagementToken | null;
  onStored: () => void;
}

export function MadeTokenDialog({ token, onStored }: MadeTokenDialogProps) {
  return (
    <Modal
      opened={token !== null}
      onClose={() => {}}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      title={`Management token ${token?.name ?? ""}`}
    >
      <Stack gap="md">
        <Alert color="yellow" icon={<IconKey aria-hidden />} title="Shown once">
          Copy it now: it cannot be shown again. Whoever holds it may do what its role may do.
        </Alert>
        <CopiedValue value={token?.token ?? ""} testId="credential-value" />
        <Text size="sm" c="dimmed">
          Scripts send it as <code>Authorization: Bearer</code>, the command line reads it from{" "}
          <code>PORTCULLIS_TOKEN</code>.
        </Text>
        <Group justify="flex-end">
          <Button onClick={onStored}>I have stored it</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
