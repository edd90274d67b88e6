/** Asks before an act that cannot be taken back; where much is lost, the name must be typed. */
import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { type FormEvent, type ReactNode, useState } from "react";
import { ErrorAlert } from "./error-alert";

interface ConfirmDialogProps {
  isOpen: boolean;
  title: string;
  /** What will break. */
  children: ReactNode;
  confirmLabel: string;
  /** When given, this text must be typed first. */
  nameToType?: string;
  /** Nothing is lost: the button is not red. */
  isHarmless?: boolean;
  isPending: boolean;
  error: unknown;
  onConfirm: () => void;
  onClose: () => void;
}

function ConfirmBody(props: ConfirmDialogProps) {
  const { nameToType, confirmLabel, isPending, error, onConfirm, onClose, children } = props;
  const color = props.isHarmless ? undefined : "red.9";
  const [typed, setTyped] = useState("");
  const mayGo = nameToType === undefined || typed.trim() === nameToType.trim();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (mayGo && !isPending) onConfirm();
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        {children}
        {nameToType !== undefined && (
          <TextInput
            data-autofocus
            label="Type the name to confirm"
            description={nameToType}
            autoComplete="off"
            spellCheck={false}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            styles={{ description: { overflowWrap: "anywhere", fontWeight: 600 } }}
          />
        )}
        <ErrorAlert error={error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" color={color} disabled={!mayGo} loading={isPending}>
            {confirmLabel}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

export function ConfirmDialog(props: ConfirmDialogProps) {
  return (
    <Modal opened={props.isOpen} onClose={props.onClose} title={props.title} size="md">
      <ConfirmBody {...props} />
    </Modal>
  );
}
