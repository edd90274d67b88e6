/** For how long the gateway may go on with a configuration that it cannot bring up to date. */
import { NumberInput, Stack, Switch, Text } from "@mantine/core";
import { plural } from "../../ui/format";

interface MaxAgeProps {
  /** Seconds; null: for ever. */
  value: number | null;
  onChange: (seconds: number | null) => void;
  error: string | null;
}

/** What the switch begins with: an hour. */
const FIRST = 3600;

/** "1 hour", "1 hour 30 minutes", "2 days 1 second". */
function inWords(seconds: number): string {
  const units: [string, number][] = [
    ["day", 86_400],
    ["hour", 3600],
    ["minute", 60],
    ["second", 1],
  ];
  let rest = seconds;
  const parts: string[] = [];
  for (const [unit, length] of units) {
    const count = Math.floor(rest / length);
    rest -= count * length;
    if (count > 0) parts.push(plural(count, unit));
  }
  return parts.join(" ");
}

export function MaxAge({ value, onChange, error }: MaxAgeProps) {
  const isBounded = value !== null;
  return (
    <Stack gap="md">
      <Switch
        label="Refuse calls when the configuration is too old"
        description="Off: the gateway never stops on that account"
        checked={isBounded}
        onChange={({ currentTarget }) => onChange(currentTarget.checked ? FIRST : null)}
      />
      {isBounded && (
        <NumberInput
          label="Maximum age of the configuration (seconds)"
          description="10 to 604,800 (7 days); beyond it every call is answered 503"
          allowDecimal={false}
          allowNegative={false}
          hideControls
          thousandSeparator=","
          value={value === 0 ? "" : value}
          onChange={(next) => onChange(typeof next === "number" ? next : 0)}
          error={error}
          maw={400}
        />
      )}
      {isBounded && value > 0 && (
        <Text size="sm" c="dimmed" data-testid="max-age-in-words">
          After {inWords(value)} without the control database, every call is refused until it can be
          read again.
        </Text>
      )}
    </Stack>
  );
}
