/** A part of a form that is folded away until somebody wants it. */
import { Box, Collapse, Group, Stack, Text, UnstyledButton } from "@mantine/core";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { type ReactNode, useId, useState } from "react";

interface FoldProps {
  label: string;
  /** What is in it now, in a few words. */
  summary?: string;
  /** Stays open while something in it needs to be seen, such as an error. */
  isForcedOpen?: boolean;
  children: ReactNode;
}

export function Fold({ label, summary, isForcedOpen = false, children }: FoldProps) {
  const [isOpen, setIsOpen] = useState(false);
  const id = useId();
  const shows = isOpen || isForcedOpen;
  const Icon = shows ? IconChevronDown : IconChevronRight;
  return (
    <Box>
      <UnstyledButton
        aria-expanded={shows}
        aria-controls={id}
        onClick={() => setIsOpen(!shows)}
        py={4}
      >
        <Group gap={6} wrap="nowrap">
          <Icon size={16} aria-hidden />
          <Text size="sm" fw={500}>
            {label}
          </Text>
        </Group>
      </UnstyledButton>
      {summary && !shows && (
        <Text size="sm" c="dimmed" pl={22} className="break-anywhere">
          {summary}
        </Text>
      )}
      <div id={id}>
        <Collapse expanded={shows} transitionDuration={0}>
          <Stack gap="md" pt="xs" pl={{ base: 0, xs: 22 }}>
            {shows && children}
          </Stack>
        </Collapse>
      </div>
    </Box>
  );
}
