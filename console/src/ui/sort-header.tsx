/** A column head that sorts: one click up, the next down. */
import { Group, Table, UnstyledButton } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconSelector } from "@tabler/icons-react";

import type { ListSort } from "./list-search";

interface SortHeaderProps {
  label: string;
  field: "name" | "created_at";
  /** As in the URL: `name` or `-name`. */
  sort: ListSort;
  onSort: (sort: ListSort) => void;
  visibleFrom?: "sm" | "md";
}

export function SortHeader({ label, field, sort, onSort, visibleFrom }: SortHeaderProps) {
  const isUp = sort === field;
  const isDown = sort === `-${field}`;
  const Icon = isUp ? IconArrowUp : isDown ? IconArrowDown : IconSelector;
  return (
    <Table.Th
      visibleFrom={visibleFrom}
      aria-sort={isUp ? "ascending" : isDown ? "descending" : "none"}
    >
      <UnstyledButton fz="inherit" fw="inherit" onClick={() => onSort(isUp ? `-${field}` : field)}>
        <Group gap={4} wrap="nowrap">
          {label}
          <Icon size={14} aria-hidden />
        </Group>
      </UnstyledButton>
    </Table.Th>
  );
}
