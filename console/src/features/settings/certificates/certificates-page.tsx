/** Settings > Certificates: the authorities whose client certificates are trusted. */
import { ActionIcon, Button, Group, Stack, Table, Text, VisuallyHidden } from "@mantine/core";
import { IconCertificate, IconPencil, IconPlus, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { CertBundle } from "../../../api/types";
import { EmptyState } from "../../../ui/empty-state";
import { ForRole, RoleNote } from "../../../ui/for-role";
import { formatDay, formatNumber, plural } from "../../../ui/format";
import { isEmptyList, ListFrame } from "../../../ui/list-frame";
import type { ListSearch, ListSort } from "../../../ui/list-search";
import { ListTable } from "../../../ui/list-table";
import { PageTitle } from "../../../ui/page-title";
import { SortHeader } from "../../../ui/sort-header";
import { SettingsNav } from "../settings-nav";
import { BundleDialog } from "./bundle-dialog";
import { DeleteDialog } from "./delete-dialog";
import { bundleListQuery } from "./queries";
import { StateBadge } from "./state-badge";

interface CertificatesPageProps {
  search: ListSearch;
  onSearch: (change: Partial<ListSearch>) => void;
}

type OpenDialog =
  | { kind: "none" }
  | { kind: "add" }
  | { kind: "edit" | "delete"; bundle: CertBundle };

/** Subjects that a row shows; the dialog shows all. */
const SHOWN_SUBJECTS = 2;

interface BundleRowProps {
  bundle: CertBundle;
  onOpen: (dialog: OpenDialog) => void;
}

function BundleRow({ bundle, onOpen }: BundleRowProps) {
  const more = bundle.subjects.length - SHOWN_SUBJECTS;
  return (
    <Table.Tr>
      <Table.Td>
        <Text fw={600} className="break-anywhere">
          {bundle.name}
        </Text>
        {bundle.certificates.slice(0, SHOWN_SUBJECTS).map(({ fingerprint, subject }) => (
          <Text key={fingerprint} size="sm" c="dimmed" className="break-anywhere">
            {subject || "No subject"}
          </Text>
        ))}
        {more > 0 && (
          <Text size="sm" c="dimmed">
            and {formatNumber(more)} more
          </Text>
        )}
        <Group gap="xs" mt={4} hiddenFrom="sm">
          <StateBadge state={bundle.state} expiresAt={bundle.expires_at} />
          <Text size="xs" c="dimmed">
            Used by {plural(bundle.profiles_count, "profile")}
          </Text>
        </Group>
      </Table.Td>
      <Table.Td visibleFrom="sm">
        <StateBadge state={bundle.state} expiresAt={bundle.expires_at} />
      </Table.Td>
      <Table.Td visibleFrom="sm">{formatNumber(bundle.profiles_count)}</Table.Td>
      <Table.Td visibleFrom="md">{formatDay(bundle.created_at)}</Table.Td>
      <Table.Td>
        <ForRole needs="admin" isOfWorkspace>
          <Group gap={4} wrap="nowrap" justify="flex-end">
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={`Edit ${bundle.name}`}
              onClick={() => onOpen({ kind: "edit", bundle })}
            >
              <IconPencil size={18} aria-hidden />
            </ActionIcon>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={`Delete ${bundle.name}`}
              onClick={() => onOpen({ kind: "delete", bundle })}
            >
              <IconTrash size={18} aria-hidden />
            </ActionIcon>
          </Group>
        </ForRole>
      </Table.Td>
    </Table.Tr>
  );
}

export function CertificatesPage({ search, onSearch }: CertificatesPageProps) {
  const [dialog, setDialog] = useState<OpenDialog>({ kind: "none" });
  const close = () => setDialog({ kind: "none" });
  const addButton = (
    <ForRole needs="admin" isOfWorkspace>
      <Button
        leftSection={<IconPlus size={16} aria-hidden />}
        onClick={() => setDialog({ kind: "add" })}
      >
        Add certificate bundle
      </Button>
    </ForRole>
  );
  const bundles = useQuery(bundleListQuery(search));
  const sort = (next: ListSort) => onSearch({ sort: next, page: 1 });
  return (
    <Stack gap="lg">
      <PageTitle title="Settings" />
      <SettingsNav />
      <Group justify="space-between" align="flex-start" gap="md">
        <Text c="dimmed" maw={640} flex="1 1 16rem">
          A bundle holds the certificate authorities of one partner. A profile that asks for mutual
          TLS admits only callers whose client certificate one of its bundles issued.
        </Text>
        {!isEmptyList(bundles, search) && addButton}
      </Group>
      <RoleNote needs="admin" isOfWorkspace what="the certificate bundles" />
      <ListFrame
        noun="certificate bundles"
        search={search}
        onSearch={onSearch}
        list={bundles}
        empty={
          <EmptyState
            icon={<IconCertificate size={40} stroke={1.4} aria-hidden />}
            title="No certificate bundle yet"
            action={addButton}
          >
            Add the certificate of the authority that issues your callers' certificates, then switch
            on mutual TLS in an access profile or in a client's default terms.
          </EmptyState>
        }
      >
        <ListTable
          label="Certificate bundles"
          head={
            <>
              <SortHeader label="Bundle" field="name" sort={search.sort} onSort={sort} />
              <Table.Th visibleFrom="sm">Validity</Table.Th>
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
          {bundles.data?.data.map((bundle) => (
            <BundleRow key={bundle.id} bundle={bundle} onOpen={setDialog} />
          ))}
        </ListTable>
      </ListFrame>
      <BundleDialog
        bundle={dialog.kind === "edit" ? dialog.bundle : null}
        isOpen={dialog.kind === "edit" || dialog.kind === "add"}
        onClose={close}
      />
      <DeleteDialog bundle={dialog.kind === "delete" ? dialog.bundle : null} onClose={close} />
    </Stack>
  );
}
