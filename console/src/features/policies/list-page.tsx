/** The access policies there are; they are made, changed and deleted here. */
import { ActionIcon, Button, Group, Stack, Table, Text, VisuallyHidden } from "@mantine/core";
import { IconGauge, IconPencil, IconPlus, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useMayWorkspace } from "../../api/me";
import type { Policy } from "../../api/types";
import { EmptyState } from "../../ui/empty-state";
import { RoleNote } from "../../ui/for-role";
import { capitalise, formatDay, limitsInWords } from "../../ui/format";
import { isEmptyList, ListFrame } from "../../ui/list-frame";
import type { ListSearch, ListSort } from "../../ui/list-search";
import { ListTable } from "../../ui/list-table";
import { PageTitle } from "../../ui/page-title";
import { SortHeader } from "../../ui/sort-header";
import { DeleteDialog } from "./delete-dialog";
import { PolicyDialog } from "./policy-dialog";
import { usersInWords } from "./policy-users";
import { policyListQuery } from "./queries";

interface ListPageProps {
  search: ListSearch;
  onSearch: (change: Partial<ListSearch>) => void;
}

type OpenDialog = { kind: "none" } | { kind: "add" } | { kind: "edit" | "delete"; policy: Policy };

interface PolicyRowProps {
  policy: Policy;
  mayChange: boolean;
  onOpen: (dialog: OpenDialog) => void;
}

function PolicyRow({ policy, mayChange, onOpen }: PolicyRowProps) {
  const users = usersInWords(policy) ?? "nobody";
  return (
    <Table.Tr>
      <Table.Td>
        <Text fw={600} className="break-anywhere">
          {policy.name}
        </Text>
        <Text size="sm" c="dimmed">
          {capitalise(limitsInWords(policy))}
        </Text>
        {policy.description && (
          <Text size="sm" c="dimmed" lineClamp={2} className="break-anywhere">
            {policy.description}
          </Text>
        )}
        <Text size="xs" c="dimmed" hiddenFrom="sm">
          Used by {users}
        </Text>
      </Table.Td>
      <Table.Td visibleFrom="sm">{capitalise(users)}</Table.Td>
      <Table.Td visibleFrom="md">{formatDay(policy.created_at)}</Table.Td>
      {mayChange && (
        <Table.Td>
          <Group gap={4} wrap="nowrap" justify="flex-end">
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={`Edit ${policy.name}`}
              onClick={() => onOpen({ kind: "edit", policy })}
            >
              <IconPencil size={18} aria-hidden />
            </ActionIcon>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={`Delete ${policy.name}`}
              onClick={() => onOpen({ kind: "delete", policy })}
            >
              <IconTrash size={18} aria-hidden />
            </ActionIcon>
          </Group>
        </Table.Td>
      )}
    </Table.Tr>
  );
}

export function ListPage({ search, onSearch }: ListPageProps) {
  const mayChange = useMayWorkspace("admin");
  const [dialog, setDialog] = useState<OpenDialog>({ kind: "none" });
  const close = () => setDialog({ kind: "none" });
  const addButton = mayChange ? (
    <Button
      leftSection={<IconPlus size={16} aria-hidden />}
      onClick={() => setDialog({ kind: "add" })}
    >
      Add policy
    </Button>
  ) : null;
  const policies = useQuery(policyListQuery(search));
  const sort = (next: ListSort) => onSearch({ sort: next, page: 1 });
  return (
    <Stack gap="lg">
      <PageTitle
        title="Policies"
        subtitle="How often each profile may call. Two profiles with the same policy never share a count."
        actions={isEmptyList(policies, search) ? undefined : addButton}
      />
      <RoleNote needs="admin" isOfWorkspace what="the policies" />
      <ListFrame
        noun="policies"
        search={search}
        onSearch={onSearch}
        list={policies}
        empty={
          <EmptyState
            icon={<IconGauge size={40} stroke={1.4} aria-hidden />}
            title="No policy yet"
            action={addButton}
          >
            A policy limits how often each profile may call. A profile without one has no limits.
          </EmptyState>
        }
      >
        <ListTable
          label="Policies"
          head={
            <>
              <SortHeader label="Policy" field="name" sort={search.sort} onSort={sort} />
              <Table.Th visibleFrom="sm">Used by</Table.Th>
              <SortHeader
                label="Created"
                field="created_at"
                sort={search.sort}
                onSort={sort}
                visibleFrom="md"
              />
              {mayChange && (
                <Table.Th>
                  <VisuallyHidden>Actions</VisuallyHidden>
                </Table.Th>
              )}
            </>
          }
        >
          {policies.data?.data.map((policy) => (
            <PolicyRow key={policy.id} policy={policy} mayChange={mayChange} onOpen={setDialog} />
          ))}
        </ListTable>
      </ListFrame>
      <PolicyDialog
        policy={dialog.kind === "edit" ? dialog.policy : null}
        isOpen={dialog.kind === "edit" || dialog.kind === "add"}
        onClose={close}
      />
      <DeleteDialog policy={dialog.kind === "delete" ? dialog.policy : null} onClose={close} />
    </Stack>
  );
}
