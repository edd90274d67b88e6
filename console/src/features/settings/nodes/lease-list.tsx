/** Calls of usage quotas that a node holds, and those a crash left behind, with "hand back". */
import {
  Alert,
  Button,
  Card,
  Group,
  Stack,
  Table,
  Text,
  Title,
  VisuallyHidden,
} from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useMay, whoMay } from "../../../api/me";
import type { Lease, Node } from "../../../api/types";
import { ConfirmDialog } from "../../../ui/confirm-dialog";
import { ErrorAlert } from "../../../ui/error-alert";
import { formatNumber, formatTime, plural } from "../../../ui/format";
import { AnchorLink } from "../../../ui/links";
import { ListTable } from "../../../ui/list-table";
import { LoadingRows } from "../../../ui/loading";
import { toastDone } from "../../../ui/toast";
import { leasesQuery, returnLeases } from "./queries";

/** What is handed back: one lease, or all of a node. */
type Doomed = { lease: Lease | null; calls: number };

function LeaseRow({ lease, onReturn }: { lease: Lease; onReturn: () => void }) {
  const may = useMay("operator");
  const isClient = lease.type === "client";
  return (
    <Table.Tr>
      <Table.Td>
        <AnchorLink
          to="/clients/$clientId"
          params={{ clientId: String(lease.client.id) }}
          fw={600}
          className="break-anywhere"
        >
          {lease.client.name}
        </AnchorLink>
        <Text size="sm" c="dimmed" className="break-anywhere">
          {isClient ? "Limit for the whole client" : lease.name}
        </Text>
        <Text size="xs" c="dimmed">
          {formatNumber(lease.used)} of {formatNumber(lease.limit + lease.granted)} used; begins
          anew {formatTime(lease.resets_at)}
        </Text>
        <Text size="sm" hiddenFrom="sm">
          In use {formatNumber(lease.leased)}, stranded {formatNumber(lease.stranded)}
        </Text>
      </Table.Td>
      <Table.Td visibleFrom="sm">{formatNumber(lease.leased)}</Table.Td>
      <Table.Td visibleFrom="sm">{formatNumber(lease.stranded)}</Table.Td>
      <Table.Td ta="right">
        {lease.stranded > 0 && (
          <Button
            size="xs"
            variant="default"
            disabled={!may}
            title={may ? undefined : whoMay("operator")}
            aria-label={`Hand back those of ${isClient ? lease.client.name : lease.name}`}
            onClick={onReturn}
          >
            Hand back
          </Button>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

export function LeaseList({ node }: { node: Node }) {
  const queryClient = useQueryClient();
  const may = useMay("operator");
  const leases = useQuery(leasesQuery(node.id));
  const [doomed, setDoomed] = useState<Doomed | null>(null);
  const back = useMutation({
    mutationFn: ({ lease }: Doomed) => returnLeases(node.id, lease),
    onSuccess: async ({ returned_calls: calls }) => {
      setDoomed(null);
      toastDone(`${plural(calls, "call")} handed back.`);
      await queryClient.invalidateQueries({ queryKey: ["nodes"] });
    },
  });
  const open = (lease: Lease | null, calls: number) => {
    back.reset();
    setDoomed({ lease, calls });
  };
  const rows = leases.data?.data ?? [];
  const stranded = rows.reduce((sum, lease) => sum + lease.stranded, 0);
  return (
    <Stack component="section" aria-labelledby={`leases-${node.id}`} gap="md">
      <Group justify="space-between" gap="sm">
        <Title order={2} size="h4" id={`leases-${node.id}`} className="break-anywhere">
          Quota calls held by {node.name}
        </Title>
        {stranded > 0 && (
          <Button
            variant="default"
            disabled={!may}
            title={may ? undefined : whoMay("operator")}
            onClick={() => open(null, stranded)}
          >
            Hand all back
          </Button>
        )}
      </Group>
      {leases.isPending && <LoadingRows rows={2} />}
      {leases.error && (
        <ErrorAlert
          title="The leases could not be loaded"
          error={leases.error}
          onRetry={() => leases.refetch()}
        />
      )}
      {leases.isSuccess && stranded > 0 && (
        <Alert color="yellow" title={`${plural(stranded, "call")} stranded by a crash`}>
          They count as used, so that no quota is ever overshot, though some may not have been made.
        </Alert>
      )}
      {leases.isSuccess && rows.length === 0 && (
        <Text c="dimmed">
          None: no usage quota is in use on this node, and nothing is stranded.
        </Text>
      )}
      {rows.length > 0 && (
        <Card withBorder padding={0} bg="var(--surface)">
          <ListTable
            label={`Quota calls held by ${node.name}`}
            head={
              <>
                <Table.Th>Client and profile</Table.Th>
                <Table.Th visibleFrom="sm">In use</Table.Th>
                <Table.Th visibleFrom="sm">Stranded</Table.Th>
                <Table.Th>
                  <VisuallyHidden>Actions</VisuallyHidden>
                </Table.Th>
              </>
            }
          >
            {rows.map((lease) => (
              <LeaseRow
                key={`${lease.type}-${lease.id}`}
                lease={lease}
                onReturn={() => open(lease, lease.stranded)}
              />
            ))}
          </ListTable>
        </Card>
      )}
      <ConfirmDialog
        isOpen={doomed !== null}
        title="Hand stranded calls back"
        confirmLabel="Hand back"
        isPending={back.isPending}
        error={back.error}
        onConfirm={() => doomed && back.mutate(doomed)}
        onClose={() => setDoomed(null)}
      >
        <Text>
          {doomed && plural(doomed.calls, "call")} can be made again in the present period. If they
          were made just before the crash, the quota lets that many more through than its limit.
        </Text>
      </ConfirmDialog>
    </Stack>
  );
}
