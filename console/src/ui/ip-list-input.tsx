/** A list of addresses and networks as tags. Each entry is checked as it is typed; a bad one never becomes a tag. */
import { List, Pill, PillsInput } from "@mantine/core";
import { type ClipboardEvent, type KeyboardEvent, useState } from "react";
import { couldBecomeEntry, parseIpEntry } from "./ip";

interface IpListInputProps {
  label: string;
  description: string;
  value: string[];
  onChange: (value: string[]) => void;
  /** What the server or the form says about the list. */
  error?: string | null;
  /** Tells the form that text is left which is not an entry yet. */
  onPendingProblem?: (problem: string | null) => void;
}

const SEPARATORS = /[\s,;]+/;

/** Sorts pasted or typed text into entries and what is none. */
function sortEntries(text: string): { good: string[]; bad: string[] } {
  const parts = text.split(SEPARATORS).filter(Boolean);
  return {
    good: parts.filter((part) => parseIpEntry(part).ok),
    bad: parts.filter((part) => !parseIpEntry(part).ok),
  };
}

export function IpListInput(props: IpListInputProps) {
  const { label, description, value, onChange, onPendingProblem } = props;
  const [text, setText] = useState("");
  const [problem, setProblem] = useState<string | null>(null);

  const tell = (next: string | null) => {
    setProblem(next);
    onPendingProblem?.(next);
  };

  /** Takes the good entries as tags; what is bad stays in the input, with the reason. */
  const take = (raw: string) => {
    const { good, bad } = sortEntries(raw);
    const added = good.filter(
      (entry, index) => !value.includes(entry) && good.indexOf(entry) === index,
    );
    if (added.length > 0) onChange([...value, ...added]);
    setText(bad.join(" "));
    const first = bad[0] === undefined ? null : parseIpEntry(bad[0]);
    tell(first && !first.ok ? first.reason : null);
  };

  const type = (next: string) => {
    if (/[\s,;]$/.test(next)) return take(next);
    setText(next);
    // A half-written address is no mistake yet; one that cannot go on is.
    const entry = next.trim() === "" ? null : parseIpEntry(next);
    tell(entry && !entry.ok && !couldBecomeEntry(next.trim()) ? entry.reason : null);
  };

  const press = (event: KeyboardEvent) => {
    if (event.key === "Enter" && text.trim() !== "") {
      event.preventDefault();
      take(text);
    } else if (event.key === "Backspace" && text === "") {
      onChange(value.slice(0, -1));
    }
  };

  const paste = (event: ClipboardEvent) => {
    const pasted = event.clipboardData.getData("text");
    if (!SEPARATORS.test(pasted.trim())) return;
    event.preventDefault();
    take(`${text}${pasted}`);
  };

  const meanings = value.flatMap((entry) => {
    const parsed = parseIpEntry(entry);
    return parsed.ok && parsed.hasHostBits ? [{ entry, network: parsed.network }] : [];
  });

  return (
    <div>
      <PillsInput label={label} description={description} error={problem ?? props.error}>
        <Pill.Group>
          {value.map((entry) => (
            <Pill
              key={entry}
              withRemoveButton
              onRemove={() => onChange(value.filter((other) => other !== entry))}
              removeButtonProps={{
                "aria-label": `Remove ${entry}`,
                "aria-hidden": false,
                tabIndex: 0,
              }}
            >
              {entry}
            </Pill>
          ))}
          <PillsInput.Field
            value={text}
            placeholder={value.length === 0 ? "10.0.0.0/8 or 2001:db8::7" : undefined}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => type(event.currentTarget.value)}
            onKeyDown={press}
            onPaste={paste}
            onBlur={() => text.trim() !== "" && take(text)}
          />
        </Pill.Group>
      </PillsInput>
      {meanings.length > 0 && (
        <List size="sm" mt={4} c="dimmed" aria-live="polite">
          {meanings.map(({ entry, network }) => (
            <List.Item key={entry}>
              {entry} means {network}
            </List.Item>
          ))}
        </List>
      )}
    </div>
  );
}
