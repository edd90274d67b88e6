/** "Limit for the whole client": a policy counted once over all profiles, besides their own. */
import { Button, Card, Group, Select, Stack, Text, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { problemAt } from "../../../api/errors";
import { useMay, whoMay } from "../../../api/me";
import type { Client } from "../../../api/types";
import { capitalise, limitsInWords } from "../../../ui/format";
import { toastDone } from "../../../ui/toast";
import { changeClient } from "../changes";
import { policiesQuery } from "../queries";

export function SharedLimitCard({ client }: { client: Client }) {
  const queryClient = useQueryClient();
  const may = useMay("admin");
  const policies = useQuery(policiesQuery);
  const stored = client.shared_api_policy_id == null ? null : String(client.shared_api_policy_id);
  // Undefined: as stored.
  const [picked, setPicked] = useState<string | null | undefined>(undefined);
  const chosen = picked === undefined ? stored : picked;
  const policy = policies.data?.find(({ id }) => String(id) === chosen);

  const save = useMutation({
    mutationFn: () =>
      changeClient(client.id, { shared_api_policy_id: chosen === null ? null : Number(chosen) }),
    onSuccess: async () => {
      toastDone("The limit for the whole client was changed; the gateway already uses it.");
      await queryClient.invalidateQueries({ queryKey: ["clients"] });
      setPicked(undefined);
    },
  });
  const pick = (next: string | null | undefined) => {
    save.reset();
    setPicked(next);
  };

  return (
    <Card
      component="section"
      aria-labelledby="shared-limit-title"
      withBorder
      padding="lg"
      bg="var(--surface)"
      style={{ overflow: "visible" }}
    >
      <Stack gap="sm">
        <Title order={2} size="h4" id="shared-limit-title">
          Limit for the whole client
        </Title>
        <Text size="sm" c="dimmed">
          Counted once over all its profiles, besides each profile&apos;s own policy.
        </Text>
        <Select
          aria-label="Policy for the whole client"
          disabled={!may}
          description={may ? undefined : whoMay("admin")}
          searchable
          clearable
          clearButtonProps={{ "aria-label": "Clear the policy for the whole client" }}
          placeholder="No limit"
          nothingFoundMessage="No policy has that name"
          data={(policies.data ?? []).map(({ id, name }) => ({ value: String(id), label: name }))}
          value={chosen}
          onChange={pick}
          error={
            save.error ? problemAt("shared_api_policy_id", save.error) : policies.error?.message
          }
        />
        {policy && (
          <Text size="sm" c="dimmed" aria-live="polite">
            {capitalise(limitsInWords(policy, "the whole client"))}.
          </Text>
        )}
        {chosen !== stored && (
          <Group gap="sm">
            <Button size="sm" loading={save.isPending} onClick={() => save.mutate()}>
              Save
            </Button>
            <Button size="sm" variant="default" onClick={() => pick(undefined)}>
              Undo
            </Button>
          </Group>
        )}
      </Stack>
    </Card>
  );
}
