/** When a profile ends; empty: never. */
import { CloseButton, TextInput } from "@mantine/core";
import { viewerZone } from "../../../ui/date-time";

interface ExpiryInputProps {
  value: string;
  onChange: (value: string) => void;
  error?: string | null;
}

export function ExpiryInput({ value, onChange, error }: ExpiryInputProps) {
  return (
    <TextInput
      type="datetime-local"
      label="Expires"
      description={`From then on its calls are refused with 401. Empty: never. Your zone: ${viewerZone()}`}
      maw={320}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      rightSection={
        value !== "" && (
          <CloseButton size="sm" aria-label="Clear the expiry" onClick={() => onChange("")} />
        )
      }
      error={error}
    />
  );
}
