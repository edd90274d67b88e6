/** The API collections there are: what each publishes, under which URL, and whether it can be called. */
import { Box, Group, Stack, Table, Text } from "@mantine/core";
import { IconApi, IconPlus } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Collection } from "../../api/types";
import { CopyButton } from "../../ui/copy-button";
import { EmptyState } from "../../ui/empty-state";
import { EnabledSwitch } from "../../ui/enabled-switch";
import { ForRole, RoleNote } from "../../ui/for-role";
import { formatDay, formatNumber } from "../../ui/format";
import { AnchorLink, ButtonLink } from "../../ui/links";
import { isEmptyList, ListFrame } from "../../ui/list-frame";
import type { ListSearch, ListSort } from "../../ui/list-search";
import { ListTable } from "../../ui/list-table";
import { PageTitle } from "../../ui/page-title";
import { SortHeader } from "../../ui/sort-header";
import { toastDone, toastProblem } from "../../ui/toast";
import { enableCollection } from "./changes";
import { collectionListQuery } from "./queries";
import { VersionBadge } from "./version-badge";

interface ListPageProps {
  search: ListSearch;
  onSearch: (change: Partial<ListSearch>) => void;
}

function CollectionRow({ collection }: { collection: Collection }) {
  const queryClient = useQueryClient();
  const { id, name, version, url, enabled, description } = collection;
  const toggle = useMutation({
    mutationFn: (enable: boolean) => enableCollection(id, enable),
    onSuccess: async (_answer, enable) => {
      toastDone(
        enable
          ? `${name} ${version} can be called.`
          : `${name} ${version} is disabled: calls get 404.`,
      );
      await queryClient.invalidateQueries({ queryKey: ["collections"] });
    },
    onError: (error) => toastProblem(`${name} ${version} was not changed`, error),
  });
  return (
    <Table.Tr>
      <Table.Td>
        <Group gap="xs">
          <AnchorLink
            to="/collections/$collectionId"
            params={{ collectionId: String(id) }}
            fw={600}
            className="break-anywhere"
          >
            {name}
          </AnchorLink>
          <VersionBadge version={version} />
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
        <EnabledSwitch
          of={`${name} ${version}`}
          checked={enabled}
          isPending={toggle.isPending}
          onToggle={toggle.mutate}
        />
      </Table.Td>
    </Table.Tr>
  );
}

function NewButton() {
  return (
    <ForRole needs="admin">
      <ButtonLink to="/collections/new" leftSection={<IconPlus size={16} aria-hidden />}>
        New API collection
      </ButtonLink>
    </ForRole>
  );
}

export function ListPage({ search, onSearch }: ListPageProps) {
  const collections = useQuery(collectionListQuery(search));
  const sort = (next: ListSort) => onSearch({ sort: next, page: 1 });
  return (
    <Stack gap="lg">
      <PageTitle
        title="API collections"
        subtitle="Endpoints published together under one path and version, in front of one upstream."
        actions={isEmptyList(collections, search) ? null : <NewButton />}
      />
      <RoleNote needs="admin" what="the collections" />
      <ListFrame
        noun="API collections"
        search={search}
        onSearch={onSearch}
        list={collections}
        empty={
          <EmptyState
            icon={<IconApi size={40} stroke={1.4} aria-hidden />}
            title="No API collection yet"
            action={<NewButton />}
          >
            Make the first one from an OpenAPI document, or by hand with the address of the service
            behind it. Then grant it to an access profile of a client.
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
              <Table.Th w={96}>Enabled</Table.Th>
            </>
          }
        >
          {collections.data?.data.map((collection) => (
            <CollectionRow key={collection.id} collection={collection} />
          ))}
        </ListTable>
      </ListFrame>
    </Stack>
  );
}
