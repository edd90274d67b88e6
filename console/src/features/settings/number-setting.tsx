/** A whole number with its unit. */
import { NumberInput } from "@mantine/core";

interface NumberSettingProps {
  label: string;
  unit: string;
  value: number;
  onChange: (value: number) => void;
  error: string | null;
}

export function NumberSetting({ label, unit, value, onChange, error }: NumberSettingProps) {
  return (
    <NumberInput
      label={`${label} (${unit})`}
      allowDecimal={false}
      allowNegative={false}
      hideControls
      thousandSeparator=","
      value={value === 0 ? "" : value}
      onChange={(next) => onChange(typeof next === "number" ? next : 0)}
      error={error}
      w={{ base: "100%", xs: 260 }}
    />
  );
}
