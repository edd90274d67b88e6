/** The Enabled slider. It moves when the server has said yes, never before. */
import { Loader, Switch } from "@mantine/core";
import { useMay, whoMay } from "../api/me";

interface EnabledSwitchProps {
  /** What it enables; becomes the accessible name. Without it the name is plainly "Enabled". */
  of?: string;
  checked: boolean;
  isPending: boolean;
  onToggle: (next: boolean) => void;
  /** Shows the state in words beside the slider. */
  withLabel?: boolean;
}

export function EnabledSwitch({ of, checked, isPending, onToggle, withLabel }: EnabledSwitchProps) {
  const may = useMay("operator");
  return (
    <Switch
      checked={checked}
      aria-label={of ? `Enabled: ${of}` : "Enabled"}
      aria-busy={isPending}
      disabled={!may}
      title={may ? undefined : whoMay("operator")}
      label={withLabel ? (checked ? "Enabled" : "Disabled") : undefined}
      color="green.9"
      withThumbIndicator={false}
      thumbIcon={isPending ? <Loader size={10} color="gray" /> : undefined}
      onChange={(event) => {
        if (!isPending) onToggle(event.currentTarget.checked);
      }}
      styles={{
        // The input itself takes the click; the track only shows.
        input: { cursor: may ? "pointer" : "not-allowed" },
        track: {
          pointerEvents: "none",
          // Who may not switch still sees whether it is on.
          background: checked && !may ? "var(--mantine-color-green-9)" : undefined,
          boxShadow: checked ? undefined : "inset 0 0 0 1.5px var(--mantine-color-dimmed)",
        },
      }}
    />
  );
}
