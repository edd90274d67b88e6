/** Asks before the wizard is left half-way. */
import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useBlocker } from "@tanstack/react-router";

interface LeaveGuardProps {
  isActive: boolean;
  /** A credential is on the screen that cannot be shown again. */
  isCredentialOpen: boolean;
}

export function LeaveGuard({ isActive, isCredentialOpen }: LeaveGuardProps) {
  const blocker = useBlocker({
    shouldBlockFn: () => isActive,
    enableBeforeUnload: () => isActive,
    withResolver: true,
  });
  const isAsking = blocker.status === "blocked";
  return (
    <Modal
      opened={isAsking}
      onClose={() => blocker.reset?.()}
      title={isCredentialOpen ? "Is the credential stored?" : "Leave without creating the client?"}
      size="md"
    >
      <Stack gap="md">
        <Text>
          {isCredentialOpen
            ? "It cannot be shown again. Without it, only Refresh gives the profile a new one."
            : "Nothing has been saved yet: what you typed is lost."}
        </Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={() => blocker.reset?.()}>
            Stay
          </Button>
          <Button color="red.9" onClick={() => blocker.proceed?.()}>
            Leave
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
