/** By what the audit log is narrowed. */
import { Button, Group, NativeSelect } from "@mantine/core";
import { SearchBox } from "../../../ui/search-box";
import { type AuditSearch, PERIODS, RESOURCE_TYPES } from "./audit-search";

interface AuditFiltersProps {
  search: AuditSearch;
  onSearch: (next: AuditSearch) => void;
}

export function AuditFilters({ search, onSearch }: AuditFiltersProps) {
  const hasFilters = Object.keys(search).length > 0;
  return (
    <Group gap="sm" align="flex-end" component="search" aria-label="Filters of the audit log">
      <SearchBox
        label="Search by name"
        value={search.q ?? ""}
        onSearch={(q) => onSearch({ ...search, q })}
      />
      <SearchBox
        label="Search by who did it"
        value={search.user ?? ""}
        onSearch={(user) => onSearch({ ...search, user })}
      />
      <NativeSelect
        aria-label="What was changed"
        data={[
          { value: "", label: "Everything" },
          ...Object.entries(RESOURCE_TYPES).map(([value, label]) => ({ value, label })),
        ]}
        value={search.resource_type ?? ""}
        onChange={({ currentTarget }) => {
          const { resource_id: _id, ...rest } = search;
          onSearch({ ...rest, resource_type: currentTarget.value });
        }}
      />
      <NativeSelect
        aria-label="Period"
        data={[
          { value: "", label: "Any time" },
          ...PERIODS.map((days) => ({
            value: String(days),
            label: days === 1 ? "Last 24 hours" : `Last ${days} days`,
          })),
        ]}
        value={String(search.days ?? "")}
        onChange={({ currentTarget }) => {
          const { days: _days, ...rest } = search;
          const days = Number(currentTarget.value);
          onSearch(days ? { ...rest, days } : rest);
        }}
      />
      {hasFilters && (
        <Button variant="subtle" onClick={() => onSearch({})}>
          Clear the filters
        </Button>
      )}
    </Group>
  );
}
