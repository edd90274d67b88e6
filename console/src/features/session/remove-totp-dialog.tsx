/** Switches the second factor off; asks for the password. */
import { Button, Group, Modal, PasswordInput, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { problemAt } from "../../api/errors";
import { removeTotp } from "./account-queries";

interface RemoveTotpDialogProps {
  isOpen: boolean;
  onClose: () => void;
  onRemoved: () => void;
}

function RemoveForm({ onClose, onRemoved }: Omit<RemoveTotpDialogProps, "isOpen">) {
  const [password, setPassword] = useState("");
  const remove = useMutation({ mutationFn: () => removeTotp(password), onSuccess: onRemoved });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    remove.mutate();
  };
  return (
    <form noValidate onSubmit={submit}>
      <Stack gap="md">
        <Text size="sm">
          From then on your password alone lets in whoever knows it. The recovery codes end too.
        </Text>
        <PasswordInput
          label="Present password"
          autoComplete="current-password"
          required
          data-autofocus
          value={password}
          onChange={({ currentTarget }) => setPassword(currentTarget.value)}
          error={remove.error && problemAt("current_password", remove.error)}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" color="red.9" disabled={password === ""} loading={remove.isPending}>
            Switch off
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

export function RemoveTotpDialog({ isOpen, ...rest }: RemoveTotpDialogProps) {
  return (
    <Modal opened={isOpen} onClose={rest.onClose} title="Switch the second factor off" size="md">
      <RemoveForm {...rest} />
    </Modal>
  );
}
