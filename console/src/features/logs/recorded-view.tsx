/** A recent request by its id: what was recorded then, beside what would become of it now. */
import { Card, Grid, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { asApiError } from "../../api/errors";
import type { ExplainedCall } from "../../api/types";
import { EmptyState } from "../../ui/empty-state";
import { ErrorAlert } from "../../ui/error-alert";
import { capitalise, formatNumber, formatTime } from "../../ui/format";
import { LoadingRows } from "../../ui/loading";
import { ExplanationView } from "./explanation-view";
import { explainedCallQuery } from "./queries";

type Recorded = ExplainedCall["recorded"];

function Line({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      <Text size="sm" component="div" className="break-anywhere">
        {children}
      </Text>
    </div>
  );
}

function RecordedFacts({ recorded }: { recorded: Recorded }) {
  const { profile, client, reason, explanation, limits } = recorded;
  return (
    <Stack gap="sm" data-testid="recorded" data-status={recorded.status}>
      <Line label="Answered">
        {recorded.status}
        {reason && `, ${reason}`}
      </Line>
      {explanation && <Line label="Why">{capitalise(explanation)}</Line>}
      {recorded.what_to_change && <Line label="What to change">{recorded.what_to_change}</Line>}
      <Line label="Request">
        {recorded.method} {recorded.path}
      </Line>
      <Line label="From">{recorded.source}</Line>
      <Line label="When">
        {formatTime(recorded.received_at)}, {formatNumber(recorded.latency_ms)} ms
      </Line>
      <Line label="Whose">
        {profile ? `${profile.name ?? profile.id} of ${client?.name ?? client?.id}` : "Not known"}
      </Line>
      {limits.map(({ name, limit, remaining }) => (
        <Line key={name} label={`Left of ${name}`}>
          {formatNumber(remaining)} of {formatNumber(limit)}
        </Line>
      ))}
      <Line label="Revision then">{recorded.revision}</Line>
    </Stack>
  );
}

export function RecordedView({ requestId }: { requestId: string }) {
  const call = useQuery(explainedCallQuery(requestId));
  if (call.isPending) return <LoadingRows rows={3} />;
  if (call.error) {
    if (asApiError(call.error).status === 404) {
      return (
        <EmptyState title="No recent request has this id">
          The gateway keeps the latest requests in memory only; older ones, and those before its
          last start, are gone.
        </EmptyState>
      );
    }
    return (
      <ErrorAlert
        title="The request could not be explained"
        error={call.error}
        onRetry={() => call.refetch()}
      />
    );
  }
  const { recorded, now } = call.data;
  return (
    <Grid gap="lg">
      <Grid.Col span={{ base: 12, md: 4 }}>
        <Card withBorder padding="lg" bg="var(--surface)">
          <Title order={2} size="h4" mb="md">
            Recorded then
          </Title>
          <RecordedFacts recorded={recorded} />
        </Card>
      </Grid.Col>
      <Grid.Col span={{ base: 12, md: 8 }}>
        <Card withBorder padding="lg" bg="var(--surface)">
          <Title order={2} size="h4" mb="md">
            The same request now
          </Title>
          {now ? (
            <ExplanationView explanation={now} />
          ) : (
            <Text c="dimmed">It cannot be run again.</Text>
          )}
        </Card>
      </Grid.Col>
    </Grid>
  );
}
