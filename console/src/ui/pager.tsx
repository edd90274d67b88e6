/** Paging of a list: which rows are shown, of how many, and the other pages. */
import { Group, NativeSelect, Pagination, Text } from "@mantine/core";
import { formatNumber } from "./format";
import { PER_PAGE_CHOICES } from "./list-search";

interface PagerProps {
  page: number;
  perPage: number;
  count: number;
  onPage: (page: number) => void;
  /** Absent: the number is fixed. */
  onPerPage?: (perPage: number) => void;
}

const CONTROL_NAMES = {
  first: "First page",
  previous: "Previous page",
  next: "Next page",
  last: "Last page",
} as const;

export function Pager({ page, perPage, count, onPage, onPerPage }: PagerProps) {
  const pages = Math.max(1, Math.ceil(count / perPage));
  const from = count === 0 ? 0 : (page - 1) * perPage + 1;
  const to = Math.min(count, page * perPage);
  return (
    <Group justify="space-between" gap="sm" component="nav" aria-label="Pages">
      <Text size="sm" c="dimmed" aria-live="polite">
        {formatNumber(from)}-{formatNumber(to)} of {formatNumber(count)}
      </Text>
      {pages > 1 && (
        <Pagination
          size="sm"
          value={page}
          total={pages}
          onChange={onPage}
          getItemProps={(item) => ({ "aria-label": `Page ${item}` })}
          getControlProps={(control) => ({ "aria-label": CONTROL_NAMES[control] })}
        />
      )}
      {onPerPage && (
        <NativeSelect
          size="xs"
          aria-label="Rows on a page"
          value={String(perPage)}
          onChange={(event) => onPerPage(Number(event.currentTarget.value))}
          data={PER_PAGE_CHOICES.map((choice) => ({
            value: String(choice),
            label: `${choice} on a page`,
          }))}
        />
      )}
    </Group>
  );
}
