/** A command to copy. */
import { Box, Code, Group, Text } from "@mantine/core";
import { CopyButton } from "./copy-button";

interface CodeLineProps {
  label: string;
  code: string;
  /** What is copied, where it differs from what is shown. */
  copied?: string;
}

export function CodeLine({ label, code, copied }: CodeLineProps) {
  return (
    <Box>
      <Group justify="space-between" mb={4} gap="xs">
        <Text size="sm" fw={500}>
          {label}
        </Text>
        <CopyButton value={copied ?? code} name={`Copy ${label}`} />
      </Group>
      <Code block className="break-anywhere" style={{ whiteSpace: "pre-wrap" }}>
        {code}
      </Code>
    </Box>
  );
}
