/** Calls an endpoint through the gateway, as a caller would. The credential is sent once and kept nowhere. */
import {
  Alert,
  Button,
  Group,
  Modal,
  NativeSelect,
  PasswordInput,
  Stack,
  Text,
  Textarea,
  TextInput,
} from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { asApiError } from "../../../api/errors";
import type { Collection, Endpoint } from "../../../api/types";
import { ErrorAlert } from "../../../ui/error-alert";
import { Fold } from "../../../ui/fold";
import { tryEndpoint } from "../changes";
import { parametersOf } from "../endpoints/endpoint-values";
import { MethodBadge } from "../method-badge";
import { PairsInput } from "./pairs-input";
import { TryAnswerView } from "./try-answer";
import { emptyTry, TRIED_METHODS, type TryValues, takesBody, tryInputOf } from "./try-values";

interface TryDialogProps {
  collection: Collection;
  /** Null: closed. */
  endpoint: Endpoint | null;
  onClose: () => void;
}

export function TryDialog({ collection, endpoint, onClose }: TryDialogProps) {
  return (
    <Modal
      opened={endpoint !== null}
      onClose={onClose}
      title={endpoint ? `Try ${endpoint.name}` : ""}
      size="xl"
      closeOnClickOutside={false}
    >
      {endpoint && <TryForm collection={collection} endpoint={endpoint} />}
    </Modal>
  );
}

function NotActive({ collection, endpoint }: { collection: Collection; endpoint: Endpoint }) {
  if (collection.enabled && endpoint.active) return null;
  return (
    <Alert color="yellow" title="It cannot be called now">
      {collection.enabled ? "The endpoint is inactive" : "The collection is disabled"}: the gateway
      answers 404, as it does to callers.
    </Alert>
  );
}

function TryForm({ collection, endpoint }: { collection: Collection; endpoint: Endpoint }) {
  const parameters = parametersOf(endpoint.path);
  const form = useForm<TryValues>({ initialValues: emptyTry(endpoint.method, parameters) });
  const answerRef = useRef<HTMLDivElement>(null);
  const call = useMutation({
    mutationFn: (values: TryValues) => tryEndpoint(endpoint.id, tryInputOf(values)),
  });
  const { data, error } = call;
  useEffect(() => {
    if (data) answerRef.current?.scrollIntoView({ block: "nearest" });
  }, [data]);
  const faults = error ? Object.entries(asApiError(error).fields) : [];
  const { values } = form;
  return (
    <Stack gap="md">
      <Group gap="sm" wrap="nowrap" align="flex-start">
        <MethodBadge method={endpoint.method} />
        <Text size="sm" ff="monospace" className="break-anywhere" miw={0}>
          {endpoint.url}
        </Text>
      </Group>
      <NotActive collection={collection} endpoint={endpoint} />
      <form noValidate onSubmit={form.onSubmit((submitted) => call.mutate(submitted))}>
        <Stack gap="md">
          <PasswordInput
            label="Credential"
            description="An auth token, access token or JSON Web Token of a profile that has this collection. Used for this call, never stored"
            autoComplete="off"
            data-autofocus
            visibilityToggleButtonProps={{ "aria-label": "Show credential" }}
            {...form.getInputProps("credential")}
          />
          {values.method !== null && (
            <NativeSelect
              label="Method"
              data={[...TRIED_METHODS]}
              maw={160}
              value={values.method}
              onChange={(event) => {
                const method = TRIED_METHODS.find((known) => known === event.currentTarget.value);
                if (method) form.setFieldValue("method", method);
              }}
            />
          )}
          {parameters.map((name) => (
            <TextInput
              key={name}
              label={`Path parameter ${name}`}
              spellCheck={false}
              autoComplete="off"
              value={values.pathParams[name] ?? ""}
              onChange={(event) =>
                form.setFieldValue("pathParams", {
                  ...values.pathParams,
                  [name]: event.currentTarget.value,
                })
              }
            />
          ))}
          <PairsInput
            title="Query"
            noun="Parameter"
            value={values.query}
            onChange={(query) => form.setFieldValue("query", query)}
          />
          <PairsInput
            title="Headers"
            noun="Header"
            value={values.headers}
            onChange={(headers) => form.setFieldValue("headers", headers)}
          />
          {takesBody(values.method ?? endpoint.method) ? (
            <BodyField form={form} />
          ) : (
            <Fold label="Body" summary="None">
              <BodyField form={form} />
            </Fold>
          )}
          {error && (
            <ErrorAlert
              title="The call was not made"
              error={
                faults.length > 0
                  ? faults.map(([field, found]) => `${field}: ${found.join("; ")}`).join(". ")
                  : error
              }
            />
          )}
          <Group justify="space-between" gap="sm">
            <Text size="sm" c="dimmed">
              Counts as a call of that profile.
            </Text>
            <Button type="submit" loading={call.isPending}>
              Send
            </Button>
          </Group>
        </Stack>
      </form>
      <div ref={answerRef}>{data && <TryAnswerView answer={data} />}</div>
    </Stack>
  );
}

function BodyField({ form }: { form: ReturnType<typeof useForm<TryValues>> }) {
  return (
    <Textarea
      label="Body"
      description="Sent as it is; as application/json unless a Content-Type header says otherwise"
      autosize
      minRows={3}
      maxRows={14}
      spellCheck={false}
      styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
      {...form.getInputProps("body")}
    />
  );
}
