/** A shared secret or public key, pasted or read from a file. It goes to the server and never comes back. */
import { Button, FileButton, Group, Text, Textarea } from "@mantine/core";
import { IconFileUpload } from "@tabler/icons-react";
import { useState } from "react";
import { type AuthValues, keepsKey, keyInWords } from "./auth-values";

/** Largest key text the server takes. */
const MAX_FILE_BYTES = 64 * 1024;

interface KeyInputProps {
  values: AuthValues;
  onChange: (secret: string) => void;
  error?: string | null;
}

function StoredKey({ values }: { values: AuthValues }) {
  const { keyShown } = values;
  if (!keyShown) return null;
  return (
    <Text size="sm" mt={6} className="break-anywhere" data-testid="jwt-key">
      Stored: {keyInWords(keyShown)}
    </Text>
  );
}

export function KeyInput({ values, onChange, error }: KeyInputProps) {
  const [problem, setProblem] = useState<string | null>(null);
  const isSecret = values.signing === "hmac";
  const label = isSecret ? "Secret" : "Public key";

  const readFile = async (file: File | null) => {
    if (!file) return;
    if (file.size > MAX_FILE_BYTES) return setProblem("That file is too large for a key");
    setProblem(null);
    onChange(await file.text());
  };

  return (
    <div>
      <Textarea
        label={label}
        description={
          isSecret
            ? "Its characters are the key, at least 32 bytes; they are not decoded from base64"
            : "PEM, X.509 certificate, OpenSSH line or JWK; RSA at least 2,048 bits"
        }
        required={!keepsKey(values)}
        placeholder={keepsKey(values) ? "Leave empty to keep the stored one" : undefined}
        autosize
        minRows={2}
        maxRows={8}
        autoComplete="off"
        spellCheck={false}
        styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
        value={values.secret}
        onChange={(event) => onChange(event.currentTarget.value)}
        error={problem ?? error}
      />
      <StoredKey values={values} />
      <Group mt={6}>
        <FileButton onChange={readFile} inputProps={{ "aria-label": `${label} file` }}>
          {(props) => (
            <Button
              {...props}
              size="xs"
              variant="default"
              leftSection={<IconFileUpload size={14} aria-hidden />}
            >
              Read from a file
            </Button>
          )}
        </FileButton>
      </Group>
    </div>
  );
}
