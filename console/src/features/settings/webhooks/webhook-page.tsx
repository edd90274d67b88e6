/** One webhook: what it is told, its delivery log, a test, a new secret. */
import { Badge, Button, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconPencil, IconRefresh, IconSend, IconTrash } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { asApiError } from "../../../api/errors";
import type { Webhook } from "../../../api/types";
import { ConfirmDialog } from "../../../ui/confirm-dialog";
import { EmptyState } from "../../../ui/empty-state";
import { ErrorAlert } from "../../../ui/error-alert";
import { plural } from "../../../ui/format";
import { AnchorLink } from "../../../ui/links";
import { toastDone } from "../../../ui/toast";
import { SettingsPart } from "../settings-part";
import { DeliveryList } from "./delivery-list";
import { eventWords } from "./events";
import { changeWebhook, deleteWebhook, testWebhook, webhookQuery } from "./queries";
import { SecretDialog } from "./secret-dialog";
import { WebhookDialog } from "./webhook-dialog";

type Open = "none" | "edit" | "secret" | "delete";

interface WebhookPageProps {
  webhookId: number;
  onDeleted: () => void;
}

function Actions({ webhook, onDeleted }: { webhook: Webhook; onDeleted: () => void }) {
  const queryClient = useQueryClient();
  const [open, setOpen] = useState<Open>("none");
  const [fresh, setFresh] = useState<Webhook | null>(null);
  const close = () => setOpen("none");
  const reload = () => queryClient.invalidateQueries({ queryKey: ["webhooks"] });
  const test = useMutation({ mutationFn: () => testWebhook(webhook.id), onSuccess: reload });
  const renew = useMutation({
    mutationFn: () => changeWebhook(webhook.id, { new_secret: true }),
    onSuccess: async (changed) => {
      close();
      setFresh(changed);
      await reload();
    },
  });
  const remove = useMutation({
    mutationFn: () => deleteWebhook(webhook.id),
    onSuccess: () => {
      toastDone(`${webhook.name} was deleted.`);
      onDeleted();
      queryClient.removeQueries({ queryKey: ["webhooks", "one", webhook.id] });
      void queryClient.invalidateQueries({ queryKey: ["webhooks", "list"] });
    },
  });
  return (
    <>
      <Group gap="sm">
        <Button
          leftSection={<IconSend size={16} aria-hidden />}
          disabled={!webhook.enabled}
          title={webhook.enabled ? undefined : "Enable the webhook first"}
          loading={test.isPending}
          onClick={() => test.mutate()}
        >
          Send a test
        </Button>
        <Button
          variant="default"
          leftSection={<IconPencil size={16} aria-hidden />}
          onClick={() => setOpen("edit")}
        >
          Edit
        </Button>
        <Button
          variant="default"
          leftSection={<IconRefresh size={16} aria-hidden />}
          onClick={() => {
            renew.reset();
            setOpen("secret");
          }}
        >
          New secret
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
      </Group>
      <ErrorAlert error={test.error} title="No test was sent" />
      <WebhookDialog
        webhook={webhook}
        isOpen={open === "edit"}
        onClose={close}
        onSecret={setFresh}
      />
      <ConfirmDialog
        isOpen={open === "secret"}
        title="Make a new signing secret"
        confirmLabel="Make a new secret"
        isPending={renew.isPending}
        error={renew.error}
        onConfirm={() => renew.mutate()}
        onClose={close}
      >
        <Text>
          Messages are signed with the new secret at once: the receiver refuses them until it knows
          it. They are sent again meanwhile.
        </Text>
      </ConfirmDialog>
      <ConfirmDialog
        isOpen={open === "delete"}
        title="Delete the webhook"
        confirmLabel="Delete webhook"
        nameToType={webhook.name}
        isPending={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate()}
        onClose={close}
      >
        <Text>
          {webhook.url} is told nothing any more, and the delivery log goes too. To stop it for a
          while, disable it.
        </Text>
      </ConfirmDialog>
      <SecretDialog webhook={fresh} onStored={() => setFresh(null)} />
    </>
  );
}

function Body({ webhook, onDeleted }: { webhook: Webhook; onDeleted: () => void }) {
  return (
    <Stack gap="lg">
      <Stack gap="xs">
        <Group gap="sm">
          <Title order={2} size="h3" className="break-anywhere">
            {webhook.name}
          </Title>
          {!webhook.enabled && (
            <Badge color="gray.7" tt="none">
              Disabled
            </Badge>
          )}
        </Group>
        <Text className="break-anywhere">{webhook.url}</Text>
        <Text size="sm" c="dimmed">
          Told when: {webhook.events.map(eventWords).join("; ").toLowerCase()}. Secret{" "}
          <span data-testid="masked-secret">{webhook.secret}</span>
        </Text>
        {webhook.dropped_total > 0 && (
          <Text size="sm" c="dimmed">
            {plural(webhook.dropped_total, "message")} left out, because too many waited already.
          </Text>
        )}
      </Stack>
      <Actions webhook={webhook} onDeleted={onDeleted} />
      <Title order={3} size="h4">
        Delivery log
      </Title>
      <DeliveryList webhook={webhook} />
    </Stack>
  );
}

export function WebhookPage({ webhookId, onDeleted }: WebhookPageProps) {
  const webhook = useQuery(webhookQuery(webhookId));
  return (
    <SettingsPart
      title="Webhooks"
      needs="admin"
      lead={<AnchorLink to="/settings/webhooks">All webhooks</AnchorLink>}
    >
      {webhook.isPending && <Skeleton height={160} />}
      {webhook.error &&
        (asApiError(webhook.error).status === 404 ? (
          <EmptyState title="There is no such webhook">It may have been deleted.</EmptyState>
        ) : (
          <ErrorAlert
            title="The webhook could not be loaded"
            error={webhook.error}
            onRetry={() => webhook.refetch()}
          />
        ))}
      {webhook.data && <Body webhook={webhook.data} onDeleted={onDeleted} />}
    </SettingsPart>
  );
}
