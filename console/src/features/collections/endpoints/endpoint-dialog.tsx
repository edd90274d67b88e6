/** Adds an endpoint or changes one. */
import {
  Button,
  Group,
  Modal,
  NativeSelect,
  Stack,
  Switch,
  Text,
  Textarea,
  TextInput,
} from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { formProblems } from "../../../api/errors";
import type { Collection, Endpoint } from "../../../api/types";
import { ErrorAlert } from "../../../ui/error-alert";
import { Fold } from "../../../ui/fold";
import { toastDone } from "../../../ui/toast";
import { useProblemFocus } from "../../../ui/use-problem-focus";
import { changeEndpoint, createEndpoint } from "../changes";
import {
  bodyOf,
  ENDPOINT_PLACES,
  type EndpointValues,
  emptyEndpoint,
  METHODS,
  valuesOf,
} from "./endpoint-values";

interface EndpointDialogProps {
  collection: Collection;
  /** The endpoint to change; null adds one. */
  endpoint: Endpoint | null;
  isOpen: boolean;
  onClose: () => void;
}

export function EndpointDialog(props: EndpointDialogProps) {
  const { endpoint, isOpen, onClose } = props;
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      title={endpoint ? `Edit ${endpoint.name}` : "Add endpoint"}
      closeOnClickOutside={false}
    >
      <EndpointForm {...props} />
    </Modal>
  );
}

/** Where the endpoint will be called. */
function urlOf(collection: Collection, path: string): string {
  const rest = path.trim().replace(/^\//, "");
  return rest === "" ? collection.url : `${collection.url}/${rest}`;
}

function EndpointForm({ collection, endpoint, onClose }: EndpointDialogProps) {
  const queryClient = useQueryClient();
  const [general, setGeneral] = useState<string | null>(null);
  const form = useForm<EndpointValues>({
    initialValues: endpoint ? valuesOf(endpoint) : emptyEndpoint(),
    validate: {
      name: (name) => (name.trim() === "" ? "Give the endpoint a name" : null),
    },
  });
  const formRef = useProblemFocus(form.errors);
  const save = useMutation({
    mutationFn: (values: EndpointValues) =>
      endpoint
        ? changeEndpoint(endpoint.id, bodyOf(values))
        : createEndpoint(collection.id, bodyOf(values)),
    onMutate: () => setGeneral(null),
    onSuccess: () => {
      void queryClient.invalidateQueries({ queryKey: ["endpoints"] });
      void queryClient.invalidateQueries({ queryKey: ["collections"] });
      toastDone(endpoint ? "The endpoint was changed." : "Endpoint added.");
      onClose();
    },
    onError: (error) => {
      const problems = formProblems(error, ENDPOINT_PLACES);
      form.setErrors(problems.fields);
      setGeneral(problems.general);
    },
  });
  const { values } = form;
  const isMoved =
    endpoint !== null &&
    (values.method !== endpoint.method || values.path.replace(/^\//, "") !== endpoint.path);
  return (
    <form ref={formRef} noValidate onSubmit={form.onSubmit((submitted) => save.mutate(submitted))}>
      <Stack gap="md">
        <TextInput
          label="Name"
          required
          maxLength={255}
          data-autofocus
          {...form.getInputProps("name")}
        />
        <Group align="flex-start" gap="md">
          <NativeSelect
            label="Method"
            w={{ base: "100%", xs: 130 }}
            data={[...METHODS]}
            {...form.getInputProps("method")}
          />
          <TextInput
            label="Path"
            description="Below the collection; {id} is a parameter, {rest...} at the end takes all that follows"
            inputWrapperOrder={["label", "input", "description", "error"]}
            placeholder="/orders/{id}"
            flex="1 1 14rem"
            maxLength={2048}
            spellCheck={false}
            autoComplete="off"
            {...form.getInputProps("path")}
          />
        </Group>
        <Text size="sm" className="break-anywhere">
          <Text span c="dimmed" size="sm">
            Called at{" "}
          </Text>
          <span data-testid="endpoint-url">{urlOf(collection, values.path)}</span>
        </Text>
        {isMoved && (
          <Text size="sm" role="alert">
            Callers of {endpoint.method} /{endpoint.path} get 404 from then on.
          </Text>
        )}
        <Textarea
          label="Description"
          autosize
          minRows={2}
          maxRows={8}
          {...form.getInputProps("description")}
        />
        <Switch
          label="Active"
          description="While it is not, its calls get 404"
          {...form.getInputProps("active", { type: "checkbox" })}
        />
        <Fold
          label="Path at the upstream"
          summary={values.upstreamPath.trim() || "The same as called"}
          isForcedOpen={form.errors.upstreamPath !== undefined}
        >
          <TextInput
            label="Path at the upstream"
            description="With the path's own parameters, as /v2/orders/{id}; empty: the path as called"
            spellCheck={false}
            autoComplete="off"
            {...form.getInputProps("upstreamPath")}
          />
        </Fold>
        <ErrorAlert error={general} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={save.isPending}>
            {endpoint ? "Save" : "Add endpoint"}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
