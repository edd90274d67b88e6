/** Certificates as PEM: pasted, dropped or read from files; the server says at once what they are. */
import { Box, Button, FileButton, Group, Text, Textarea } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconFileUpload } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type DragEvent, useState } from "react";
import { problemAt } from "../../../api/errors";
import { LoadingRows } from "../../../ui/loading";
import { CertificateList } from "./certificate-list";
import { previewQuery } from "./queries";

/** Longest text the server takes. */
const MAX_BYTES = 1024 * 1024;
/** How long typing must rest before the server is asked. */
const REST_MS = 300;

interface PemInputProps {
  value: string;
  onChange: (pem: string) => void;
  required?: boolean;
  error?: string | null;
}

function Preview({ pem }: { pem: string }) {
  const preview = useQuery(previewQuery(pem));
  if (pem.trim() === "") return null;
  return (
    <Box aria-live="polite" data-testid="pem-preview">
      {preview.isPending && <LoadingRows rows={1} />}
      {preview.error && (
        <Text size="sm" c="var(--mantine-color-error)" className="break-anywhere">
          {problemAt("pem", preview.error)}
        </Text>
      )}
      {preview.data && (
        <CertificateList title="What would be trusted" certificates={preview.data.certificates} />
      )}
    </Box>
  );
}

export function PemInput({ value, onChange, required, error }: PemInputProps) {
  const [problem, setProblem] = useState<string | null>(null);
  const [isOver, setIsOver] = useState(false);
  const [rested] = useDebouncedValue(value, REST_MS);

  const readFiles = async (files: readonly File[]) => {
    if (files.length === 0) return;
    if (files.reduce((sum, file) => sum + file.size, 0) > MAX_BYTES) {
      return setProblem("Together these files are over 1 MiB");
    }
    setProblem(null);
    const texts = await Promise.all(files.map((file) => file.text()));
    onChange([value.trim(), ...texts.map((text) => text.trim())].filter(Boolean).join("\n"));
  };

  const drop = (event: DragEvent) => {
    event.preventDefault();
    setIsOver(false);
    void readFiles([...event.dataTransfer.files]);
  };

  return (
    <div>
      <Box
        onDragOver={(event) => {
          event.preventDefault();
          setIsOver(true);
        }}
        onDragLeave={() => setIsOver(false)}
        onDrop={drop}
        data-testid="pem-drop-zone"
        style={{
          borderRadius: "var(--mantine-radius-md)",
          outline: isOver ? "2px dashed var(--mantine-primary-color-filled)" : undefined,
          outlineOffset: 4,
        }}
      >
        <Textarea
          label="Certificates"
          description="PEM of one or more certificate authorities; never a private key. Paste them, or drop files here"
          placeholder="-----BEGIN CERTIFICATE-----"
          required={required}
          autosize
          minRows={4}
          maxRows={10}
          autoComplete="off"
          spellCheck={false}
          styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
          value={value}
          onChange={(event) => {
            setProblem(null);
            onChange(event.currentTarget.value);
          }}
          error={problem ?? error}
        />
      </Box>
      <Group mt={6} mb="sm" gap="xs">
        <FileButton
          multiple
          onChange={readFiles}
          inputProps={{ "aria-label": "Certificate files" }}
        >
          {(props) => (
            <Button
              {...props}
              size="xs"
              variant="default"
              leftSection={<IconFileUpload size={14} aria-hidden />}
            >
              Read from files
            </Button>
          )}
        </FileButton>
        {value !== "" && (
          <Button size="xs" variant="subtle" color="gray" onClick={() => onChange("")}>
            Clear
          </Button>
        )}
      </Group>
      <Preview pem={rested} />
    </div>
  );
}
