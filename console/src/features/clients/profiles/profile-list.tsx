/** The access profiles of a client, and what can be done with them. */
import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { IconKey, IconPlus } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Client, Profile } from "../../../api/types";
import { ConfirmDialog } from "../../../ui/confirm-dialog";
import { EmptyState } from "../../../ui/empty-state";
import { ErrorAlert } from "../../../ui/error-alert";
import { ForRole } from "../../../ui/for-role";
import { formatNumber } from "../../../ui/format";
import { LoadingCards } from "../../../ui/loading";
import { toastDone, toastProblem } from "../../../ui/toast";
import { deleteProfile, enableProfile } from "../changes";
import { profilesQuery } from "../queries";
import { CountersDialog } from "./counters-dialog";
import { CredentialDialog } from "./credential-dialog";
import type { Issued } from "./issued";
import { ProfileCard } from "./profile-card";
import { ProfileDialog } from "./profile-dialog";
import { RefreshDialog, traffic } from "./refresh-dialog";

type OpenDialog =
  | { kind: "none" }
  | { kind: "add" }
  | { kind: "edit" | "refresh" | "counters" | "delete"; profile: Profile };

export function ProfileList({ client }: { client: Client }) {
  const queryClient = useQueryClient();
  const profiles = useQuery(profilesQuery(client.id));
  const [dialog, setDialog] = useState<OpenDialog>({ kind: "none" });
  const [issued, setIssued] = useState<Issued | null>(null);
  const close = () => setDialog({ kind: "none" });
  const reload = () => queryClient.invalidateQueries({ queryKey: ["clients"] });

  const toggle = useMutation({
    mutationFn: ({ profile, enable }: { profile: Profile; enable: boolean }) =>
      enableProfile(client.id, profile.id, enable),
    onSuccess: reload,
    onError: (error, { profile }) => toastProblem(`${profile.name} was not changed`, error),
  });
  const remove = useMutation({
    mutationFn: (profile: Profile) => deleteProfile(client.id, profile.id),
    onSuccess: async (_answer, profile) => {
      close();
      toastDone(`${profile.name} was deleted; its credential no longer works.`);
      await reload();
    },
  });
  const open = (next: OpenDialog) => {
    remove.reset();
    setDialog(next);
  };
  const chosen = "profile" in dialog ? dialog.profile : null;
  const addButton = (
    <ForRole needs="admin">
      <Button
        leftSection={<IconPlus size={16} aria-hidden />}
        onClick={() => open({ kind: "add" })}
      >
        Add access profile
      </Button>
    </ForRole>
  );

  return (
    <Stack component="section" aria-labelledby="profiles-title" gap="md">
      <Group justify="space-between">
        <Title order={2} size="h3" id="profiles-title">
          Access profiles
          {profiles.data && profiles.data.length > 0 && ` (${formatNumber(profiles.data.length)})`}
        </Title>
        {profiles.data && profiles.data.length > 0 && addButton}
      </Group>
      {profiles.isPending && <LoadingCards />}
      {profiles.error && (
        <ErrorAlert
          title="The access profiles could not be loaded"
          error={profiles.error}
          onRetry={() => profiles.refetch()}
        />
      )}
      {profiles.data?.length === 0 && (
        <EmptyState
          icon={<IconKey size={36} stroke={1.4} aria-hidden />}
          title="No access profile yet"
          action={addButton}
        >
          One profile for each consumer, person or program: usage and limits are kept per profile.
          Each has a credential of its own.
        </EmptyState>
      )}
      {profiles.data?.map((profile) => (
        <ProfileCard
          key={profile.id}
          clientId={client.id}
          profile={profile}
          isClientEnabled={client.enabled}
          isToggling={toggle.isPending && toggle.variables.profile.id === profile.id}
          onToggle={(enable) => toggle.mutate({ profile, enable })}
          onEdit={() => open({ kind: "edit", profile })}
          onCounters={() => open({ kind: "counters", profile })}
          onRefresh={() => open({ kind: "refresh", profile })}
          onDelete={() => open({ kind: "delete", profile })}
        />
      ))}
      <ProfileDialog
        client={client}
        profile={dialog.kind === "edit" ? dialog.profile : null}
        isOpen={dialog.kind === "edit" || dialog.kind === "add"}
        onClose={close}
        onIssued={setIssued}
      />
      <RefreshDialog
        clientId={client.id}
        profile={dialog.kind === "refresh" ? dialog.profile : null}
        onClose={close}
        onIssued={(fresh) => {
          close();
          setIssued(fresh);
        }}
      />
      <CountersDialog
        clientId={client.id}
        profile={dialog.kind === "counters" ? dialog.profile : null}
        onClose={close}
      />
      <ConfirmDialog
        isOpen={dialog.kind === "delete"}
        title="Delete the access profile"
        confirmLabel="Delete profile"
        nameToType={chosen?.name ?? ""}
        isPending={remove.isPending}
        error={remove.error}
        onConfirm={() => chosen && remove.mutate(chosen)}
        onClose={close}
      >
        <Text>
          Its credential ends at once: every program that uses it is refused with 401. This cannot
          be undone; to stop it for a while, disable it.
        </Text>
        <Text size="sm" c="dimmed">
          {chosen && traffic(chosen)}
        </Text>
      </ConfirmDialog>
      <CredentialDialog issued={issued} onStored={() => setIssued(null)} />
    </Stack>
  );
}
