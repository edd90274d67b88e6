/** The access policies there are. Making and changing them is the management API's work in this version. */
import { Stack, Table, Text } from "@mantine/core";
import { IconGauge } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { Policy } from "../../api/types";
import { EmptyState } from "../../ui/empty-state";
import { capitalise, formatDay, formatNumber, plural, rateInWords } from "../../ui/format";
import { ListFrame } from "../../ui/list-frame";
import type { ListSearch, ListSort } from "../../ui/list-search";
import { ListTable } from "../../ui/list-table";
import { PageTitle } from "../../ui/page-title";
import { SortHeader } from "../../ui/sort-header";
import { policyListQuery } from "./queries";

interface ListPageProps {
  search: ListSearch;
  onSearch: (change: Partial<ListSearch>) => void;
  /** Which operation makes one today. */
  today: ReactNode;
}

function PolicyRow({ policy }: { policy: Policy }) {
  return (
    <Table.Tr>
      <Table.Td>
        <Text fw={600} className="break-anywhere">
          {policy.name}
        </Text>
        <Text size="sm" c="dimmed">
          {capitalise(rateInWords(policy.rate_limit))}
        </Text>
        {policy.description && (
          <Text size="sm" c="dimmed" lineClamp={2} className="break-anywhere">
            {policy.description}
          </Text>
        )}
        <Text size="xs" c="dimmed" hiddenFrom="sm">
          Used by {plural(policy.profiles_count, "profile")}
        </Text>
      </Table.Td>
      <Table.Td visibleFrom="sm">{formatNumber(policy.profiles_count)}</Table.Td>
      <Table.Td visibleFrom="md">{formatDay(policy.created_at)}</Table.Td>
    </Table.Tr>
  );
}

export function ListPage({ search, onSearch, today }: ListPageProps) {
  const policies = useQuery(policyListQuery(search));
  const sort = (next: ListSort) => onSearch({ sort: next, page: 1 });
  return (
    <Stack gap="lg">
      <PageTitle title="Policies" />
      <ListFrame
        noun="policies"
        search={search}
        onSearch={onSearch}
        list={policies}
        empty={
          <EmptyState icon={<IconGauge size={40} stroke={1.4} aria-hidden />} title="No policy yet">
            A policy limits how often each profile may call. A profile without one has no limits.
          </EmptyState>
        }
      >
        <ListTable
          label="Policies"
          head={
            <>
              <SortHeader label="Policy" field="name" sort={search.sort} onSort={sort} />
              <Table.Th visibleFrom="sm">Used by profiles</Table.Th>
              <SortHeader
                label="Created"
                field="created_at"
                sort={search.sort}
                onSort={sort}
                visibleFrom="md"
              />
            </>
          }
        >
          {policies.data?.data.map((policy) => (
            <PolicyRow key={policy.id} policy={policy} />
          ))}
        </ListTable>
      </ListFrame>
      {today}
    </Stack>
  );
}
