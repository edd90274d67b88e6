/** A credential in full, shown once. It stands in no URL, history, storage, cache or log: only in memory, here. */
import { Alert, Code, Group, Stack } from "@mantine/core";
import { IconKey } from "@tabler/icons-react";
import { CopyButton } from "./copy-button";
import classes from "./credential.module.css";

interface CopiedValueProps {
  value: string;
  testId: string;
  /** Accessible name of the copy button where several stand together. */
  copyName?: string;
}

/** A value to copy, whole. */
export function CopiedValue({ value, testId, copyName }: CopiedValueProps) {
  return (
    <Group gap="sm" align="stretch" wrap="wrap">
      <Code className={classes.value} data-testid={testId}>
        {value}
      </Code>
      <CopyButton value={value} size="sm" variant="filled" name={copyName} />
    </Group>
  );
}

export function Credential({ value }: { value: string }) {
  return (
    <Stack gap="sm">
      <Alert color="yellow" icon={<IconKey aria-hidden />} title="Shown once">
        Copy it now: it cannot be shown again. Confidential: only you and this client should know
        it.
      </Alert>
      <CopiedValue value={value} testId="credential-value" />
    </Stack>
  );
}
