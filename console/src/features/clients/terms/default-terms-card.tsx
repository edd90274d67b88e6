/** The client's default terms, and how many profiles live by them. */
import { Badge, Button, Card, Group, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Client } from "../../../api/types";
import { ForRole } from "../../../ui/for-role";
import { capitalise, limitsInWords, plural } from "../../../ui/format";
import { keyInWords, METHOD_NAMES, methodOf } from "../profiles/auth/auth-values";
import { mtlsInWords } from "../profiles/mtls/mtls-values";
import { policiesQuery, profilesQuery } from "../queries";
import { DefaultTermsDialog } from "./default-terms-dialog";

function Terms({ client }: { client: Client }) {
  const policies = useQuery(policiesQuery);
  const policy = policies.data?.find(({ id }) => id === client.api_policy_id);
  const certificate = mtlsInWords(client);
  const policyName = policy?.name ?? client.api_policies[0]?.name;
  return (
    <Stack gap="sm">
      <div>
        <Text size="xs" c="dimmed">
          API collections
        </Text>
        <Group gap={6} mt={2}>
          {client.api_collections.map(({ id, name }) => (
            <Badge key={id} variant="default" tt="none" fw={500} maw="100%">
              {name}
            </Badge>
          ))}
        </Group>
      </div>
      <div>
        <Text size="xs" c="dimmed">
          Policy
        </Text>
        <Text size="sm" className="break-anywhere">
          {policyName ?? "None: no limits"}
        </Text>
        {policy && (
          <Text size="xs" c="dimmed">
            {capitalise(limitsInWords(policy))}
          </Text>
        )}
      </div>
      <div>
        <Text size="xs" c="dimmed">
          Authentication method
        </Text>
        <Text size="sm">{METHOD_NAMES[methodOf(client.auth_type)]}</Text>
        {client.jwt_key && (
          <Text size="xs" c="dimmed" className="break-anywhere">
            {keyInWords(client.jwt_key)}
          </Text>
        )}
        {certificate && (
          <Text size="xs" c="dimmed" className="break-anywhere">
            And a client certificate {certificate}
          </Text>
        )}
      </div>
    </Stack>
  );
}

export function DefaultTermsCard({ client }: { client: Client }) {
  const profiles = useQuery(profilesQuery(client.id));
  const [isOpen, setIsOpen] = useState(false);
  const users = profiles.data?.filter((profile) => !profile.own_terms) ?? [];
  const hasTerms = !client.is_legacy;
  return (
    <Card
      component="section"
      aria-labelledby="default-terms-title"
      withBorder
      padding="lg"
      bg="var(--surface)"
    >
      <Stack gap="md">
        <Title order={2} size="h4" id="default-terms-title">
          Default terms
        </Title>
        {hasTerms ? (
          <>
            <Text size="sm" c="dimmed">
              Used by {plural(users.length, "profile")}.
            </Text>
            <Terms client={client} />
          </>
        ) : (
          <Text size="sm" c="dimmed">
            None: each profile has its own terms. Set default terms to keep collections and policy
            for several profiles in one place.
          </Text>
        )}
        <ForRole needs="admin">
          <Button variant="default" onClick={() => setIsOpen(true)}>
            {hasTerms ? "Edit default terms" : "Set default terms"}
          </Button>
        </ForRole>
      </Stack>
      <DefaultTermsDialog
        client={client}
        users={users.map(({ name }) => name)}
        isOpen={isOpen}
        onClose={() => setIsOpen(false)}
      />
    </Card>
  );
}
