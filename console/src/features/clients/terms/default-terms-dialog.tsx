/** Sets, changes or takes away a client's default terms. */
import { Alert, Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { formProblems } from "../../../api/errors";
import type { Client, ClientChange } from "../../../api/types";
import { ErrorAlert } from "../../../ui/error-alert";
import { plural } from "../../../ui/format";
import { toastDone } from "../../../ui/toast";
import { changeClient } from "../changes";
import { termsOf } from "../profiles/profile-values";
import { TermsFields, type TermsValues } from "../profiles/terms-fields";

const PLACES = {
  api_collection_ids: "collectionIds",
  api_policy_id: "policyId",
  auth_type: "method",
} as const;

interface DefaultTermsDialogProps {
  client: Client;
  /** Names of the profiles that use the default terms. */
  users: readonly string[];
  isOpen: boolean;
  onClose: () => void;
}

export function DefaultTermsDialog(props: DefaultTermsDialogProps) {
  return (
    <Modal
      opened={props.isOpen}
      onClose={props.onClose}
      title="Default terms"
      closeOnClickOutside={false}
    >
      <TermsForm {...props} />
    </Modal>
  );
}

function initialTerms(client: Client): TermsValues {
  return {
    collectionIds: client.api_collection_ids.map(String),
    policyId: client.api_policy_id == null ? null : String(client.api_policy_id),
  };
}

function TermsForm({ client, users, onClose }: DefaultTermsDialogProps) {
  const queryClient = useQueryClient();
  const form = useForm<TermsValues>({
    initialValues: initialTerms(client),
    validate: {
      collectionIds: (ids) => (ids.length === 0 ? "Choose at least one API collection" : null),
    },
  });
  const [general, setGeneral] = useState<string | null>(null);
  const save = useMutation({
    mutationFn: (change: ClientChange) => changeClient(client.id, change),
    onMutate: () => setGeneral(null),
    onSuccess: () => {
      void queryClient.invalidateQueries({ queryKey: ["clients"] });
      toastDone("The default terms were changed; the gateway already uses them.");
      onClose();
    },
    onError: (error) => {
      const problems = formProblems(error, PLACES);
      form.setErrors(problems.fields);
      setGeneral(problems.general);
    },
  });
  const isInUse = users.length > 0;
  return (
    <form noValidate onSubmit={form.onSubmit((values) => save.mutate(termsOf(values)))}>
      <Stack gap="md">
        {isInUse ? (
          <Alert color="yellow" title={`Used by ${plural(users.length, "profile")}`}>
            A change acts on all of them at once: {users.join(", ")}. Their API keys and counters
            stay.
          </Alert>
        ) : (
          <Text size="sm" c="dimmed">
            No profile uses them yet. A profile does when its form says &quot;Use the client&apos;s
            terms&quot;.
          </Text>
        )}
        <TermsFields
          values={form.values}
          onChange={form.setValues}
          errors={fieldErrors(form.errors)}
        />
        <ErrorAlert error={general} />
        <Group justify="space-between">
          {client.is_legacy ? (
            <span />
          ) : (
            <Button
              variant="subtle"
              color="var(--mantine-color-error)"
              disabled={isInUse || save.isPending}
              title={isInUse ? "Not while profiles use them" : undefined}
              onClick={() => save.mutate({ auth_type: null })}
            >
              Remove default terms
            </Button>
          )}
          <Group>
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={save.isPending}>
              Save
            </Button>
          </Group>
        </Group>
      </Stack>
    </form>
  );
}

function fieldErrors(errors: Readonly<Record<string, unknown>>) {
  const text = (field: string) => {
    const problem = errors[field];
    return typeof problem === "string" ? problem : null;
  };
  return {
    collectionIds: text("collectionIds"),
    policyId: text("policyId"),
    method: text("method"),
  };
}
