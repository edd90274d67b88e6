/** The secret with which a webhook's messages are signed, shown once. */
import { Alert, Button, Group, Modal, Stack, Text } from "@mantine/core";
import { IconKey } from "@tabler/icons-react";
import type { Webhook } from "../../../api/types";
import { CopiedValue } from "../../../ui/credential";

interface SecretDialogProps {
  /** With its secret in full; null: closed. */
  webhook: Webhook | null;
  onStored: () => void;
}

export function SecretDialog({ webhook, onStored }: SecretDialogProps) {
  return (
    <Modal
      opened={webhook !== null}
      onClose={() => {}}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      title={`Signing secret of ${webhook?.name ?? ""}`}
    >
      <Stack gap="md">
        <Alert color="yellow" icon={<IconKey aria-hidden />} title="Shown once">
          Give it to the receiver: with it the receiver checks that a message is from this
          Portcullis.
        </Alert>
        <CopiedValue value={webhook?.secret ?? ""} testId="credential-value" />
        <Text size="sm" c="dimmed" className="break-anywhere">
          The header <code>webhook-signature</code> holds <code>v1,</code> and the base64
          HMAC-SHA256 of <code>webhook-id.webhook-timestamp.body</code>.
        </Text>
        <Group justify="flex-end">
          <Button onClick={onStored}>I have stored it</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
