/** The second factor: codes of an authenticator app at each sign-in. */
import {
  Alert,
  Badge,
  Button,
  Card,
  Code,
  Group,
  SimpleGrid,
  Stack,
  Text,
  Title,
} from "@mantine/core";
import { IconShieldCheck } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { meQuery, useMe } from "../../api/me";
import { CopyButton } from "../../ui/copy-button";
import { EnrolTotpDialog } from "./enrol-totp-dialog";
import { RemoveTotpDialog } from "./remove-totp-dialog";

function RecoveryCodes({ codes, onStored }: { codes: readonly string[]; onStored: () => void }) {
  return (
    <Stack gap="sm">
      <Alert
        color="yellow"
        icon={<IconShieldCheck aria-hidden />}
        title="Recovery codes, shown once"
      >
        Keep them apart from the app: each stands in for one code when the app is lost.
      </Alert>
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="xs" data-testid="recovery-codes">
        {codes.map((code) => (
          <Code key={code} fz="sm">
            {code}
          </Code>
        ))}
      </SimpleGrid>
      <Group>
        <CopyButton value={codes.join("\n")} size="sm" name="Copy the recovery codes" />
        <Button variant="default" onClick={onStored}>
          I have stored them
        </Button>
      </Group>
    </Stack>
  );
}

export function TotpCard() {
  const queryClient = useQueryClient();
  const me = useMe();
  const [open, setOpen] = useState<"none" | "enrol" | "remove">("none");
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const isOn = me?.totp_enabled === true;
  const reload = () =>
    queryClient.invalidateQueries({ queryKey: meQuery.queryKey, refetchType: "all" });
  const close = () => setOpen("none");
  return (
    <Card
      component="section"
      aria-labelledby="totp-title"
      withBorder
      padding="lg"
      bg="var(--surface)"
    >
      <Stack gap="md">
        <div>
          <Group gap="sm">
            <Title order={2} size="h4" id="totp-title">
              Second factor
            </Title>
            <Badge color={isOn ? "teal.9" : "gray.7"} tt="none" data-testid="totp-state">
              {isOn ? "On" : "Off"}
            </Badge>
          </Group>
          <Text size="sm" c="dimmed">
            A code of an authenticator app is asked for at each sign-in, besides your password.
          </Text>
        </div>
        {codes && <RecoveryCodes codes={codes} onStored={() => setCodes(null)} />}
        <Group>
          {isOn ? (
            <Button variant="default" onClick={() => setOpen("remove")}>
              Switch off
            </Button>
          ) : (
            <Button onClick={() => setOpen("enrol")}>Set up an authenticator app</Button>
          )}
        </Group>
      </Stack>
      <EnrolTotpDialog
        isOpen={open === "enrol"}
        onClose={close}
        onEnabled={async (fresh) => {
          close();
          setCodes(fresh);
          await reload();
        }}
      />
      <RemoveTotpDialog
        isOpen={open === "remove"}
        onClose={close}
        onRemoved={async () => {
          close();
          setCodes(null);
          await reload();
        }}
      />
    </Card>
  );
}
