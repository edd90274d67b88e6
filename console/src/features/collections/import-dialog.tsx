/** Brings a collection's endpoints up to a newer OpenAPI document, and shows what changed. */
import { Button, Checkbox, Group, List, Modal, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Collection, ImportAnswer } from "../../api/types";
import { ErrorAlert } from "../../ui/error-alert";
import { plural } from "../../ui/format";
import { importDocument } from "./changes";
import { DocumentInput } from "./document-input";
import { documentInput, documentProblem, type OpenApiDocument } from "./openapi-document";

interface ImportDialogProps {
  collection: Collection;
  isOpen: boolean;
  onClose: () => void;
}

export function ImportDialog(props: ImportDialogProps) {
  return (
    <Modal
      opened={props.isOpen}
      onClose={props.onClose}
      title={`Import OpenAPI into ${props.collection.name} ${props.collection.version}`}
      closeOnClickOutside={false}
    >
      <ImportForm {...props} />
    </Modal>
  );
}

function Named({ title, endpoints }: { title: string; endpoints: readonly string[] }) {
  if (endpoints.length === 0) return null;
  return (
    <div>
      <Text size="sm" fw={500}>
        {title}
      </Text>
      <List size="sm">
        {endpoints.map((endpoint) => (
          <List.Item key={endpoint} className="break-anywhere">
            {endpoint}
          </List.Item>
        ))}
      </List>
    </div>
  );
}

function Difference({ answer }: { answer: ImportAnswer }) {
  const { added, updated, deleted, unchanged } = answer.difference;
  return (
    <Stack gap="sm" data-testid="import-difference">
      <Text>
        {plural(added.length, "endpoint")} added, {updated.length} updated, {deleted.length}{" "}
        deleted, {unchanged} unchanged.
      </Text>
      <Named title="Added, not active yet" endpoints={added} />
      <Named title="Updated" endpoints={updated} />
      <Named title="Deleted" endpoints={deleted} />
      <Named
        title="Cannot be an endpoint"
        endpoints={answer.import_results?.failed_actions ?? []}
      />
    </Stack>
  );
}

function ImportForm({ collection, onClose }: ImportDialogProps) {
  const queryClient = useQueryClient();
  const [document, setDocument] = useState<OpenApiDocument | null>(null);
  const [prunes, setPrunes] = useState(false);
  const run = useMutation({
    mutationFn: (chosen: OpenApiDocument) =>
      importDocument(collection.id, documentInput(chosen), prunes),
    onSuccess: () => {
      void queryClient.invalidateQueries({ queryKey: ["collections"] });
      void queryClient.invalidateQueries({ queryKey: ["endpoints"] });
    },
  });
  const atDocument = documentProblem(run.error);
  if (run.data) {
    return (
      <Stack gap="md">
        <Difference answer={run.data} />
        <Group justify="flex-end">
          <Button data-autofocus onClick={onClose}>
            Done
          </Button>
        </Group>
      </Stack>
    );
  }
  return (
    <Stack gap="md">
      <Text size="sm" c="dimmed">
        New operations become inactive endpoints; names and descriptions are brought up to date by
        method and path. Upstream, version and settings stay.
      </Text>
      <DocumentInput
        value={document}
        onChange={(next) => {
          run.reset();
          setDocument(next);
        }}
        error={atDocument}
      />
      <Checkbox
        label="Delete endpoints that the document does not name"
        description="Their callers get 404 from then on"
        checked={prunes}
        onChange={(event) => setPrunes(event.currentTarget.checked)}
      />
      <ErrorAlert error={atDocument === null ? run.error : null} />
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button
          disabled={document === null}
          loading={run.isPending}
          onClick={() => document && run.mutate(document)}
        >
          Import
        </Button>
      </Group>
    </Stack>
  );
}
