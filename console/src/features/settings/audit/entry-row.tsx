/** One entry of the audit log; it unfolds to what was before and after. */
import { Box, Code, Group, Stack, Table, Text } from "@mantine/core";
import type { AuditEntry } from "../../../api/types";
import { Fold } from "../../../ui/fold";
import { capitalise, formatNumber, formatTime, plural } from "../../../ui/format";
import { RESOURCE_TYPES } from "./audit-search";
import { type Difference, differences } from "./differences";

/** "client.default_terms_changed" as "Client: default terms changed". */
export function eventInWords(eventType: string): string {
  const [noun = "", ...what] = eventType.split(".");
  const words = what.join(" ").replaceAll("_", " ");
  return `${RESOURCE_TYPES[noun] ?? capitalise(noun.replaceAll("_", " "))} ${words}`.trim();
}

function Differences({ lines }: { lines: readonly Difference[] }) {
  return (
    <Table
      aria-label="Before and after"
      verticalSpacing={4}
      horizontalSpacing="sm"
      withTableBorder
      layout="fixed"
    >
      <Table.Thead>
        <Table.Tr>
          <Table.Th w="28%">Field</Table.Th>
          <Table.Th>Before</Table.Th>
          <Table.Th>After</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {lines.map(({ field, before, after }) => (
          <Table.Tr key={field}>
            <Table.Td className="break-anywhere">{field}</Table.Td>
            <Table.Td>{before === null ? "-" : <Value text={before} />}</Table.Td>
            <Table.Td>{after === null ? "-" : <Value text={after} />}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Value({ text }: { text: string }) {
  return (
    <Code className="break-anywhere" style={{ whiteSpace: "pre-wrap" }}>
      {text}
    </Code>
  );
}

function whoWords({ user }: AuditEntry): string {
  const who = user.type === "token" ? `management token ${user.name}` : user.name;
  return user.address ? `${who} from ${user.address}` : who;
}

export function EntryRow({ entry }: { entry: AuditEntry }) {
  const { before, after, revision } = entry.details;
  const lines = differences(before, after);
  return (
    <Box component="li" p="md" data-testid="audit-entry">
      <Group justify="space-between" gap="xs" align="flex-start">
        <Text fw={600} className="break-anywhere" flex="1 1 14rem" miw={0}>
          {eventInWords(entry.event_type)}
          {entry.resource.name && `: ${entry.resource.name}`}
        </Text>
        <Text size="sm" c="dimmed">
          {formatTime(entry.timestamp)}
        </Text>
      </Group>
      <Stack gap={2} mt={2}>
        <Text size="sm" c="dimmed" className="break-anywhere">
          By {whoWords(entry)}; revision {formatNumber(revision)}
        </Text>
        {lines.length > 0 && (
          <Fold label={`Before and after: ${plural(lines.length, "field")}`}>
            <Differences lines={lines} />
          </Fold>
        )}
      </Stack>
    </Box>
  );
}
