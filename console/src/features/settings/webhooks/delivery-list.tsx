/** What a webhook was sent, how often it was tried and what came back; each can be sent again. */
import { Badge, Box, Button, Card, Code, Group, List, Stack, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Delivery, Webhook } from "../../../api/types";
import { ErrorAlert } from "../../../ui/error-alert";
import { Fold } from "../../../ui/fold";
import { formatTime, plural } from "../../../ui/format";
import { LoadingRows } from "../../../ui/loading";
import { Pager } from "../../../ui/pager";
import { toastProblem } from "../../../ui/toast";
import classes from "./delivery-list.module.css";
import { attemptWords, eventWords, STATES } from "./events";
import { DELIVERIES_PER_PAGE, deliveriesQuery, retryDelivery } from "./queries";

function DeliveryRow({ webhook, delivery }: { webhook: Webhook; delivery: Delivery }) {
  const queryClient = useQueryClient();
  const retry = useMutation({
    mutationFn: () => retryDelivery(webhook.id, delivery.id),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["webhooks"] }),
    onError: (error) => toastProblem("It was not sent again", error),
  });
  const state = STATES[delivery.state];
  const last = delivery.attempts.at(-1);
  return (
    <Box component="li" p="md" data-testid="delivery" data-state={delivery.state}>
      <Group justify="space-between" gap="xs" align="flex-start">
        <Group gap="xs" flex="1 1 14rem" miw={0}>
          <Badge color={state.color} tt="none">
            {state.label}
          </Badge>
          <Text fw={600}>{eventWords(delivery.event)}</Text>
        </Group>
        <Group gap="sm">
          <Text size="sm" c="dimmed">
            {formatTime(delivery.created_at)}
          </Text>
          {delivery.state !== "pending" && (
            <Button
              size="compact-sm"
              variant="default"
              loading={retry.isPending}
              disabled={!webhook.enabled}
              onClick={() => retry.mutate()}
            >
              Send again
            </Button>
          )}
        </Group>
      </Group>
      {delivery.next_attempt_at && (
        <Text size="sm" c="dimmed">
          Next try {formatTime(delivery.next_attempt_at)}
        </Text>
      )}
      <Fold
        label={`${plural(delivery.attempts_count, "attempt")} and the message`}
        summary={last && attemptWords(last)}
      >
        <List size="sm">
          {delivery.attempts.map((attempt) => (
            <List.Item key={attempt.at}>
              {formatTime(attempt.at)}: {attemptWords(attempt)}
            </List.Item>
          ))}
        </List>
        <Text size="sm" c="dimmed" className="break-anywhere">
          Message id {delivery.message_id}
        </Text>
        <Code block className="break-anywhere" style={{ whiteSpace: "pre-wrap" }}>
          {JSON.stringify(delivery.payload, null, 2)}
        </Code>
      </Fold>
    </Box>
  );
}

export function DeliveryList({ webhook }: { webhook: Webhook }) {
  const [page, setPage] = useState(1);
  const deliveries = useQuery(deliveriesQuery(webhook.id, page));
  const rows = deliveries.data?.data ?? [];
  return (
    <Stack gap="md">
      {deliveries.isPending && <LoadingRows rows={3} />}
      {deliveries.error && (
        <ErrorAlert
          title="The delivery log could not be loaded"
          error={deliveries.error}
          onRetry={() => deliveries.refetch()}
        />
      )}
      {deliveries.isSuccess && rows.length === 0 && (
        <Text c="dimmed">Nothing was sent yet. Send a test to see whether it arrives.</Text>
      )}
      {rows.length > 0 && (
        <>
          <Card withBorder padding={0} bg="var(--surface)">
            <ul className={classes.list} aria-label="Deliveries">
              {rows.map((delivery) => (
                <DeliveryRow key={delivery.id} webhook={webhook} delivery={delivery} />
              ))}
            </ul>
          </Card>
          {(deliveries.data?.count ?? 0) > DELIVERIES_PER_PAGE && (
            <Pager
              page={page}
              perPage={DELIVERIES_PER_PAGE}
              count={deliveries.data?.count ?? 0}
              onPage={setPage}
            />
          )}
        </>
      )}
    </Stack>
  );
}
