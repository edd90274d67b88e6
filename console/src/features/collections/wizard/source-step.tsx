/** What a new collection is made from: an OpenAPI document, or nothing. */
import { Radio, Stack, Text } from "@mantine/core";
import { DocumentInput } from "../document-input";
import type { OpenApiDocument } from "../openapi-document";

export type Source = "openapi" | "hand";

interface SourceStepProps {
  source: Source;
  onSource: (source: Source) => void;
  document: OpenApiDocument | null;
  onDocument: (document: OpenApiDocument | null) => void;
  problem: string | null;
}

export function SourceStep(props: SourceStepProps) {
  const { source, onSource, document, onDocument, problem } = props;
  return (
    <Stack gap="md">
      <Radio.Group
        label="How do you want to begin?"
        value={source}
        onChange={(next) => onSource(next === "hand" ? "hand" : "openapi")}
      >
        <Stack gap="xs" mt="xs">
          <Radio
            value="openapi"
            label="From an OpenAPI document"
            description="Its operations become endpoints; you choose which"
          />
          <Radio
            value="hand"
            label="By hand"
            description="Name, address of the service, then endpoints one by one"
          />
        </Stack>
      </Radio.Group>
      {source === "openapi" ? (
        <DocumentInput value={document} onChange={onDocument} error={problem} />
      ) : (
        <Text size="sm" c="dimmed">
          A whole service can also be put behind one endpoint: method ANY and path {"/{rest...}"}.
        </Text>
      )}
    </Stack>
  );
}
