/** The access policies there are; they are made, changed and deleted here. */
import { ActionIcon, Button, Group, Stack, Table, Text, VisuallyHidden } from "@mantine/core";
import { IconGauge, IconPencil, IconPlus, IconTrash } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Policy } from "../../api/types";
import { ConfirmDialog } from "../../ui/confirm-dialog";
import { EmptyState } from "../../ui/empty-state";
import { capitalise, formatDay, formatNumber, limitsInWords, plural } from "../../ui/format";
import { isEmptyList, ListFrame } from "../../ui/list-frame";
import type { ListSearch, ListSort } from "../../ui/list-search";
import { ListTable } from "../../ui/list-table";
import { PageTitle } from "../../ui/page-title";
import { SortHeader } from "../../ui/sort-header";
import { toastDone } from "../../ui/toast";
import { deletePolicy } from "./changes";
import { PolicyDialog } from "./policy-dialog";
import { policyListQuery } from "./queries";

interface ListPageProps {
  search: ListSearch;
  onSearch: (change: Partial<ListSearch>) => void;
}

type OpenDialog = { kind: "none" } | { kind: "add" } | { kind: "edit" | "delete"; policy: Policy };

interface PolicyRowProps {
  policy: Policy;
  onOpen: (dialog: OpenDialog) => void;
}

function PolicyRow({ policy, onOpen }: PolicyRowProps) {
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
          Used by {plural(policy.profiles_count, "profile")}
        </Text>
      </Table.Td>
      <Table.Td visibleFrom="sm">{formatNumber(policy.profiles_count)}</Table.Td>
      <Table.Td visibleFrom="md">{formatDay(policy.created_at)}</Table.Td>
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
    </Table.Tr>
  );
}

export function ListPage({ search, onSearch }: ListPageProps) {
  const queryClient = useQueryClient();
  const [dialog, setDialog] = useState<OpenDialog>({ kind: "none" });
  const close = () => setDialog({ kind: "none" });
  const remove = useMutation({
    mutationFn: (policy: Policy) => deletePolicy(policy.id),
    onSuccess: async (_answer, policy) => {
      close();
      toastDone(`${policy.name} was deleted.`);
      await queryClient.invalidateQueries({ queryKey: ["policies"] });
    },
  });
  const open = (next: OpenDialog) => {
    remove.reset();
    setDialog(next);
  };
  const addButton = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => open({ kind: "add" })}>
      Add policy
    </Button>
  );
  const policies = useQuery(policyListQuery(search));
  const sort = (next: ListSort) => onSearch({ sort: next, page: 1 });
  return (
    <Stack gap="lg">
      <PageTitle title="Policies" actions={isEmptyList(policies, search) ? undefined : addButton} />
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
              <Table.Th visibleFrom="sm">Used by profiles</Table.Th>
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
          {policies.data?.data.map((policy) => (
            <PolicyRow key={policy.id} policy={policy} onOpen={open} />
          ))}
        </ListTable>
      </ListFrame>
      <PolicyDialog
        policy={dialog.kind === "edit" ? dialog.policy : null}
        isOpen={dialog.kind === "edit" || dialog.kind === "add"}
        onClose={close}
      />
      <ConfirmDialog
        isOpen={dialog.kind === "delete"}
        title="Delete the policy"
        confirmLabel="Delete policy"
        isPending={remove.isPending}
        error={remove.error}
        onConfirm={() => dialog.kind === "delete" && remove.mutate(dialog.policy)}
        onClose={close}
      >
        <Text>
          <b className="break-anywhere">{dialog.kind === "delete" && dialog.policy.name}</b> can be
          deleted only while no profile and no client uses it.
        </Text>
      </ConfirmDialog>
    </Stack>
  );
}
