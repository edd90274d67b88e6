/** How much of a limit is used: a bar with its numbers in words. */
import { Box, Group, Progress, Text } from "@mantine/core";
import { formatNumber } from "./format";

interface MeterProps {
  /** What is counted: "Rate", "Quota". */
  label: string;
  used: number;
  of: number;
  /** A line below: when it begins anew. */
  note?: string;
}

/** Calm until four fifths are used, then amber, then red. */
function colorOf(share: number): string {
  if (share >= 1) return "red.8";
  return share >= 0.8 ? "orange.6" : "steel.5";
}

export function Meter({ label, used, of, note }: MeterProps) {
  const share = of <= 0 ? 1 : Math.min(1, used / of);
  const words = `${formatNumber(used)} of ${formatNumber(of)} used`;
  return (
    <Box>
      <Group justify="space-between" gap="xs" mb={4} wrap="nowrap">
        <Text size="xs" c="dimmed">
          {label}
        </Text>
        <Text size="xs" ta="right">
          {words}
        </Text>
      </Group>
      <Progress.Root size="sm" bg="var(--surface-border)">
        <Progress.Section
          value={share * 100}
          color={colorOf(share)}
          aria-label={label}
          aria-valuetext={words}
        />
      </Progress.Root>
      {note && (
        <Text size="xs" c="dimmed" mt={4}>
          {note}
        </Text>
      )}
    </Box>
  );
}
