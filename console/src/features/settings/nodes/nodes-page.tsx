/** Settings > Nodes: which programs serve, which revision each uses, and what a crash left behind. */
import { Badge, Card, Group, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useMay } from "../../../api/me";
import type { Node } from "../../../api/types";
import { ErrorAlert } from "../../../ui/error-alert";
import { formatNumber, formatTime, plural } from "../../../ui/format";
import { LoadingCards } from "../../../ui/loading";
import { SettingsPart } from "../settings-part";
import { LeaseList } from "./lease-list";
import { nodesQuery } from "./queries";

function Fact({ label, children }: { label: string; children: ReactNode }) {
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

function lagWords({ lag_revisions: lag, applied_revision: applied }: Node): string {
  const behind = lag === 0 ? "up to date" : `${plural(lag, "revision")} behind`;
  return `${formatNumber(applied)}, ${behind}`;
}

function NodeCard({ node }: { node: Node }) {
  const isWell = node.state === "serving" && node.lag_revisions === 0;
  return (
    <Card
      component="article"
      aria-label={`Node ${node.name}`}
      withBorder
      padding="lg"
      bg="var(--surface)"
    >
      <Group justify="space-between" mb="md" gap="xs">
        <Title order={2} size="h4" className="break-anywhere">
          {node.name}
        </Title>
        <Badge variant="filled" color={isWell ? "teal.9" : "orange.9"} tt="none">
          {node.state}
        </Badge>
      </Group>
      <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} spacing="md" verticalSpacing="sm">
        <Fact label="Revision in use">
          <span data-testid="node-revision">{lagWords(node)}</span>
        </Fact>
        <Fact label="Version">{node.version}</Fact>
        <Fact label="Started">{formatTime(node.started_at)}</Fact>
        <Fact label="Gateway">{node.gateway_url}</Fact>
        <Fact label="Listeners">{node.listeners.join(", ")}</Fact>
        <Fact label="Workers">{formatNumber(node.workers)}</Fact>
      </SimpleGrid>
    </Card>
  );
}

export function NodesPage() {
  const may = useMay("viewer");
  const nodes = useQuery({ ...nodesQuery, enabled: may });
  return (
    <SettingsPart
      title="Nodes"
      needs="viewer"
      lead="A change is in force on a node once its revision is in use there. Usage quotas are counted by lending calls to a node in advance."
    >
      {nodes.isPending && <LoadingCards rows={1} height={140} />}
      {nodes.error && (
        <ErrorAlert
          title="The nodes could not be loaded"
          error={nodes.error}
          onRetry={() => nodes.refetch()}
        />
      )}
      {nodes.data?.map((node) => (
        <Stack key={node.id} gap="lg">
          <NodeCard node={node} />
          <LeaseList node={node} />
        </Stack>
      ))}
    </SettingsPart>
  );
}
