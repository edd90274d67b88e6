/** The list of clients. Search, sort and page are in the URL. */
import { Box, Button, Group, Stack, Table, Text } from "@mantine/core";
import { IconPlus, IconUsers } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { Client } from "../../api/types";
import { EmptyState } from "../../ui/empty-state";
import { EnabledSwitch } from "../../ui/enabled-switch";
import { ForRole, RoleNote } from "../../ui/for-role";
import { formatDay, formatNumber } from "../../ui/format";
import { AnchorLink } from "../../ui/links";
import { isEmptyList, ListFrame } from "../../ui/list-frame";
import type { ListSearch, ListSort } from "../../ui/list-search";
import { ListTable } from "../../ui/list-table";
import { Logo } from "../../ui/logo";
import { PageTitle } from "../../ui/page-title";
import { SortHeader } from "../../ui/sort-header";
import { toastProblem } from "../../ui/toast";
import { enableClient } from "./changes";
import { clientsQuery } from "./queries";

interface ListPageProps {
  search: ListSearch;
  onSearch: (change: Partial<ListSearch>) => void;
}

function AddButton() {
  const navigate = useNavigate();
  return (
    <ForRole needs="admin">
      <Button
        leftSection={<IconPlus size={16} aria-hidden />}
        onClick={() => navigate({ to: "/clients/new" })}
      >
        Add new client
      </Button>
    </ForRole>
  );
}

function ClientRow({ client }: { client: Client }) {
  const queryClient = useQueryClient();
  const toggle = useMutation({
    mutationFn: (enable: boolean) => enableClient(client.id, enable),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["clients"] }),
    onError: (error) => toastProblem(`${client.name} was not changed`, error),
  });
  return (
    <Table.Tr>
      <Table.Td>
        <Group gap="sm" wrap="nowrap" align="flex-start">
          <Logo name={client.name} src={client.logo} src2x={client.logo_2x} />
          <Box miw={0}>
            <AnchorLink
              to="/clients/$clientId"
              params={{ clientId: String(client.id) }}
              fw={600}
              className="break-anywhere"
            >
              {client.name}
            </AnchorLink>
            {client.description && (
              <Text size="sm" c="dimmed" lineClamp={2} className="break-anywhere">
                {client.description}
              </Text>
            )}
            <Text size="xs" c="dimmed" hiddenFrom="sm">
              {formatNumber(client.active_api_keys_count)} of{" "}
              {formatNumber(client.total_api_keys_count)} profiles active
            </Text>
          </Box>
        </Group>
      </Table.Td>
      <Table.Td visibleFrom="sm">
        {formatNumber(client.active_api_keys_count)} / {formatNumber(client.total_api_keys_count)}
      </Table.Td>
      <Table.Td visibleFrom="md">{formatDay(client.created_at)}</Table.Td>
      <Table.Td>
        <EnabledSwitch
          of={client.name}
          checked={client.enabled}
          isPending={toggle.isPending}
          onToggle={toggle.mutate}
        />
      </Table.Td>
    </Table.Tr>
  );
}

export function ListPage({ search, onSearch }: ListPageProps) {
  const clients = useQuery(clientsQuery(search));
  const sort = (next: ListSort) => onSearch({ sort: next, page: 1 });

  return (
    <Stack gap="lg">
      <PageTitle
        title="Clients"
        subtitle="Who may call your APIs: an organization, a department, a team."
        actions={isEmptyList(clients, search) ? null : <AddButton />}
      />
      <RoleNote needs="admin" what="the clients" />
      <ListFrame
        noun="clients"
        search={search}
        onSearch={onSearch}
        list={clients}
        empty={
          <EmptyState
            icon={<IconUsers size={40} stroke={1.4} aria-hidden />}
            title="No client yet"
            action={<AddButton />}
          >
            A client is a group of users of your APIs. Add the first one, with a profile and an API
            key for the program that will call. New here? Follow the{" "}
            <AnchorLink to="/start" underline="always">
              first steps
            </AnchorLink>
            .
          </EmptyState>
        }
      >
        <ListTable
          label="Clients"
          head={
            <>
              <SortHeader label="Client" field="name" sort={search.sort} onSort={sort} />
              <Table.Th visibleFrom="sm">Profiles active / total</Table.Th>
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
          {clients.data?.data.map((client) => (
            <ClientRow key={client.id} client={client} />
          ))}
        </ListTable>
      </ListFrame>
    </Stack>
  );
}
