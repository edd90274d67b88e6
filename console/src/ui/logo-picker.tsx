/** A picture by browse or drag-and-drop, with a preview. Nothing is sent from here. */
import { Box, Button, Group, Input, Text, VisuallyHidden } from "@mantine/core";
import { IconPhotoUp } from "@tabler/icons-react";
import { type DragEvent, useEffect, useId, useRef, useState } from "react";
import { Logo } from "./logo";
import classes from "./logo-picker.module.css";

const MAX_BYTES = 2 * 1024 * 1024;
const TYPES = ["image/png", "image/jpeg"];

/** What is wrong with a file, as far as can be seen before the server looks at it. */
function logoProblem(file: File): string | null {
  if (!TYPES.includes(file.type)) return "The logo must be a PNG or JPEG picture";
  if (file.size > MAX_BYTES) return "The logo may have at most 2 MiB";
  return null;
}

interface LogoPickerProps {
  /** Initials for the place where no logo is. */
  name: string;
  file: File | null;
  /** The logo that is stored already. */
  currentUrl?: string | null;
  onChange: (file: File | null) => void;
  /** Takes away the stored logo. */
  onRemoveCurrent?: () => void;
  error?: string | null;
}

export function LogoPicker(props: LogoPickerProps) {
  const { name, file, currentUrl, onChange, onRemoveCurrent } = props;
  const [problem, setProblem] = useState<string | null>(null);
  const [preview, setPreview] = useState<string | null>(null);
  const [isOver, setIsOver] = useState(false);
  const inputRef = useRef<HTMLInputElement>(null);
  const inputId = useId();
  const error = problem ?? props.error ?? null;

  useEffect(() => {
    if (!file) return setPreview(null);
    const url = URL.createObjectURL(file);
    setPreview(url);
    return () => URL.revokeObjectURL(url);
  }, [file]);

  const take = (chosen: File | undefined) => {
    if (!chosen) return;
    const found = logoProblem(chosen);
    setProblem(found);
    if (!found) onChange(chosen);
  };

  const drop = (event: DragEvent) => {
    event.preventDefault();
    setIsOver(false);
    take(event.dataTransfer.files[0]);
  };

  const remove = () => {
    setProblem(null);
    if (inputRef.current) inputRef.current.value = "";
    if (file) onChange(null);
    else onRemoveCurrent?.();
  };

  const hasLogo = file !== null || Boolean(currentUrl);
  return (
    <Input.Wrapper
      label="Logo"
      labelProps={{ htmlFor: inputId }}
      description="PNG or JPEG, at most 2 MiB"
      error={error}
    >
      <Box
        className={classes.zone}
        data-over={isOver || undefined}
        onDragOver={(event) => {
          event.preventDefault();
          setIsOver(true);
        }}
        onDragLeave={() => setIsOver(false)}
        onDrop={drop}
        data-testid="logo-drop-zone"
      >
        <Group gap="md" wrap="nowrap">
          <Logo name={name} src={preview ?? currentUrl} size={64} />
          <Box miw={0}>
            <Group gap="xs">
              <Button
                size="xs"
                variant="default"
                leftSection={<IconPhotoUp size={16} aria-hidden />}
                onClick={() => inputRef.current?.click()}
              >
                Browse
              </Button>
              {hasLogo && (
                <Button size="xs" variant="subtle" color="gray" onClick={remove}>
                  Remove logo
                </Button>
              )}
            </Group>
            <Text size="sm" c="dimmed" mt={6} className="break-anywhere">
              {file ? file.name : "or drop a picture here"}
            </Text>
          </Box>
        </Group>
        <VisuallyHidden>
          <input
            id={inputId}
            ref={inputRef}
            type="file"
            tabIndex={-1}
            accept={TYPES.join(",")}
            onChange={(event) => take(event.currentTarget.files?.[0])}
          />
        </VisuallyHidden>
      </Box>
    </Input.Wrapper>
  );
}
