/** A credential in full, shown once. It stands in no URL, history, storage, cache or log: only in memory, here. */
import { Alert, Code, Group, Stack, Text } from "@mantine/core";
import { IconKey } from "@tabler/icons-react";
import { CopyButton } from "./copy-button";
import classes from "./credential.module.css";

interface CredentialProps {
  value: string;
}

export function Credential({ value }: CredentialProps) {
  return (
    <Stack gap="sm">
      <Alert color="yellow" icon={<IconKey aria-hidden />} title="Shown once">
        Copy it now: it cannot be shown again. Confidential: only you and this client should know
        it.
      </Alert>
      <Group gap="sm" align="stretch" wrap="wrap">
        <Code className={classes.value} data-testid="credential-value">
          {value}
        </Code>
        <CopyButton value={value} size="sm" variant="filled" />
      </Group>
      <Text size="sm" c="dimmed">
        The gateway takes it in the header <Code>api-token</Code>.
      </Text>
    </Stack>
  );
}
