/** One access profile on its client's page. */
import {
  ActionIcon,
  Badge,
  Button,
  Card,
  Group,
  Menu,
  SimpleGrid,
  Text,
  Title,
} from "@mantine/core";
import {
  IconDots,
  IconGauge,
  IconListCheck,
  IconPencil,
  IconRefresh,
  IconTrash,
} from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Profile } from "../../../api/types";
import { CopyButton } from "../../../ui/copy-button";
import { EnabledSwitch } from "../../../ui/enabled-switch";
import { ForRole } from "../../../ui/for-role";
import { capitalise, formatNumber, formatTime, limitsInWords } from "../../../ui/format";
import { parseIpEntry } from "../../../ui/ip";
import { AnchorLink } from "../../../ui/links";
import { Meter } from "../../../ui/meter";
import { collectionsQuery, policiesQuery } from "../queries";
import { keyInWords, METHOD_NAMES, methodOf } from "./auth/auth-values";
import { mtlsInWords } from "./mtls/mtls-values";
import { PreviousCredential } from "./previous-credential";

interface ProfileCardProps {
  clientId: number;
  profile: Profile;
  isClientEnabled: boolean;
  isToggling: boolean;
  onToggle: (enable: boolean) => void;
  onEdit: () => void;
  onCounters: () => void;
  onRefresh: () => void;
  onDelete: () => void;
}

interface FactProps {
  label: string;
  children: ReactNode;
}

function Fact({ label, children }: FactProps) {
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

function IpEntries({ entries, empty }: { entries: readonly string[]; empty: string }) {
  if (entries.length === 0) return empty;
  return entries.map((entry) => {
    const parsed = parseIpEntry(entry);
    return (
      <div key={entry}>
        {entry}
        {parsed.ok && parsed.hasHostBits && ` (means ${parsed.network})`}
      </div>
    );
  });
}

function PolicyFact({ policyId }: { policyId: number | null }) {
  const policies = useQuery(policiesQuery);
  if (policyId === null) return "None: no limits";
  const policy = policies.data?.find(({ id }) => id === policyId);
  if (!policy) return `Policy ${policyId}`;
  return (
    <>
      <AnchorLink to="/policies" search={{ q: policy.name }} size="sm">
        {policy.name}
      </AnchorLink>
      <Text size="xs" c="dimmed">
        {capitalise(limitsInWords(policy))}
      </Text>
    </>
  );
}

function CollectionLinks({ ids }: { ids: readonly number[] }) {
  const collections = useQuery(collectionsQuery);
  if (ids.length === 0) return "None: this profile is admitted nowhere";
  return (
    <Group gap="xs">
      {ids.map((id) => {
        const found = collections.data?.find((collection) => collection.id === id);
        return found ? (
          <AnchorLink key={id} to="/collections" search={{ q: found.name }} size="sm">
            {found.name} ({found.version})
          </AnchorLink>
        ) : (
          <span key={id}>Collection {id}</span>
        );
      })}
    </Group>
  );
}

function ProfileMenu({ clientId, profile, onEdit, onCounters, onDelete }: ProfileCardProps) {
  return (
    <Menu position="bottom-end" shadow="md">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={`More about ${profile.name}`}>
          <IconDots size={18} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <ForRole needs="admin">
          <Menu.Item leftSection={<IconPencil size={16} aria-hidden />} onClick={onEdit}>
            Edit
          </Menu.Item>
        </ForRole>
        <Menu.Item leftSection={<IconGauge size={16} aria-hidden />} onClick={onCounters}>
          Counters
        </Menu.Item>
        <Menu.Item
          leftSection={<IconListCheck size={16} aria-hidden />}
          renderRoot={(props) => (
            <Link
              to="/logs/explain"
              search={{ client: clientId, profile: profile.id }}
              {...props}
            />
          )}
        >
          Explain
        </Menu.Item>
        <ForRole needs="admin">
          <Menu.Item
            color="var(--mantine-color-error)"
            leftSection={<IconTrash size={16} aria-hidden />}
            onClick={onDelete}
          >
            Delete
          </Menu.Item>
        </ForRole>
      </Menu.Dropdown>
    </Menu>
  );
}

function CredentialFact({ profile, onRefresh }: { profile: Profile; onRefresh: () => void }) {
  const method = methodOf(profile.auth_type);
  const refresh = (
    <ForRole needs="operator">
      <Button
        size="compact-xs"
        variant="default"
        leftSection={<IconRefresh size={14} aria-hidden />}
        onClick={onRefresh}
      >
        Refresh
      </Button>
    </ForRole>
  );
  if (method === "token") {
    return (
      <Fact label="API key">
        <Group gap="xs">
          <span data-testid="masked-key">{profile.auth_token}</span>
          {refresh}
        </Group>
      </Fact>
    );
  }
  return (
    <Fact label={method === "oauth2" ? "Client id and secret" : "Key id"}>
      <div data-testid="key-id">{profile.api_key}</div>
      {method === "oauth2" && <div data-testid="masked-key">{profile.auth_token}</div>}
      <Group gap="xs" mt={4}>
        <CopyButton
          value={profile.api_key}
          size="compact-xs"
          label="Copy id"
          name={`Copy id of ${profile.name}`}
        />
        {refresh}
      </Group>
    </Fact>
  );
}

/** Expired is red; what ends soon or later is plain. */
function ExpiryBadge({ expiresAt }: { expiresAt: string | null }) {
  if (expiresAt === null) return null;
  const isOver = new Date(expiresAt).getTime() <= Date.now();
  return (
    <Badge variant={isOver ? "filled" : "default"} color={isOver ? "red.9" : undefined} tt="none">
      {isOver ? "Expired" : "Expires"} {formatTime(expiresAt)}
    </Badge>
  );
}

function PolicyMeters({ profile }: { profile: Profile }) {
  const { rate, quota } = profile.policy_state;
  if (!rate && !quota) return null;
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="md" mb="md">
      {rate && <Meter label="Rate" used={rate.limit - rate.remaining} of={rate.limit} />}
      {quota && (
        <Meter
          label="Quota"
          used={quota.used}
          of={quota.limit + quota.granted}
          note={`Begins anew ${formatTime(quota.resets_at)}`}
        />
      )}
    </SimpleGrid>
  );
}

