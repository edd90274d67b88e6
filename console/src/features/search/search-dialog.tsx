/** Global search: one field, results by kind, all by keyboard. */
import { Box, Group, Modal, Stack, Text, TextInput, VisuallyHidden } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useId, useState } from "react";
import type { SearchResult } from "../../api/types";
import { ErrorAlert } from "../../ui/error-alert";
import { plural } from "../../ui/format";
import { searchQuery } from "./queries";
import { detailOf, grouped, pathOf } from "./results";
import classes from "./search-dialog.module.css";

interface SearchDialogProps {
  isOpen: boolean;
  onClose: () => void;
  /** Goes to a path of this console. */
  onGo: (path: string) => void;
}

const WAIT_MS = 200;

function keyOf(result: SearchResult): string {
  return `${result.type}-${result.id ?? result.request_id}`;
}

interface ResultsProps {
  id: string;
  results: readonly SearchResult[];
  chosen: string | undefined;
  onGo: (result: SearchResult) => void;
}

function Results({ id, results, chosen, onGo }: ResultsProps) {
  return (
    <Box role="listbox" id={id} aria-label="Results" className={classes.results}>
      {grouped(results).map(({ label, results: ofKind }) => (
        <Box key={label} role="group" aria-label={label}>
          <Text size="xs" c="dimmed" fw={600} px="sm" pt="sm" aria-hidden>
            {label}
          </Text>
          {ofKind.map((result) => (
            // The field keeps the focus; its arrow keys choose. The pointer may click.
            // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the field's
            // biome-ignore lint/a11y/useFocusableInteractive: the field has the focus
            <div
              key={keyOf(result)}
              id={`${id}-${keyOf(result)}`}
              role="option"
              aria-selected={keyOf(result) === chosen}
              className={classes.option}
              ref={(element) => {
                if (keyOf(result) === chosen) element?.scrollIntoView({ block: "nearest" });
              }}
              onClick={() => onGo(result)}
            >
              <Text fw={500} className="break-anywhere">
                {result.name}
              </Text>
              {detailOf(result) && (
                <Text size="sm" className={`${classes.detail} break-anywhere`}>
                  {detailOf(result)}
                </Text>
              )}
            </div>
          ))}
        </Box>
      ))}
    </Box>
  );
}

function SearchBody({ onClose, onGo }: Omit<SearchDialogProps, "isOpen">) {
  const id = useId();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const [asked] = useDebouncedValue(text.trim().slice(0, 200), WAIT_MS);
  const found = useQuery(searchQuery(asked));
  const results = asked === "" ? [] : (found.data ?? []);
  const inOrder = grouped(results).flatMap((group) => group.results);
  const chosen = inOrder[Math.min(at, inOrder.length - 1)];
  const go = (result: SearchResult) => {
    const path = pathOf(result);
    if (path === null) return;
    onClose();
    onGo(path);
  };
  const press = (event: KeyboardEvent) => {
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 };
    const step = steps[event.key];
    if (step !== undefined && inOrder.length > 0) {
      event.preventDefault();
      setAt((Math.min(at, inOrder.length - 1) + step + inOrder.length) % inOrder.length);
    }
    // Not while the results are still those of another text.
    if (event.key === "Enter" && chosen && asked === text.trim() && !found.isPlaceholderData) {
      go(chosen);
    }
  };
  const isNothing = asked !== "" && found.isSuccess && results.length === 0;
  return (
    <Stack gap="sm">
      <TextInput
        data-autofocus
        role="combobox"
        aria-label="Search everything"
        aria-expanded={results.length > 0}
        aria-controls={id}
        aria-activedescendant={chosen && `${id}-${keyOf(chosen)}`}
        placeholder="Client, profile, API collection, endpoint, policy, request id"
        leftSection={<IconSearch size={18} aria-hidden />}
        size="md"
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={({ currentTarget }) => {
          setText(currentTarget.value);
          setAt(0);
        }}
        onKeyDown={press}
      />
      <ErrorAlert error={found.error} title="The search did not work" />
      <VisuallyHidden role="status">
        {asked !== "" && found.isSuccess ? plural(results.length, "result") : ""}
      </VisuallyHidden>
      {results.length > 0 ? (
        <Results id={id} results={results} chosen={chosen && keyOf(chosen)} onGo={go} />
      ) : (
        <Text c="dimmed" size="sm" px="sm" id={id}>
          {isNothing
            ? `Nothing here has "${asked}" in its name.`
            : "Type a part of a name, or paste a request id."}
        </Text>
      )}
      <Group gap="md" visibleFrom="xs" px="sm">
        <Text size="xs" c="dimmed">
          Up and down choose, Enter opens, Escape closes
        </Text>
      </Group>
    </Stack>
  );
}

export function SearchDialog({ isOpen, ...rest }: SearchDialogProps) {
  return (
    <Modal opened={isOpen} onClose={rest.onClose} title="Search" size="lg" yOffset="8vh">
      <SearchBody {...rest} />
    </Modal>
  );
}
