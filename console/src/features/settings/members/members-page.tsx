/** Settings > Members: who may use the console and the management API, and how far. */
import { Button, Table, Text, VisuallyHidden } from "@mantine/core";
import { IconUserPlus, IconUsersGroup } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useMay } from "../../../api/me";
import type { InvitedMember, Member } from "../../../api/types";
import { ConfirmDialog } from "../../../ui/confirm-dialog";
import { EmptyState } from "../../../ui/empty-state";
import { ListFrame } from "../../../ui/list-frame";
import type { ListSearch } from "../../../ui/list-search";
import { ListTable } from "../../../ui/list-table";
import { SortHeader } from "../../../ui/sort-header";
import { toastDone } from "../../../ui/toast";
import { SettingsPart } from "../settings-part";
import { MemberDialog } from "./member-dialog";
import { type MemberAct, MemberRow } from "./member-row";
import { PasswordLinkDialog } from "./password-link-dialog";
import { deleteMember, memberListQuery, resetPassword } from "./queries";

interface MembersPageProps {
  search: ListSearch;
  onSearch: (change: Partial<ListSearch>) => void;
}

type OpenDialog = { kind: "none" } | { kind: "add" } | { kind: MemberAct; member: Member };

export function MembersPage({ search, onSearch }: MembersPageProps) {
  const queryClient = useQueryClient();
  const may = useMay("owner");
  const members = useQuery({ ...memberListQuery(search), enabled: may });
  const [dialog, setDialog] = useState<OpenDialog>({ kind: "none" });
  const [withLink, setWithLink] = useState<InvitedMember | null>(null);
  const close = () => setDialog({ kind: "none" });
  const reload = () => queryClient.invalidateQueries({ queryKey: ["members"] });
  const remove = useMutation({
    mutationFn: ({ id }: Member) => deleteMember(id),
    onSuccess: async (_answer, { email }) => {
      close();
      toastDone(`${email} was deleted.`);
      await reload();
    },
  });
  const reset = useMutation({
    mutationFn: ({ id }: Member) => resetPassword(id),
    onSuccess: async (member) => {
      close();
      setWithLink(member);
      await reload();
    },
  });
  const open = (next: OpenDialog) => {
    remove.reset();
    reset.reset();
    setDialog(next);
  };
  const chosen = "member" in dialog ? dialog.member : null;
  return (
    <SettingsPart
      title="Members"
      needs="owner"
      lead="Who signs in to this console, with which role, and in which projects."
      action={
        <Button
          leftSection={<IconUserPlus size={16} aria-hidden />}
          onClick={() => open({ kind: "add" })}
        >
          Invite a member
        </Button>
      }
    >
      <ListFrame
        noun="members"
        search={search}
        onSearch={onSearch}
        list={members}
        empty={
          <EmptyState
            icon={<IconUsersGroup size={40} stroke={1.4} aria-hidden />}
            title="No member yet"
          />
        }
      >
        <ListTable
          label="Members"
          head={
            <>
              <SortHeader
                label="Member"
                field="name"
                sort={search.sort}
                onSort={(sort) => onSearch({ sort, page: 1 })}
              />
              <Table.Th visibleFrom="sm">Role and projects</Table.Th>
              <Table.Th visibleFrom="md">Last sign-in</Table.Th>
              <Table.Th>Enabled</Table.Th>
              <Table.Th>
                <VisuallyHidden>Actions</VisuallyHidden>
              </Table.Th>
            </>
          }
        >
          {members.data?.data.map((member) => (
            <MemberRow key={member.id} member={member} onAct={(kind) => open({ kind, member })} />
          ))}
        </ListTable>
      </ListFrame>
      <MemberDialog
        member={dialog.kind === "edit" ? dialog.member : null}
        isOpen={dialog.kind === "add" || dialog.kind === "edit"}
        onClose={close}
        onInvited={setWithLink}
      />
      <ConfirmDialog
        isOpen={dialog.kind === "reset"}
        title="Reset the password"
        confirmLabel="Reset password"
        isPending={reset.isPending}
        error={reset.error}
        onConfirm={() => chosen && reset.mutate(chosen)}
        onClose={close}
      >
        <Text>
          The present password of <b className="break-anywhere">{chosen?.email}</b> and all their
          sessions end at once. You get a link with which they choose a new one.
        </Text>
      </ConfirmDialog>
      <ConfirmDialog
        isOpen={dialog.kind === "delete"}
        title="Delete the member"
        confirmLabel="Delete member"
        nameToType={chosen?.email ?? ""}
        isPending={remove.isPending}
        error={remove.error}
        onConfirm={() => chosen && remove.mutate(chosen)}
        onClose={close}
      >
        <Text>
          Their sessions and management tokens end at once: scripts that use one are refused. The
          audit log keeps their name. To stop them for a while, disable them.
        </Text>
      </ConfirmDialog>
      <PasswordLinkDialog member={withLink} onClose={() => setWithLink(null)} />
    </SettingsPart>
  );
}
