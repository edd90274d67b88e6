/** Copies a text and says so. */
import { Button, type ButtonProps, VisuallyHidden } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { copyText } from "./copy-text";

interface CopyButtonProps extends Pick<ButtonProps, "size" | "variant" | "disabled"> {
  value: string;
  label?: string;
  /** Accessible name where several stand on one screen. */
  name?: string;
}

type Outcome = "idle" | "copied" | "failed";

export function CopyButton({
  value,
  label = "Copy",
  name,
  size = "xs",
  variant = "default",
  disabled,
}: CopyButtonProps) {
  const [outcome, setOutcome] = useState<Outcome>("idle");

  useEffect(() => {
    if (outcome === "idle") return;
    const timer = setTimeout(() => setOutcome("idle"), 2000);
    return () => clearTimeout(timer);
  }, [outcome]);

  const copy = async () => setOutcome((await copyText(value)) ? "copied" : "failed");

  return (
    <>
      <Button
        size={size}
        variant={variant}
        disabled={disabled}
        aria-label={name}
        onClick={copy}
        leftSection={
          outcome === "copied" ? (
            <IconCheck size={16} aria-hidden />
          ) : (
            <IconCopy size={16} aria-hidden />
          )
        }
      >
        {outcome === "copied" ? "Copied" : outcome === "failed" ? "Select and copy by hand" : label}
      </Button>
      <VisuallyHidden role="status">{outcome === "copied" ? "Copied" : ""}</VisuallyHidden>
    </>
  );
}
