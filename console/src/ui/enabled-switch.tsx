/** The Enabled slider. It moves when the server has said yes, never before. */
import { Loader, Switch } from "@mantine/core";

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
  return (
    <Switch
      checked={checked}
      aria-label={of ? `Enabled: ${of}` : "Enabled"}
      aria-busy={isPending}
      label={withLabel ? (checked ? "Enabled" : "Disabled") : undefined}
      color="green.9"
      withThumbIndicator={false}
      thumbIcon={isPending ? <Loader size={10} color="gray" /> : undefined}
      onChange={(event) => {
        if (!isPending) onToggle(event.currentTarget.checked);
      }}
      styles={{
        // The input itself takes the click; the track only shows.
        input: { cursor: "pointer" },
        track: {
          pointerEvents: "none",
          boxShadow: checked ? undefined : "inset 0 0 0 1.5px var(--mantine-color-dimmed)",
        },
      }}
    />
  );
}
