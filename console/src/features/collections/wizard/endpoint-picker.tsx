/** What a document would make endpoints of: looked through, searched, chosen. */
import {
  Alert,
  Button,
  Card,
  Checkbox,
  Group,
  List,
  Stack,
  Table,
  Text,
  TextInput,
} from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useState } from "react";
import type { DocumentPreview } from "../../../api/types";
import { Fold } from "../../../ui/fold";
import { formatNumber, plural } from "../../../ui/format";
import { MethodBadge } from "../method-badge";
import classes from "./endpoint-picker.module.css";

interface EndpointPickerProps {
  preview: DocumentPreview;
  /** The chosen operations, as "METHOD /path". */
  chosen: ReadonlySet<string>;
  onChange: (chosen: ReadonlySet<string>) => void;
  error?: string | null;
}

/** So many rows are drawn; a search narrows what is beyond. */
const MOST_ROWS = 300;

type Operation = DocumentPreview["endpoints"][number];

function matches({ operation, name }: Operation, q: string): boolean {
  return `${operation} ${name}`.toLowerCase().includes(q.trim().toLowerCase());
}

function Failed({ actions }: { actions: readonly string[] }) {
  if (actions.length === 0) return null;
  return (
    <Alert color="yellow" title={`${plural(actions.length, "operation")} cannot be an endpoint`}>
      <Fold label="Which, and why" summary={actions[0]}>
        <List size="sm">
          {actions.map((action) => (
            <List.Item key={action} className="break-anywhere">
              {action}
            </List.Item>
          ))}
        </List>
      </Fold>
    </Alert>
  );
}

export function EndpointPicker({ preview, chosen, onChange, error }: EndpointPickerProps) {
  const [q, setQ] = useState("");
  const found = preview.endpoints.filter((endpoint) => matches(endpoint, q));
  const shown = found.slice(0, MOST_ROWS);
  const set = (operations: readonly Operation[], isChosen: boolean) => {
    const next = new Set(chosen);
    for (const { operation } of operations) {
      if (isChosen) next.add(operation);
      else next.delete(operation);
    }
    onChange(next);
  };
  return (
    <Stack gap="md">
      <Group justify="space-between" gap="sm">
        <TextInput
          type="search"
          role="searchbox"
          aria-label="Search operations"
          placeholder="Search operations"
          leftSection={<IconSearch size={16} aria-hidden />}
          w={{ base: "100%", xs: 260 }}
          value={q}
          onChange={(event) => setQ(event.currentTarget.value)}
        />
        <Group gap="xs">
          <Button size="xs" variant="default" onClick={() => set(found, true)}>
            Choose all{q.trim() ? " found" : ""}
          </Button>
          <Button size="xs" variant="default" onClick={() => set(found, false)}>
            Choose none
          </Button>
        </Group>
      </Group>
      <Text size="sm" role="status" data-testid="chosen-count">
        {formatNumber(chosen.size)} of {plural(preview.endpoints.length, "operation")} chosen
      </Text>
      <Card
        withBorder
        padding={0}
        bg="var(--surface)"
        className={classes.scroll}
        tabIndex={0}
        role="region"
        aria-label="Operations of the document"
      >
        <Table aria-label="Operations of the document" verticalSpacing={6}>
          <Table.Tbody>
            {shown.map((endpoint) => (
              <Table.Tr key={endpoint.operation}>
                <Table.Td w={44}>
                  <Checkbox
                    aria-label={endpoint.operation}
                    checked={chosen.has(endpoint.operation)}
                    onChange={(event) => set([endpoint], event.currentTarget.checked)}
                  />
                </Table.Td>
                <Table.Td>
                  <Group gap="sm">
                    <MethodBadge method={endpoint.method} />
                    <div className={classes.text}>
                      <Text size="sm" fw={500} className="break-anywhere">
                        {endpoint.name}
                      </Text>
                      <Text size="sm" ff="monospace" c="dimmed" className="break-anywhere">
                        /{endpoint.path}
                      </Text>
                    </div>
                  </Group>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
        {found.length === 0 && (
          <Text c="dimmed" p="md">
            No operation matches "{q}".
          </Text>
        )}
      </Card>
      {found.length > shown.length && (
        <Text size="sm" c="dimmed">
          The first {formatNumber(MOST_ROWS)} of {formatNumber(found.length)} are shown: search to
          see the others.
        </Text>
      )}
      {error && (
        <Text size="sm" c="var(--mantine-color-error)" role="alert">
          {error}
        </Text>
      )}
      <Failed actions={preview.failed_actions} />
    </Stack>
  );
}
