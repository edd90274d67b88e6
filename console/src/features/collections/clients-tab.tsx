/** The clients that have a collection, in their default terms or in any profile's own. */
import { Box, Group, Stack, Table, Text } from "@mantine/core";
import { IconUsers } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { Client, Collection } from "../../api/types";
import { EmptyState } from "../../ui/empty-state";
import { ErrorAlert } from "../../ui/error-alert";
import { formatTime, plural } from "../../ui/format";
import { AnchorLink } from "../../ui/links";
import { ListFrame } from "../../ui/list-frame";
import type { ListSearch, ListSort } from "../../ui/list-search";
import { ListTable } from "../../ui/list-table";
import { LoadingRows } from "../../ui/loading";
import { Logo } from "../../ui/logo";
import { SortHeader } from "../../ui/sort-header";
import { holderListQuery, holderProfilesQuery } from "./queries";

interface ClientsTabProps {
  collection: Collection;
  search: ListSearch;
  onSearch: (change: Partial<ListSearch>) => void;
}

function Profiles({ client, collection }: { client: Client; collection: Collection }) {
  const profiles = useQuery(holderProfilesQuery(client.id, collection.id));
  if (profiles.isPending) return <LoadingRows rows={1} height={20} />;
  if (profiles.error) return <ErrorAlert error={profiles.error} />;
  if (profiles.data.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        In its default terms; no profile uses them yet
      </Text>
    );
  }
  return (
    <Stack gap={2}>
      {profiles.data.map((profile) => (
        <Text key={profile.id} size="sm" className="break-anywhere">
          {profile.name}
          <Text span size="sm" c="dimmed">
            {profile.active ? "" : ", disabled"}
            {profile.own_terms ? "" : ", by the client's terms"},{" "}
            {profile.last_used_at ? `last used ${formatTime(profile.last_used_at)}` : "never used"}
          </Text>
        </Text>
      ))}
    </Stack>
  );
}

function ClientRow({ client, collection }: { client: Client; collection: Collection }) {
  return (
    <Table.Tr>
      <Table.Td>
        <Group gap="sm" wrap="nowrap" align="flex-start">
          <Logo name={client.name} src={client.logo} src2x={client.logo_2x} size={36} />
          <Box miw={0}>
            <AnchorLink
              to="/clients/$clientId"
              params={{ clientId: String(client.id) }}
              fw={600}
              className="break-anywhere"
            >
              {client.name}
            </AnchorLink>
            {!client.enabled && (
              <Text size="sm" c="dimmed">
                Disabled
              </Text>
            )}
            <Box hiddenFrom="sm" mt={4}>
              <Profiles client={client} collection={collection} />
            </Box>
          </Box>
        </Group>
      </Table.Td>
      <Table.Td visibleFrom="sm">
        <Profiles client={client} collection={collection} />
      </Table.Td>
    </Table.Tr>
  );
}

export function ClientsTab({ collection, search, onSearch }: ClientsTabProps) {
  const clients = useQuery(holderListQuery(collection.id, search));
  const sort = (next: ListSort) => onSearch({ sort: next, page: 1 });
  return (
    <ListFrame
      noun="clients"
      search={search}
      onSearch={onSearch}
      list={clients}
      empty={
        <EmptyState
          icon={<IconUsers size={40} stroke={1.4} aria-hidden />}
          title="No client has it yet"
          action={<AnchorLink to="/clients">To the clients</AnchorLink>}
        >
          Choose this collection in an access profile of a client, or in a client&apos;s default
          terms. Until then nobody can call it.
        </EmptyState>
      }
    >
      <Text size="sm" c="dimmed" px="md" pt="sm">
        {plural(clients.data?.count ?? 0, "client")} with this collection, in a profile&apos;s own
        terms or in the client&apos;s default terms.
      </Text>
      <ListTable
        label="Clients that have it"
        head={
          <>
            <SortHeader label="Client" field="name" sort={search.sort} onSort={sort} />
            <Table.Th visibleFrom="sm">Profiles that may call it</Table.Th>
          </>
        }
      >
        {clients.data?.data.map((client) => (
          <ClientRow key={client.id} client={client} collection={collection} />
        ))}
      </ListTable>
    </ListFrame>
  );
}
