/** Key and value pairs of one's own. */
import { ActionIcon, Button, Fieldset, Group, Stack, Text, TextInput } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";

export interface Label {
  id: number;
  key: string;
  value: string;
}

interface LabelsInputProps {
  value: Label[];
  onChange: (value: Label[]) => void;
  error?: string | null;
}

/** Labels as rows of the form. */
export function rowsOf(labels: Record<string, string> | null | undefined): Label[] {
  return Object.entries(labels ?? {}).map(([key, value], id) => ({ id, key, value }));
}

/** Rows as the API takes them; a row without a key is none. */
export function labelsOf(rows: readonly Label[]): Record<string, string> {
  const named = rows.map((row) => [row.key.trim(), row.value.trim()] as const);
  return Object.fromEntries(named.filter(([key]) => key !== ""));
}

export function LabelsInput({ value, onChange, error }: LabelsInputProps) {
  const change = (id: number, part: Partial<Label>) =>
    onChange(value.map((row) => (row.id === id ? { ...row, ...part } : row)));
  const nextId = value.reduce((most, row) => Math.max(most, row.id), -1) + 1;
  return (
    <Fieldset
      legend="Labels"
      variant="unstyled"
      styles={{ legend: { fontWeight: 500, paddingInline: 0, marginBottom: 4 } }}
    >
      <Stack gap="xs">
        {value.map((row, index) => (
          <Group key={row.id} gap="xs" wrap="nowrap">
            <TextInput
              flex={1}
              miw={0}
              aria-label={`Label ${index + 1} key`}
              placeholder="Key"
              value={row.key}
              onChange={(event) => change(row.id, { key: event.currentTarget.value })}
            />
            <TextInput
              flex={1}
              miw={0}
              aria-label={`Label ${index + 1} value`}
              placeholder="Value"
              value={row.value}
              onChange={(event) => change(row.id, { value: event.currentTarget.value })}
            />
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={`Remove label ${index + 1}`}
              onClick={() => onChange(value.filter((other) => other.id !== row.id))}
            >
              <IconX size={16} aria-hidden />
            </ActionIcon>
          </Group>
        ))}
        {error && (
          <Text size="sm" c="var(--mantine-color-error)">
            {error}
          </Text>
        )}
        <Button
          variant="subtle"
          size="xs"
          w="fit-content"
          leftSection={<IconPlus size={14} aria-hidden />}
          onClick={() => onChange([...value, { id: nextId, key: "", value: "" }])}
        >
          Add label
        </Button>
      </Stack>
    </Fieldset>
  );
}
