/** The head of a client's page: logo, name, description, slider, and what can be done with the whole client. */
import { Box, Button, Group, Stack, Text, Title } from "@mantine/core";
import { IconPencil, IconTrash } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Client } from "../../api/types";
import { ConfirmDialog } from "../../ui/confirm-dialog";
import { CopyButton } from "../../ui/copy-button";
import { EnabledSwitch } from "../../ui/enabled-switch";
import { ForRole, RoleNote } from "../../ui/for-role";
import { plural } from "../../ui/format";
import { AnchorLink } from "../../ui/links";
import { Logo } from "../../ui/logo";
import { toastDone, toastProblem } from "../../ui/toast";
import { baseUrlOf } from "./base-url";
import { deleteClient, enableClient } from "./changes";
import { EditClientDialog } from "./edit-client-dialog";
import { collectionsQuery, profilesQuery } from "./queries";

const DAY_MS = 24 * 60 * 60 * 1000;

/** Which of its profiles called in the last 24 hours: for whoever wants to delete it. */
function CalledLately({ clientId }: { clientId: number }) {
  const profiles = useQuery(profilesQuery(clientId));
  if (!profiles.data) return null;
  const lately = profiles.data.filter(
    ({ last_used_at: at }) => at && Date.now() - Date.parse(at) < DAY_MS,
  );
  return (
    <Text size="sm" c="dimmed" className="break-anywhere">
      {lately.length === 0
        ? "None of them has called in the last 24 hours."
        : `In the last 24 hours called: ${lately.map(({ name }) => name).join(", ")}.`}
    </Text>
  );
}

interface ClientHeaderProps {
  client: Client;
  onDeleted: () => void;
}

export function ClientHeader({ client, onDeleted }: ClientHeaderProps) {
  const queryClient = useQueryClient();
  const collections = useQuery(collectionsQuery);
  const [open, setOpen] = useState<"none" | "edit" | "delete">("none");
  const baseUrl = baseUrlOf(collections.data ?? []);

  const toggle = useMutation({
    mutationFn: (enable: boolean) => enableClient(client.id, enable),
    onSuccess: async (_answer, enable) => {
      toastDone(
        enable
          ? "Enabled: each profile is as it was before."
          : "Disabled: none of its profiles can call anything.",
      );
      await queryClient.invalidateQueries({ queryKey: ["clients"] });
    },
    onError: (error) => toastProblem(`${client.name} was not changed`, error),
  });
  const remove = useMutation({
    mutationFn: () => deleteClient(client.id),
    onSuccess: () => {
      toastDone(`${client.name} was deleted; its API keys no longer work.`);
      onDeleted();
      queryClient.removeQueries({ queryKey: ["clients", "one", client.id] });
      void queryClient.invalidateQueries({ queryKey: ["clients", "list"] });
    },
  });

  return (
    <Stack gap="sm">
      <AnchorLink to="/clients" size="sm" w="fit-content">
        All clients
      </AnchorLink>
      <Group justify="space-between" align="flex-start" gap="md">
        <Group gap="md" wrap="nowrap" align="flex-start" flex="1 1 18rem" miw={0}>
          <Logo name={client.name} src={client.logo} src2x={client.logo_2x} size={64} />
          <Box miw={0}>
            <Title order={1} size="h2" className="break-anywhere">
              {client.name}
            </Title>
            {client.description && (
              <Text c="dimmed" className="break-anywhere" style={{ whiteSpace: "pre-line" }}>
                {client.description}
              </Text>
            )}
          </Box>
        </Group>
        <Group gap="sm">
          <EnabledSwitch
            of={client.name}
            checked={client.enabled}
            isPending={toggle.isPending}
            onToggle={toggle.mutate}
            withLabel
          />
          <CopyButton
            value={baseUrl ?? ""}
            label="Copy base URL"
            size="sm"
            disabled={baseUrl === null}
          />
          <ForRole needs="admin">
            <Button
              variant="default"
              leftSection={<IconPencil size={16} aria-hidden />}
              onClick={() => setOpen("edit")}
            >
              Edit
            </Button>
            <Button
              variant="default"
              leftSection={<IconTrash size={16} aria-hidden />}
              onClick={() => {
                remove.reset();
                setOpen("delete");
              }}
            >
              Delete
            </Button>
          </ForRole>
        </Group>
      </Group>
      <RoleNote needs="admin" what="the client and its profiles" />
      <EditClientDialog client={client} isOpen={open === "edit"} onClose={() => setOpen("none")} />
      <ConfirmDialog
        isOpen={open === "delete"}
        title="Delete the client"
        confirmLabel="Delete client"
        nameToType={client.name}
        isPending={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate()}
        onClose={() => setOpen("none")}
      >
        <Text>
          Its {plural(client.total_api_keys_count, "access profile")} and their API keys end at
          once: every program that uses one is refused with 401. This cannot be undone; to stop the
          client for a while, disable it.
        </Text>
        <CalledLately clientId={client.id} />
      </ConfirmDialog>
    </Stack>
  );
}
