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
import { authOf } from "../profiles/auth/auth-values";
import { mtlsOf } from "../profiles/mtls/mtls-values";
import {
  checkTerms,
  TERMS_PLACES,
  TermsFields,
  type TermsValues,
  termsOf,
} from "../profiles/terms-fields";

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
    ...authOf(client),
    ...mtlsOf(client),
  };
}

function TermsForm({ client, users, onClose }: DefaultTermsDialogProps) {
  const queryClient = useQueryClient();
  const form = useForm<TermsValues>({
    initialValues: initialTerms(client),
    validate: (values) => ({ ...checkTerms(values) }),
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
      const problems = formProblems(error, TERMS_PLACES);
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
            A change acts on all of them at once: {users.join(", ")}. Their credentials and counters
            stay. The method cannot change while they use them.
          </Alert>
        ) : (
          <Text size="sm" c="dimmed">
            No profile uses them yet. A profile does when its form says &quot;Use the client&apos;s
            terms&quot;.
          </Text>
        )}
        <TermsFields
          values={form.values}
          onChange={(part) => {
            form.setValues(part);
            for (const field of Object.keys(part)) form.clearFieldError(field);
          }}
          errors={form.errors}
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
