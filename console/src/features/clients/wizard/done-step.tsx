/** The wizard's end: the credential once, the slider, a line to try, and a tick when the first call arrives. */
import { Alert, Button, Card, Group, Stack, Text, ThemeIcon, Title } from "@mantine/core";
import { IconCheck, IconClock } from "@tabler/icons-react";
import { useMutation, useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import { CodeLine } from "../../../ui/code-line";
import { EnabledSwitch } from "../../../ui/enabled-switch";
import { ErrorAlert } from "../../../ui/error-alert";
import { capitalise } from "../../../ui/format";
import { AnchorLink, ButtonLink } from "../../../ui/links";
import { enableProfile } from "../changes";
import type { Method } from "../profiles/auth/auth-values";
import { credentialNoun, type Issued, isSecret } from "../profiles/issued";
import { IssuedCredential } from "../profiles/issued-credential";
import { collectionsQuery, endpointsQuery, profileQuery } from "../queries";
import { curlLine, easiestEndpoint, hasParameters, headerOf, WITH_CERTIFICATE } from "./curl";

/** What "Create client" made. */
export interface Made {
  clientId: number;
  clientName: string;
  profile: {
    id: number;
    name: string;
    method: Method;
    collectionIds: number[];
    /** Whether its callers need a client certificate besides. */
    asksForCertificate: boolean;
  } | null;
  /** Why the logo did not go up; null when it did or there was none. */
  logoProblem: string | null;
}

const LOOK_EVERY_MS = 2_000;

interface TryItProps {
  clientId: number;
  profile: NonNullable<Made["profile"]>;
  /** Null once it was stored. */
  issued: Issued | null;
}

function CollectionLink({ id }: { id: number | undefined }) {
  const collections = useQuery(collectionsQuery);
  const found = collections.data?.find((collection) => collection.id === id);
  if (id === undefined) return "its API collection";
  return (
    <AnchorLink
      to="/collections/$collectionId"
      params={{ collectionId: String(id) }}
      size="sm"
      underline="always"
    >
      {found?.name ?? "its API collection"}
    </AnchorLink>
  );
}

function FirstCall({ profile, issued }: Omit<TryItProps, "clientId">) {
  const endpoints = useQueries({
    queries: profile.collectionIds.map((id) => endpointsQuery(id)),
    combine: (results) => ({
      isPending: results.some((result) => result.isPending),
      all: results.flatMap((result) => result.data ?? []),
    }),
  });
  if (endpoints.isPending) return null;
  const endpoint = easiestEndpoint(endpoints.all);
  if (!endpoint) {
    return (
      <Text size="sm" c="dimmed">
        Its API collections have no endpoint yet; add one on the page of{" "}
        <CollectionLink id={profile.collectionIds[0]} />.
      </Text>
    );
  }
  const header = headerOf(profile.method, issued?.credential ?? null);
  return (
    <Stack gap={6}>
      <CodeLine
        label="First call"
        code={curlLine(endpoint, header, profile.asksForCertificate ? WITH_CERTIFICATE : [])}
      />
      {profile.asksForCertificate && (
        <Text size="sm" c="dimmed">
          The profile asks for a client certificate: call a listener with TLS, with the certificate
          and key of the caller.
        </Text>
      )}
      {hasParameters(endpoint) && (
        <Text size="sm" c="dimmed">
          Put a real value in place of each part in braces.
        </Text>
      )}
      {!endpoint.active && (
        <Text size="sm" c="dimmed">
          This endpoint is inactive: switch it on, on the page of{" "}
          <CollectionLink id={endpoint.api_collection_id} />.
        </Text>
      )}
    </Stack>
  );
}

function TryIt({ clientId, profile, issued }: TryItProps) {
  const queryClient = useQueryClient();
  const live = useQuery({
    ...profileQuery(clientId, profile.id),
    refetchInterval: (query) => ((query.state.data?.calls_total ?? 0) > 0 ? false : LOOK_EVERY_MS),
  });
  const toggle = useMutation({
    mutationFn: (enable: boolean) => enableProfile(clientId, profile.id, enable),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["clients"] }),
  });
  const isEnabled = live.data?.active ?? false;
  const isSeen = (live.data?.calls_total ?? 0) > 0;

  return (
    <Card withBorder padding="lg" bg="var(--surface)">
      <Stack gap="md">
        <Group justify="space-between">
          <EnabledSwitch
            of={profile.name}
            checked={isEnabled}
            isPending={toggle.isPending}
            onToggle={toggle.mutate}
            withLabel
          />
          {!isEnabled && (
            <Button loading={toggle.isPending} onClick={() => toggle.mutate(true)}>
              Enable now
            </Button>
          )}
        </Group>
        {!isEnabled && (
          <Text size="sm" c="dimmed">
            A new profile starts disabled: its calls are refused with 403 until it is enabled.
          </Text>
        )}
        <ErrorAlert error={toggle.error} />
        <FirstCall profile={profile} issued={issued} />
        <Group gap="xs" role="status" data-testid="call-seen" data-seen={isSeen}>
          <ThemeIcon
            radius="xl"
            size="sm"
            variant={isSeen ? "filled" : "default"}
            color="green.9"
            aria-hidden
          >
            {isSeen ? <IconCheck size={14} /> : <IconClock size={14} />}
          </ThemeIcon>
          <Text size="sm">
            {isSeen ? "Call seen: the first call arrived." : "No call seen yet"}
          </Text>
        </Group>
      </Stack>
    </Card>
  );
}

interface DoneStepProps {
  made: Made;
  issued: Issued | null;
  onStored: () => void;
}

export function DoneStep({ made, issued, onStored }: DoneStepProps) {
  return (
    <Stack gap="lg">
      <Title order={2} size="h3" className="break-anywhere">
        {made.clientName} is created
      </Title>
      {made.logoProblem !== null && (
        <Alert color="yellow" title="The logo was not stored" role="alert">
          {capitalise(made.logoProblem)}. Everything else is in place; add a logo with Edit on the
          client&apos;s page.
        </Alert>
      )}
      {issued && (
        <Card withBorder padding="lg" bg="var(--surface)">
          <Title order={3} size="h4" mb="sm" className="break-anywhere">
            {credentialNoun(issued.method)} of {issued.name}
          </Title>
          <IssuedCredential issued={issued} />
          {isSecret(issued.method) && (
            <Group mt="md">
              <Button variant="default" onClick={onStored}>
                I have stored it
              </Button>
            </Group>
          )}
        </Card>
      )}
      {made.profile && issued === null && (
        <Text c="dimmed">
          The {credentialNoun(made.profile.method)} is stored with you. Here it is not shown again.
        </Text>
      )}
      {made.profile && <TryIt clientId={made.clientId} profile={made.profile} issued={issued} />}
      <Group>
        <ButtonLink
          to="/clients/$clientId"
          params={{ clientId: String(made.clientId) }}
          variant={issued === null || !isSecret(issued.method) ? "filled" : "default"}
        >
          Go to the client
        </ButtonLink>
      </Group>
    </Stack>
  );
}
