/** Sets an authenticator app up: password, QR code, first code. */
import { Button, Code, Group, Modal, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { problemAt } from "../../api/errors";
import type { Totp } from "../../api/types";
import { CopyButton } from "../../ui/copy-button";
import { Fold } from "../../ui/fold";
import { beginTotp, confirmTotp } from "./account-queries";
import { QrCode } from "./qr-code";

interface EnrolTotpDialogProps {
  isOpen: boolean;
  onClose: () => void;
  /** With the recovery codes. */
  onEnabled: (codes: readonly string[]) => void;
}

function PasswordStep({
  onPending,
  onClose,
}: {
  onPending: (totp: Totp) => void;
  onClose: () => void;
}) {
  const [password, setPassword] = useState("");
  const begin = useMutation({ mutationFn: () => beginTotp(password), onSuccess: onPending });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    begin.mutate();
  };
  return (
    <form noValidate onSubmit={submit}>
      <Stack gap="md">
        <PasswordInput
          label="Present password"
          autoComplete="current-password"
          required
          data-autofocus
          value={password}
          onChange={({ currentTarget }) => setPassword(currentTarget.value)}
          error={begin.error && problemAt("current_password", begin.error)}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" disabled={password === ""} loading={begin.isPending}>
            Next
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function CodeStep({
  totp,
  onClose,
  onEnabled,
}: Omit<EnrolTotpDialogProps, "isOpen"> & { totp: Totp }) {
  const [code, setCode] = useState("");
  const confirm = useMutation({
    mutationFn: () => confirmTotp(code.replaceAll(" ", "")),
    onSuccess: ({ recovery_codes: codes }) => onEnabled(codes ?? []),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    confirm.mutate();
  };
  return (
    <form noValidate onSubmit={submit}>
      <Stack gap="md">
        <Text size="sm">Scan this with the authenticator app, then enter the code it shows.</Text>
        <Group justify="center">
          <QrCode text={totp.otpauth_url ?? ""} label="QR code for the authenticator app" />
        </Group>
        <Fold label="Enter the secret by hand">
          <Group gap="sm">
            <Code className="break-anywhere" data-testid="totp-secret">
              {totp.secret}
            </Code>
            <CopyButton value={totp.secret ?? ""} name="Copy the secret" />
          </Group>
          <Text size="sm" c="dimmed">
            Time based, 6 digits, 30 seconds, SHA-1.
          </Text>
        </Fold>
        <TextInput
          label="Code"
          inputMode="numeric"
          autoComplete="one-time-code"
          required
          data-autofocus
          value={code}
          onChange={({ currentTarget }) => setCode(currentTarget.value)}
          error={confirm.error && problemAt("code", confirm.error)}
          maw={200}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" disabled={code.trim() === ""} loading={confirm.isPending}>
            Switch on
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Steps(props: Omit<EnrolTotpDialogProps, "isOpen">) {
  const [pending, setPending] = useState<Totp | null>(null);
  return pending ? (
    <CodeStep totp={pending} {...props} />
  ) : (
    <PasswordStep onPending={setPending} onClose={props.onClose} />
  );
}

export function EnrolTotpDialog({ isOpen, ...rest }: EnrolTotpDialogProps) {
  return (
    <Modal opened={isOpen} onClose={rest.onClose} title="Set up an authenticator app" size="md">
      <Steps {...rest} />
    </Modal>
  );
}