export function ProfileCard(props: ProfileCardProps) {
  const { profile, isClientEnabled, isToggling, onToggle, onRefresh } = props;
  const certificate = mtlsInWords(profile);
  const labels = Object.entries(profile.labels ?? {});
  return (
    <Card
      component="article"
      aria-label={`Access profile: ${profile.name}`}
      withBorder
      style={{ overflow: "visible" }}
      padding="lg"
      bg="var(--surface)"
    >
      <Group justify="space-between" align="flex-start" mb="md" gap="xs">
        <Group gap="xs" flex="1 1 14rem" miw={0}>
          <Title order={3} size="h4" className="break-anywhere">
            {profile.name}
          </Title>
          <ExpiryBadge expiresAt={profile.expires_at ?? null} />
        </Group>
        <Group gap="sm" wrap="nowrap">
          <EnabledSwitch
            of={profile.name}
            checked={profile.active}
            isPending={isToggling}
            onToggle={onToggle}
            withLabel
          />
          <ProfileMenu {...props} />
        </Group>
      </Group>
      <PreviousCredential clientId={props.clientId} profile={profile} />
      {profile.active && !isClientEnabled && (
        <Text size="sm" mb="sm">
          The client is disabled, so this profile can call nothing.
        </Text>
      )}
      <PolicyMeters profile={profile} />
      <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} spacing="md" verticalSpacing="sm">
        <CredentialFact profile={profile} onRefresh={onRefresh} />
        <Fact label="Policy">
          <PolicyFact policyId={profile.api_policy_id ?? null} />
        </Fact>
        <Fact label="Authentication method">
          {METHOD_NAMES[methodOf(profile.auth_type)]}
          {profile.jwt_key && (
            <Text size="xs" c="dimmed">
              {keyInWords(profile.jwt_key)}
            </Text>
          )}
          {certificate && (
            <Text size="xs" c="dimmed" className="break-anywhere">
              And a client certificate {certificate}
            </Text>
          )}
        </Fact>
        <Fact label={profile.own_terms ? "API collections" : "API collections (client's terms)"}>
          <CollectionLinks ids={profile.api_collection_ids} />
        </Fact>
        <Fact label="IP allow list">
          <IpEntries entries={profile.ip_allow_list} empty="From anywhere" />
        </Fact>
        <Fact label="IP deny list">
          <IpEntries entries={profile.ip_deny_list} empty="Nobody" />
        </Fact>
        <Fact label="Calls since Portcullis started">
          {formatNumber(profile.calls_total)} admitted, {formatNumber(profile.refused_total)}{" "}
          refused
        </Fact>
        <Fact label="Last used">
          {profile.last_used_at ? formatTime(profile.last_used_at) : "Not since Portcullis started"}
        </Fact>
        {labels.length > 0 && (
          <Fact label="Labels">
            {labels.map(([key, value]) => (
              <div key={key}>
                {key}: {value}
              </div>
            ))}
          </Fact>
        )}
      </SimpleGrid>
    </Card>
  );
}
