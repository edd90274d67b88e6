/** The API collections there are, and some of their settings. Making them is the management API's work in this version. */
import { ActionIcon, Badge, Box, Group, Stack, Table, Text, VisuallyHidden } from "@mantine/core";
import { IconApi, IconSettings } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import type { Collection } from "../../api/types";
import { CopyButton } from "../../ui/copy-button";
import { EmptyState } from "../../ui/empty-state";
import { formatDay, formatNumber } from "../../ui/format";
import { ListFrame } from "../../ui/list-frame";
import type { ListSearch, ListSort } from "../../ui/list-search";
import { ListTable } from "../../ui/list-table";
import { PageTitle } from "../../ui/page-title";
import { SortHeader } from "../../ui/sort-header";
import { collectionListQuery } from "./queries";
import { SettingsDialog } from "./settings-dialog";

interface ListPageProps {
  search: ListSearch;
  onSearch: (change: Partial<ListSearch>) => void;
  /** Which operation makes one today. */
  today: ReactNode;
}

interface CollectionRowProps {
  collection: Collection;
  onSettings: () => void;
}

function CollectionRow({ collection, onSettings }: CollectionRowProps) {
  const { name, version, url, enabled, description } = collection;
  return (
    <Table.Tr>
      <Table.Td>
        <Group gap="xs">
          <Text fw={600} className="break-anywhere">
            {name}
          </Text>
          <Badge variant="default" tt="none">
            {version}
          </Badge>
          {!enabled && (
            <Badge variant="default" tt="none">
              Disabled
            </Badge>
          )}
        </Group>
        {description && (
          <Text size="sm" c="dimmed" lineClamp={2} className="break-anywhere">
            {description}
          </Text>
        )}
        <Group gap="xs" mt={4}>
          <Text size="sm" c="dimmed" className="break-anywhere" miw={0}>
            {url}
          </Text>
          <CopyButton value={url} size="compact-xs" name={`Copy URL of ${name} ${version}`} />
        </Group>
        <Box hiddenFrom="sm">
          <Text size="xs" c="dimmed" mt={4}>
            {formatNumber(collection.active_endpoints_count)} of{" "}
            {formatNumber(collection.endpoints_count)} endpoints active
          </Text>
        </Box>
      </Table.Td>
      <Table.Td visibleFrom="sm">
        {formatNumber(collection.active_endpoints_count)} /{" "}
        {formatNumber(collection.endpoints_count)}
      </Table.Td>
      <Table.Td visibleFrom="md">{formatDay(collection.created_at)}</Table.Td>
      <Table.Td>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={`Settings of ${name} ${version}`}
          onClick={onSettings}
        >
          <IconSettings size={18} aria-hidden />
        </ActionIcon>
      </Table.Td>
    </Table.Tr>
  );
}

export function ListPage({ search, onSearch, today }: ListPageProps) {
  const collections = useQuery(collectionListQuery(search));
  const [opened, setOpened] = useState<Collection | null>(null);
  const sort = (next: ListSort) => onSearch({ sort: next, page: 1 });
  return (
    <Stack gap="lg">
      <PageTitle title="API collections" />
      <ListFrame
        noun="API collections"
        search={search}
        onSearch={onSearch}
        list={collections}
        empty={
          <EmptyState
            icon={<IconApi size={40} stroke={1.4} aria-hidden />}
            title="No API collection yet"
          >
            A collection is a set of endpoints published together, in front of one upstream.
          </EmptyState>
        }
      >
        <ListTable
          label="API collections"
          head={
            <>
              <SortHeader label="Collection" field="name" sort={search.sort} onSort={sort} />
              <Table.Th visibleFrom="sm">Endpoints active / total</Table.Th>
              <SortHeader
                label="Created"
                field="created_at"
                sort={search.sort}
                onSort={sort}
                visibleFrom="md"
              />
              <Table.Th>
                <VisuallyHidden>Actions</VisuallyHidden>
              </Table.Th>
            </>
          }
        >
          {collections.data?.data.map((collection) => (
            <CollectionRow
              key={collection.id}
              collection={collection}
              onSettings={() => setOpened(collection)}
            />
          ))}
        </ListTable>
      </ListFrame>
      {today}
      <SettingsDialog collection={opened} onClose={() => setOpened(null)} />
    </Stack>
  );
}
