/** Settings > Management tokens: what scripts use the management API with. */
import { Badge, Button, Table, Text, VisuallyHidden } from "@mantine/core";
import { IconKey, IconPlus } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useMay } from "../../../api/me";
import type { ManagementToken } from "../../../api/types";
import { ConfirmDialog } from "../../../ui/confirm-dialog";
import { EmptyState } from "../../../ui/empty-state";
import { formatTime } from "../../../ui/format";
import { isEmptyList, ListFrame } from "../../../ui/list-frame";
import type { ListSearch } from "../../../ui/list-search";
import { ListTable } from "../../../ui/list-table";
import { SortHeader } from "../../../ui/sort-header";
import { toastDone } from "../../../ui/toast";
import { ProjectsInWords } from "../access-words";
import { roleName } from "../roles";
import { RowActions } from "../row-actions";
import { SettingsPart } from "../settings-part";
import { MadeTokenDialog } from "./made-token-dialog";
import { deleteToken, tokenListQuery } from "./queries";
import { TokenDialog } from "./token-dialog";

interface TokensPageProps {
  search: ListSearch;
  onSearch: (change: Partial<ListSearch>) => void;
}

const STATES = {
  active: null,
  expired: "Expired",
  member_disabled: "Its member is disabled",
} as const satisfies Record<ManagementToken["state"], string | null>;

function usedWords({ last_used_at: at }: ManagementToken): string {
  return at ? `Last used ${formatTime(at)}` : "Never used";
}

function expiryWords({ expires_at: at }: ManagementToken): string {
  return at ? formatTime(at) : "Never";
}

function TokenRow({ token, onDelete }: { token: ManagementToken; onDelete: () => void }) {
  const stopped = STATES[token.state];
  return (
    <Table.Tr>
      <Table.Td>
        <Text fw={600} className="break-anywhere">
          {token.name}
        </Text>
        <Text size="sm" c="dimmed" className="break-anywhere">
          <span data-testid="masked-token">{token.token}</span>
          {token.member && ` of ${token.member.email}`}
        </Text>
        {stopped && (
          <Badge color="red.9" tt="none" mt={4}>
            {stopped}
          </Badge>
        )}
        <Text size="sm" c="dimmed" hiddenFrom="sm">
          {roleName(token.role)}; <ProjectsInWords ids={token.project_ids} />
        </Text>
        <Text size="xs" c="dimmed" hiddenFrom="md">
          {usedWords(token)}; expires: {expiryWords(token)}
        </Text>
      </Table.Td>
      <Table.Td visibleFrom="sm">
        {roleName(token.role)}
        <Text size="sm" c="dimmed" className="break-anywhere">
          <ProjectsInWords ids={token.project_ids} />
        </Text>
      </Table.Td>
      <Table.Td visibleFrom="md">
        {expiryWords(token)}
        <Text size="sm" c="dimmed">
          {usedWords(token)}
        </Text>
      </Table.Td>
      <Table.Td>
        <RowActions name={token.name} onDelete={onDelete} />
      </Table.Td>
    </Table.Tr>
  );
}

export function TokensPage({ search, onSearch }: TokensPageProps) {
  const queryClient = useQueryClient();
  const may = useMay("admin");
  const tokens = useQuery({ ...tokenListQuery(search), enabled: may });
  const [isAdding, setIsAdding] = useState(false);
  const [made, setMade] = useState<ManagementToken | null>(null);
  const [doomed, setDoomed] = useState<ManagementToken | null>(null);
  const remove = useMutation({
    mutationFn: ({ id }: ManagementToken) => deleteToken(id),
    onSuccess: async (_answer, { name }) => {
      setDoomed(null);
      toastDone(`${name} was deleted; it no longer works.`);
      await queryClient.invalidateQueries({ queryKey: ["management-tokens"] });
    },
  });
  const addButton = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setIsAdding(true)}>
      Create token
    </Button>
  );
  return (
    <SettingsPart
      title="Management tokens"
      needs="admin"
      lead="Scripts and programs use the management API with a token: never above the role of the member who made it. Admins see their own, owners see all."
      action={!isEmptyList(tokens, search) && addButton}
    >
      <ListFrame
        noun="management tokens"
        search={search}
        onSearch={onSearch}
        list={tokens}
        empty={
          <EmptyState
            icon={<IconKey size={40} stroke={1.4} aria-hidden />}
            title="No management token yet"
            action={addButton}
          >
            Everything this console can do, a script with a token can do.
          </EmptyState>
        }
      >
        <ListTable
          label="Management tokens"
          head={
            <>
              <SortHeader
                label="Token"
                field="name"
                sort={search.sort}
                onSort={(sort) => onSearch({ sort, page: 1 })}
              />
              <Table.Th visibleFrom="sm">Role and projects</Table.Th>
              <Table.Th visibleFrom="md">Expires</Table.Th>
              <Table.Th>
                <VisuallyHidden>Actions</VisuallyHidden>
              </Table.Th>
            </>
          }
        >
          {tokens.data?.data.map((token) => (
            <TokenRow
              key={token.id}
              token={token}
              onDelete={() => {
                remove.reset();
                setDoomed(token);
              }}
            />
          ))}
        </ListTable>
      </ListFrame>
      <TokenDialog isOpen={isAdding} onClose={() => setIsAdding(false)} onMade={setMade} />
      <MadeTokenDialog token={made} onStored={() => setMade(null)} />
      <ConfirmDialog
        isOpen={doomed !== null}
        title="Delete the management token"
        confirmLabel="Delete token"
        nameToType={doomed?.name ?? ""}
        isPending={remove.isPending}
        error={remove.error}
        onConfirm={() => doomed && remove.mutate(doomed)}
        onClose={() => setDoomed(null)}
      >
        <Text>
          Programs that use <b className="break-anywhere">{doomed?.name}</b> are refused with 401 at
          once. {doomed && usedWords(doomed)}. This cannot be undone.
        </Text>
      </ConfirmDialog>
    </SettingsPart>
  );
}
