/** Makes a webhook, or changes it; a new one's secret goes to whoever opened this. */
import { Button, Checkbox, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { formProblems } from "../../../api/errors";
import type { Webhook } from "../../../api/types";
import { ErrorAlert } from "../../../ui/error-alert";
import { toastDone } from "../../../ui/toast";
import { EVENT_NAMES, EVENTS } from "./events";
import { changeWebhook, createWebhook } from "./queries";

interface WebhookDialogProps {
  /** Null: a new one. */
  webhook: Webhook | null;
  isOpen: boolean;
  onClose: () => void;
  onSecret: (webhook: Webhook) => void;
}

const PLACES = { name: "name", url: "url", events: "events" } as const;

function WebhookForm({ webhook, onClose, onSecret }: Omit<WebhookDialogProps, "isOpen">) {
  const queryClient = useQueryClient();
  const form = useForm({
    initialValues: {
      name: webhook?.name ?? "",
      url: webhook?.url ?? "",
      events: webhook?.events ?? [...EVENT_NAMES],
    },
    validate: {
      name: (value) => (value.trim() === "" ? "Enter a name" : null),
      url: (value) => (/^https?:\/\/./.test(value.trim()) ? null : "Enter an https URL"),
      events: (value) => (value.length === 0 ? "Choose at least one event" : null),
    },
  });
  const save = useMutation({
    mutationFn: ({ name, url, events }: typeof form.values) => {
      const body = { name: name.trim(), url: url.trim(), events };
      return webhook ? changeWebhook(webhook.id, body) : createWebhook(body);
    },
    onSuccess: async (saved) => {
      onClose();
      if (webhook) toastDone(`${saved.name} was changed.`);
      else onSecret(saved);
      await queryClient.invalidateQueries({ queryKey: ["webhooks"] });
    },
    onError: (error) => form.setErrors(formProblems(error, PLACES).fields),
  });
  return (
    <form noValidate onSubmit={form.onSubmit((values) => save.mutate(values))}>
      <Stack gap="md">
        <TextInput label="Name" required data-autofocus {...form.getInputProps("name")} />
        <TextInput
          label="URL"
          description="https; plain http only to this very machine. Private addresses must be allowed under General"
          placeholder="https://hooks.example.com/portcullis"
          required
          {...form.getInputProps("url")}
        />
        <Checkbox.Group label="Events" required {...form.getInputProps("events")}>
          <Stack gap="xs" mt={6}>
            {EVENT_NAMES.map((event) => (
              <Checkbox key={event} value={event} label={EVENTS[event]} description={event} />
            ))}
          </Stack>
        </Checkbox.Group>
        <ErrorAlert error={save.error && formProblems(save.error, PLACES).general} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={save.isPending}>
            {webhook ? "Save" : "Add webhook"}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

export function WebhookDialog({ isOpen, ...rest }: WebhookDialogProps) {
  return (
    <Modal
      opened={isOpen}
      onClose={rest.onClose}
      title={rest.webhook ? `Edit ${rest.webhook.name}` : "Add webhook"}
      size="md"
    >
      <WebhookForm {...rest} />
    </Modal>
  );
}
