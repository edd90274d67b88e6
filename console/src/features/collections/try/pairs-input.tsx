/** Names and values of a request: query parameters or headers. */
import { ActionIcon, Button, Fieldset, Group, Stack, TextInput } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import type { Pair } from "./try-values";

interface PairsInputProps {
  title: string;
  /** "Header": begins the accessible names. */
  noun: string;
  value: Pair[];
  onChange: (value: Pair[]) => void;
}

export function PairsInput({ title, noun, value, onChange }: PairsInputProps) {
  const change = (id: number, part: Partial<Pair>) =>
    onChange(value.map((row) => (row.id === id ? { ...row, ...part } : row)));
  const nextId = value.reduce((most, row) => Math.max(most, row.id), -1) + 1;
  return (
    <Fieldset
      legend={title}
      variant="unstyled"
      styles={{
        root: { marginInline: 0 },
        legend: { fontWeight: 600, paddingInline: 0, marginBottom: 4 },
      }}
    >
      <Stack gap="xs">
        {value.map((row, index) => (
          <Group key={row.id} gap="xs" wrap="nowrap">
            <TextInput
              flex={1}
              miw={0}
              aria-label={`${noun} ${index + 1} name`}
              placeholder="Name"
              spellCheck={false}
              autoComplete="off"
              value={row.name}
              onChange={(event) => change(row.id, { name: event.currentTarget.value })}
            />
            <TextInput
              flex={2}
              miw={0}
              aria-label={`${noun} ${index + 1} value`}
              placeholder="Value"
              spellCheck={false}
              autoComplete="off"
              value={row.value}
              onChange={(event) => change(row.id, { value: event.currentTarget.value })}
            />
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={`Remove ${noun.toLowerCase()} ${index + 1}`}
              onClick={() => onChange(value.filter(({ id }) => id !== row.id))}
            >
              <IconX size={16} aria-hidden />
            </ActionIcon>
          </Group>
        ))}
        <Button
          size="xs"
          variant="default"
          w="fit-content"
          leftSection={<IconPlus size={14} aria-hidden />}
          onClick={() => onChange([...value, { id: nextId, name: "", value: "" }])}
        >
          Add {noun.toLowerCase()}
        </Button>
      </Stack>
    </Fieldset>
  );
}
