/** A whole number of a form. */
import { NumberInput } from "@mantine/core";
import type { ReactNode } from "react";

interface NumberFieldProps {
  label: string;
  description?: ReactNode;
  placeholder?: string;
  suffix?: string;
  required?: boolean;
  value: number | string;
  onChange: (value: number | string) => void;
  error?: string;
}

export function NumberField(props: NumberFieldProps) {
  return (
    <NumberInput
      {...props}
      min={0}
      clampBehavior="none"
      allowDecimal={false}
      allowNegative={false}
      thousandSeparator=","
      hideControls
      flex="1 1 11rem"
    />
  );
}
