/** A collection's settings for browsers and for callers that cannot send headers. */
import { Alert, Button, Group, Modal, NumberInput, Stack, Switch, TagsInput } from "@mantine/core";
import { type UseFormReturnType, useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, send } from "../../api/client";
import { ApiError, asApiError, formProblems } from "../../api/errors";
import type { Collection, CollectionChange } from "../../api/types";
import { ErrorAlert } from "../../ui/error-alert";
import { toastDone } from "../../ui/toast";

const DEFAULT_MAX_AGE_SECONDS = 600;
const MAX_AGE_SECONDS = 86_400;

interface SettingsValues {
  hasCors: boolean;
  origins: string[];
  headers: string[];
  expose: string[];
  maxAgeSeconds: number | string;
  allowsQueryToken: boolean;
}

/** Where the API's fields stand in the form; those of `cors` by their own names. */
const PLACES = {
  origins: "origins",
  headers: "headers",
  expose: "expose",
  max_age_seconds: "maxAgeSeconds",
  cors: "origins",
  allow_query_token: "allowsQueryToken",
} as const;

/** `cors.headers[0]` as `headers[0]`. */
function withoutCors(error: unknown): ApiError {
  const { status, message, fields, requestId } = asApiError(error);
  const entries = Object.entries(fields).map(
    ([field, problems]) => [field.replace(/^cors\./, ""), problems] as const,
  );
  return new ApiError(status, message, Object.fromEntries(entries), requestId);
}

interface SettingsDialogProps {
  /** Null: closed. */
  collection: Collection | null;
  onClose: () => void;
}

export function SettingsDialog({ collection, onClose }: SettingsDialogProps) {
  return (
    <Modal
      opened={collection !== null}
      onClose={onClose}
      title={collection ? `Settings of ${collection.name} ${collection.version}` : ""}
      closeOnClickOutside={false}
    >
      {collection && <SettingsForm collection={collection} onClose={onClose} />}
    </Modal>
  );
}

function initialValues({ cors, allow_query_token }: Collection): SettingsValues {
  return {
    hasCors: cors != null,
    origins: cors?.origins ?? [],
    headers: cors?.headers ?? [],
    expose: cors?.expose ?? [],
    maxAgeSeconds: cors?.max_age_seconds ?? DEFAULT_MAX_AGE_SECONDS,
    allowsQueryToken: allow_query_token,
  };
}

function check(values: SettingsValues) {
  if (!values.hasCors) return {};
  const age = Number(values.maxAgeSeconds);
  const isAge = values.maxAgeSeconds !== "" && age >= 0 && age <= MAX_AGE_SECONDS;
  return {
    ...(values.origins.length === 0 && { origins: "Give at least one origin, or * for any" }),
    ...(!isAge && { maxAgeSeconds: "0 to 86,400 seconds" }),
  };
}

function bodyOf(values: SettingsValues): CollectionChange {
  const { origins, headers, expose, maxAgeSeconds } = values;
  return {
    cors: values.hasCors
      ? { origins, headers, expose, max_age_seconds: Number(maxAgeSeconds) }
      : null,
    allow_query_token: values.allowsQueryToken,
  };
}

function CorsFields({ form }: { form: UseFormReturnType<SettingsValues> }) {
  return (
    <>
      <TagsInput
        label="Origins"
        required
        description="As browsers send them: https://app.example.com. Or * alone for any. Enter adds one"
        {...form.getInputProps("origins")}
      />
      <TagsInput
        label="Request headers"
        description="Besides api-token, authorization and content-type"
        {...form.getInputProps("headers")}
      />
      <TagsInput
        label="Answer headers that pages may read"
        description="Besides the rate limit's and the request id"
        {...form.getInputProps("expose")}
      />
      <NumberInput
        label="Preflight kept for, in seconds"
        min={0}
        max={MAX_AGE_SECONDS}
        clampBehavior="none"
        allowDecimal={false}
        thousandSeparator=","
        maw={240}
        {...form.getInputProps("maxAgeSeconds")}
      />
    </>
  );
}

function SettingsForm({ collection, onClose }: { collection: Collection; onClose: () => void }) {
  const queryClient = useQueryClient();
  const [general, setGeneral] = useState<string | null>(null);
  const form = useForm<SettingsValues>({
    initialValues: initialValues(collection),
    validate: check,
  });
  const save = useMutation({
    mutationFn: (values: SettingsValues) =>
      send(
        api.PUT("/api/api_collections/{id}", {
          params: { path: { id: collection.id } },
          body: bodyOf(values),
        }),
      ),
    onMutate: () => setGeneral(null),
    onSuccess: async () => {
      toastDone("The settings were changed; the gateway already uses them.");
      onClose();
      await queryClient.invalidateQueries({ queryKey: ["collections"] });
    },
    onError: (error) => {
      const problems = formProblems(withoutCors(error), PLACES);
      form.setErrors(problems.fields);
      setGeneral(problems.general);
    },
  });
  const { values } = form;
  return (
    <form noValidate onSubmit={form.onSubmit((submitted) => save.mutate(submitted))}>
      <Stack gap="md">
        <Switch
          label="Web pages of other origins may call (CORS)"
          description="The gateway answers preflights without a credential and does not count them"
          {...form.getInputProps("hasCors", { type: "checkbox" })}
        />
        {values.hasCors && <CorsFields form={form} />}
        <Switch
          label="The auth token may stand in the URL's query"
          description="As api_token=..., for callers that cannot send headers; never forwarded"
          {...form.getInputProps("allowsQueryToken", { type: "checkbox" })}
        />
        {values.allowsQueryToken && (
          <Alert color="yellow" title="Tokens in URLs leak">
            URLs end up in browser histories, logs of proxies and Referer headers. Leave this off
            unless a caller has no other way.
          </Alert>
        )}
        <ErrorAlert error={general} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={save.isPending}>
            Save
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
