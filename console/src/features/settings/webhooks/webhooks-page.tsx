/** Settings > Webhooks: who is told of what happens here. */
import { Badge, Button, Group, Table, Text } from "@mantine/core";
import { IconPlus, IconWebhook } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useMayWorkspace } from "../../../api/me";
import type { Webhook } from "../../../api/types";
import { EmptyState } from "../../../ui/empty-state";
import { EnabledSwitch } from "../../../ui/enabled-switch";
import { formatTime } from "../../../ui/format";
import { AnchorLink } from "../../../ui/links";
import { isEmptyList, ListFrame } from "../../../ui/list-frame";
import type { ListSearch } from "../../../ui/list-search";
import { ListTable } from "../../../ui/list-table";
import { SortHeader } from "../../../ui/sort-header";
import { toastProblem } from "../../../ui/toast";
import { SettingsPart } from "../settings-part";
import { STATES } from "./events";
import { changeWebhook, webhookListQuery } from "./queries";
import { SecretDialog } from "./secret-dialog";
import { WebhookDialog } from "./webhook-dialog";

interface WebhooksPageProps {
  search: ListSearch;
  onSearch: (change: Partial<ListSearch>) => void;
}

function LastDelivery({ last }: { last: Webhook["last_delivery"] }) {
  if (!last) return "Nothing sent yet";
  return (
    <Group gap="xs">
      <Badge color={STATES[last.state].color} tt="none">
        {STATES[last.state].label}
      </Badge>
      <Text size="sm" c="dimmed">
        {formatTime(last.at)}
      </Text>
    </Group>
  );
}

function WebhookRow({ webhook }: { webhook: Webhook }) {
  const queryClient = useQueryClient();
  const toggle = useMutation({
    mutationFn: (enabled: boolean) => changeWebhook(webhook.id, { enabled }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["webhooks"] }),
    onError: (error) => toastProblem(`${webhook.name} was not changed`, error),
  });
  return (
    <Table.Tr>
      <Table.Td>
        <AnchorLink
          to="/settings/webhooks/$webhookId"
          params={{ webhookId: String(webhook.id) }}
          fw={600}
          className="break-anywhere"
        >
          {webhook.name}
        </AnchorLink>
        <Text size="sm" c="dimmed" className="break-anywhere">
          {webhook.url}
        </Text>
        <Text size="sm" component="div" hiddenFrom="sm" mt={4}>
          <LastDelivery last={webhook.last_delivery} />
        </Text>
      </Table.Td>
      <Table.Td visibleFrom="sm">
        <LastDelivery last={webhook.last_delivery} />
      </Table.Td>
      <Table.Td>
        <EnabledSwitch
          of={webhook.name}
          checked={webhook.enabled}
          isPending={toggle.isPending}
          onToggle={toggle.mutate}
        />
      </Table.Td>
    </Table.Tr>
  );
}

export function WebhooksPage({ search, onSearch }: WebhooksPageProps) {
  const may = useMayWorkspace("admin");
  const webhooks = useQuery({ ...webhookListQuery(search), enabled: may });
  const [isAdding, setIsAdding] = useState(false);
  const [made, setMade] = useState<Webhook | null>(null);
  const addButton = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setIsAdding(true)}>
      Add webhook
    </Button>
  );
  return (
    <SettingsPart
      title="Webhooks"
      needs="admin"
      lead="Other systems are told by signed messages when something happens here. A message that is not taken is sent again, later and later, for about 31 hours."
      action={!isEmptyList(webhooks, search) && addButton}
    >
      <ListFrame
        noun="webhooks"
        search={search}
        onSearch={onSearch}
        list={webhooks}
        empty={
          <EmptyState
            icon={<IconWebhook size={40} stroke={1.4} aria-hidden />}
            title="No webhook yet"
            action={addButton}
          >
            Add one to hear of refreshed credentials, disabled profiles and an unwell gateway where
            you already look.
          </EmptyState>
        }
      >
        <ListTable
          label="Webhooks"
          head={
            <>
              <SortHeader
                label="Webhook"
                field="name"
                sort={search.sort}
                onSort={(sort) => onSearch({ sort, page: 1 })}
              />
              <Table.Th visibleFrom="sm">Last delivery</Table.Th>
              <Table.Th w={96}>Enabled</Table.Th>
            </>
          }
        >
          {webhooks.data?.data.map((webhook) => (
            <WebhookRow key={webhook.id} webhook={webhook} />
          ))}
        </ListTable>
      </ListFrame>
      <WebhookDialog
        webhook={null}
        isOpen={isAdding}
        onClose={() => setIsAdding(false)}
        onSecret={setMade}
      />
      <SecretDialog webhook={made} onStored={() => setMade(null)} />
    </SettingsPart>
  );
}
