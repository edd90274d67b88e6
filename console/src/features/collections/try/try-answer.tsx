/** What came back of a tried call: status, time, request id, headers, body. */
import { Alert, Badge, Box, Code, Group, ScrollArea, Stack, Table, Text } from "@mantine/core";
import type { TryAnswer } from "../../../api/types";
import { CopyButton } from "../../../ui/copy-button";
import { formatNumber } from "../../../ui/format";
import { AnchorLink } from "../../../ui/links";
import { prettyBody } from "./try-values";

function colorOf(status: number): string {
  if (status >= 500) return "#a51d1d";
  // Dark enough for white letters in both schemes.
  return status >= 400 ? "#8a3b00" : "#1d6a2f";
}

function contentTypeOf({ headers }: TryAnswer): string | undefined {
  return headers.find(({ name }) => name.toLowerCase() === "content-type")?.value;
}

function Body({ answer }: { answer: TryAnswer }) {
  if (answer.body === "") return <Text c="dimmed">The answer has no body.</Text>;
  const isText = answer.body_encoding === "text";
  const shown = isText ? prettyBody(answer.body, contentTypeOf(answer)) : answer.body;
  return (
    <Box>
      <Group justify="space-between" mb={4} gap="xs">
        <Text size="sm" fw={500}>
          Body{isText ? "" : " (as base64)"}, {formatNumber(answer.body_bytes)} bytes
        </Text>
        <CopyButton value={answer.body} name="Copy body" />
      </Group>
      {/* What scrolls must be reached by the keyboard. */}
      <ScrollArea.Autosize mah={320} viewportProps={{ tabIndex: 0, "aria-label": "Body" }}>
        <Code
          block
          data-testid="try-body"
          style={{ whiteSpace: "pre-wrap" }}
          className="break-anywhere"
        >
          {shown}
        </Code>
      </ScrollArea.Autosize>
      {answer.body_truncated && (
        <Text size="xs" c="dimmed" mt={4}>
          Only the first 64 KiB are shown.
        </Text>
      )}
    </Box>
  );
}

function Headers({ answer }: { answer: TryAnswer }) {
  const rows = answer.headers.map(({ name, value }, index) => ({ name, value, index }));
  return (
    <Box>
      <Text size="sm" fw={500} mb={4}>
        Headers
      </Text>
      <Table aria-label="Headers of the answer" fz="sm" withRowBorders={false} verticalSpacing={2}>
        <Table.Tbody>
          {rows.map(({ name, value, index }) => (
            <Table.Tr key={index}>
              <Table.Th fw={500} c="dimmed" style={{ verticalAlign: "top" }} scope="row">
                {name}
              </Table.Th>
              <Table.Td className="break-anywhere">{value}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Box>
  );
}

export function TryAnswerView({ answer }: { answer: TryAnswer }) {
  const { status, request_id: requestId } = answer;
  return (
    <Stack gap="md" data-testid="try-answer" data-status={status}>
      <Group gap="sm" role="status">
        <Badge size="lg" color={colorOf(status)} variant="filled">
          {status}
        </Badge>
        <Text size="sm">in {formatNumber(Number(answer.duration_ms.toFixed(1)))} ms</Text>
      </Group>
      <Text size="sm" ff="monospace" className="break-anywhere">
        {answer.method} {answer.url}
      </Text>
      {requestId && (
        <Group gap="xs">
          <Text size="sm" className="break-anywhere" miw={0}>
            Request id {requestId}
          </Text>
          <CopyButton value={requestId} size="compact-xs" name="Copy request id" />
          <AnchorLink size="sm" to="/logs/explain" search={{ request_id: requestId }}>
            Explain
          </AnchorLink>
        </Group>
      )}
      {status >= 400 && requestId && (
        <Alert color="yellow" title={status >= 500 ? "It went wrong" : "It was refused"}>
          The caller sees no more than this. Explain shows every check, what stopped it and what to
          change.
        </Alert>
      )}
      <Headers answer={answer} />
      <Body answer={answer} />
    </Stack>
  );
}
