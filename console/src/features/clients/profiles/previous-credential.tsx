/** The credential before the present one, while both work: until when, whether it is in use, and its end. */
import { Button, Group, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Profile } from "../../../api/types";
import { ConfirmDialog } from "../../../ui/confirm-dialog";
import { ForRole } from "../../../ui/for-role";
import { formatTime } from "../../../ui/format";
import { toastDone } from "../../../ui/toast";
import { finishOverlap } from "../changes";
import classes from "./previous-credential.module.css";

interface PreviousCredentialProps {
  clientId: number;
  profile: Profile;
}

function lastUse(at: string | null | undefined): string {
  return at ? `last used ${formatTime(at)}` : "not used since it was replaced, as far as is known";
}

export function PreviousCredential({ clientId, profile }: PreviousCredentialProps) {
  const queryClient = useQueryClient();
  const [isAsking, setIsAsking] = useState(false);
  const finish = useMutation({
    mutationFn: () => finishOverlap(clientId, profile.id),
    onSuccess: async () => {
      setIsAsking(false);
      toastDone("The old credential has ended.");
      await queryClient.invalidateQueries({ queryKey: ["clients"] });
    },
  });
  const previous = profile.previous_credential;
  if (!previous) return null;
  return (
    <Group className={classes.strip} data-testid="previous-credential">
      <Text size="sm" flex="1 1 16rem">
        The old credential works until {formatTime(previous.expires_at)};{" "}
        {lastUse(previous.last_used_at)}.
      </Text>
      <ForRole needs="operator">
        <Button
          size="compact-sm"
          variant="default"
          onClick={() => {
            finish.reset();
            setIsAsking(true);
          }}
        >
          Finish now
        </Button>
      </ForRole>
      <ConfirmDialog
        isOpen={isAsking}
        title="End the old credential"
        confirmLabel="End it now"
        isPending={finish.isPending}
        error={finish.error}
        onConfirm={() => finish.mutate()}
        onClose={() => setIsAsking(false)}
      >
        <Text>
          Every program that still uses it is refused with 401 from now on. It was{" "}
          {lastUse(previous.last_used_at)}.
        </Text>
      </ConfirmDialog>
    </Group>
  );
}
