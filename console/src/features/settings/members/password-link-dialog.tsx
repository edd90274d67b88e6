/** The link by which a member chooses a password. It works once, and is shown only here. */
import { Alert, Button, Group, Modal, Stack, Text } from "@mantine/core";
import { IconLink } from "@tabler/icons-react";
import type { InvitedMember } from "../../../api/types";
import { CopiedValue } from "../../../ui/credential";
import { formatTime } from "../../../ui/format";

interface PasswordLinkDialogProps {
  /** Null: closed. */
  member: InvitedMember | null;
  onClose: () => void;
}

export function PasswordLinkDialog({ member, onClose }: PasswordLinkDialogProps) {
  return (
    <Modal
      opened={member !== null}
      onClose={() => {}}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      title={`Password link of ${member?.email ?? ""}`}
    >
      <Stack gap="md">
        <Alert color="yellow" icon={<IconLink aria-hidden />} title="Shown once">
          Send it to the member by a way you trust: whoever opens it chooses the password and is
          signed in.
        </Alert>
        <CopiedValue value={member?.password_link?.url ?? ""} testId="password-link" />
        {member?.password_link && (
          <Text size="sm" c="dimmed">
            Works once, until {formatTime(member.password_link.expires_at)}.
          </Text>
        )}
        <Group justify="flex-end">
          <Button onClick={onClose}>I have sent it</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
