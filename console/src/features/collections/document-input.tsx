/** An OpenAPI document: dropped, chosen as a file, or pasted. */
import { Button, FileButton, Group, Input, Stack, Text, Textarea } from "@mantine/core";
import { IconFileUpload } from "@tabler/icons-react";
import { type DragEvent, useId, useState } from "react";
import classes from "./document-input.module.css";
import { MAX_DOCUMENT_BYTES, type OpenApiDocument } from "./openapi-document";

interface DocumentInputProps {
  value: OpenApiDocument | null;
  onChange: (document: OpenApiDocument | null) => void;
  error?: string | null;
}

export function DocumentInput({ value, onChange, error }: DocumentInputProps) {
  const [problem, setProblem] = useState<string | null>(null);
  const [isOver, setIsOver] = useState(false);
  const [pastes, setPastes] = useState(false);
  const hintId = useId();

  const read = async (file: File | null | undefined) => {
    if (!file) return;
    if (file.size > MAX_DOCUMENT_BYTES) return setProblem("The document may have at most 8 MiB");
    setProblem(null);
    setPastes(false);
    onChange({ fileName: file.name, text: await file.text() });
  };

  const drop = (event: DragEvent) => {
    event.preventDefault();
    setIsOver(false);
    void read(event.dataTransfer.files[0]);
  };

  const shown = problem ?? error;
  return (
    <Stack gap="xs">
      {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is one way of three, the others have their buttons */}
      <div
        className={classes.zone}
        data-over={isOver || undefined}
        data-testid="document-drop-zone"
        onDragOver={(event) => {
          event.preventDefault();
          setIsOver(true);
        }}
        onDragLeave={() => setIsOver(false)}
        onDrop={drop}
      >
        <Text fw={500} className="break-anywhere">
          {value?.fileName ?? "Drop an OpenAPI document here"}
        </Text>
        <Text size="sm" c="dimmed" id={hintId} mb="sm">
          OpenAPI 3.0 or 3.1, JSON or YAML, at most 8 MiB
        </Text>
        <Group justify="center" gap="xs">
          <FileButton
            onChange={read}
            accept=".json,.yaml,.yml,application/json,application/yaml"
            inputProps={{ "aria-label": "OpenAPI document file" }}
          >
            {(props) => (
              <Button
                {...props}
                variant="default"
                aria-describedby={hintId}
                leftSection={<IconFileUpload size={16} aria-hidden />}
              >
                {value?.fileName ? "Choose another file" : "Choose a file"}
              </Button>
            )}
          </FileButton>
          {!pastes && (
            <Button
              variant="subtle"
              onClick={() => {
                setPastes(true);
                setProblem(null);
                onChange(null);
              }}
            >
              Paste it
            </Button>
          )}
        </Group>
      </div>
      {pastes && (
        <Textarea
          label="OpenAPI document"
          autosize
          minRows={6}
          maxRows={16}
          autoComplete="off"
          spellCheck={false}
          data-autofocus
          styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
          value={value?.text ?? ""}
          onChange={(event) => {
            const text = event.currentTarget.value;
            onChange(text === "" ? null : { fileName: null, text });
          }}
        />
      )}
      {shown && (
        <Input.Error role="alert" className="break-anywhere">
          {shown}
        </Input.Error>
      )}
    </Stack>
  );
}
