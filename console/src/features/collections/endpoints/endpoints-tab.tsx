/** The endpoints of a collection: switched, tried, added, changed and deleted here. */
import { Button, Group, Stack, Table, Text, VisuallyHidden } from "@mantine/core";
import { IconPlus, IconRoute } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { asApiError } from "../../../api/errors";
import { useMay } from "../../../api/me";
import type { Collection, Endpoint } from "../../../api/types";
import { ConfirmDialog } from "../../../ui/confirm-dialog";
import { EmptyState } from "../../../ui/empty-state";
import { ForRole } from "../../../ui/for-role";
import { plural } from "../../../ui/format";
import { isEmptyList, ListFrame } from "../../../ui/list-frame";
import type { ListSearch, ListSort } from "../../../ui/list-search";
import { ListTable } from "../../../ui/list-table";
import { SortHeader } from "../../../ui/sort-header";
import { toastDone } from "../../../ui/toast";
import { deleteEndpoint, enableEndpoint } from "../changes";
import { endpointListQuery, loadInactiveEndpoints } from "../queries";
import { TryDialog } from "../try/try-dialog";
import { EndpointDialog } from "./endpoint-dialog";
import { type EndpointAct, EndpointRow } from "./endpoint-row";

interface EndpointsTabProps {
  collection: Collection;
  search: ListSearch;
  onSearch: (change: Partial<ListSearch>) => void;
}

type OpenDialog =
  | { kind: "none" | "add" | "enable-all" }
  | { kind: EndpointAct; endpoint: Endpoint };

function useRefresh() {
  const queryClient = useQueryClient();
  return () => {
    void queryClient.invalidateQueries({ queryKey: ["collections"] });
    return queryClient.invalidateQueries({ queryKey: ["endpoints"] });
  };
}

interface DialogProps {
  collection: Collection;
  isOpen: boolean;
  onClose: () => void;
}

/** Each endpoint is switched by itself: when one is refused, those before it stay on, and this says which. */
function howFar(done: number, all: number, name: string, error: unknown): string {
  const before =
    done === 0
      ? "None was activated"
      : `${done} of ${plural(all, "endpoint")} ${done === 1 ? "is" : "are"} active now; it stopped`;
  return `${before} at ${name}: ${asApiError(error).message} Try again to activate the rest.`;
}

function EnableAllDialog({ collection, isOpen, onClose }: DialogProps) {
  const refresh = useRefresh();
  const inactive = collection.endpoints_count - collection.active_endpoints_count;
  const enableAll = useMutation({
    mutationFn: async () => {
      const endpoints = await loadInactiveEndpoints(collection.id);
      let done = 0;
      for (const { id, name } of endpoints) {
        try {
          await enableEndpoint(id, true);
        } catch (error) {
          throw new Error(howFar(done, endpoints.length, name, error));
        }
        done += 1;
      }
      return done;
    },
    onSuccess: (count) => {
      onClose();
      toastDone(`${plural(count, "endpoint")} can be called now.`);
    },
    onSettled: refresh,
  });
  return (
    <ConfirmDialog
      isOpen={isOpen}
      title="Activate all endpoints"
      confirmLabel="Activate all"
      isHarmless
      isPending={enableAll.isPending}
      error={enableAll.error}
      onConfirm={() => enableAll.mutate()}
      onClose={() => {
        enableAll.reset();
        onClose();
      }}
    >
      <Text>
        {plural(inactive, "endpoint")} of {collection.name} {collection.version} can then be called
        by every enabled profile that has this collection.
      </Text>
    </ConfirmDialog>
  );
}

function DeleteDialog({ endpoint, onClose }: { endpoint: Endpoint | null; onClose: () => void }) {
  const refresh = useRefresh();
  const remove = useMutation({
    mutationFn: ({ id }: Endpoint) => deleteEndpoint(id),
    onSuccess: (_answer, { name }) => {
      onClose();
      toastDone(`${name} was deleted.`);
      return refresh();
    },
  });
  return (
    <ConfirmDialog
      isOpen={endpoint !== null}
      title="Delete the endpoint"
      confirmLabel="Delete endpoint"
      nameToType={endpoint?.name ?? ""}
      isPending={remove.isPending}
      error={remove.error}
      onConfirm={() => endpoint && remove.mutate(endpoint)}
      onClose={() => {
        remove.reset();
        onClose();
      }}
    >
      <Text className="break-anywhere">
        <b>{endpoint?.name}</b> ({endpoint?.method} /{endpoint?.path}) ends at once: its callers get
        404. The service behind it is not touched. This cannot be undone; to stop it for a while,
        make it inactive.
      </Text>
    </ConfirmDialog>
  );
}

export function EndpointsTab({ collection, search, onSearch }: EndpointsTabProps) {
  const mayChange = useMay("admin");
  const [dialog, setDialog] = useState<OpenDialog>({ kind: "none" });
  const close = () => setDialog({ kind: "none" });
  const endpoints = useQuery(endpointListQuery(collection.id, search));
  const isEmpty = isEmptyList(endpoints, search);
  const sort = (next: ListSort) => onSearch({ sort: next, page: 1 });
  const opened = "endpoint" in dialog ? dialog.endpoint : null;
  const addButton = mayChange ? (
    <Button
      leftSection={<IconPlus size={16} aria-hidden />}
      onClick={() => setDialog({ kind: "add" })}
    >
      Add endpoint
    </Button>
  ) : null;
  const hasInactive = collection.active_endpoints_count < collection.endpoints_count;
  return (
    <Stack gap="md">
      {!isEmpty && (
        <Group justify="space-between" gap="sm">
          <Text size="sm" c="dimmed">
            {collection.active_endpoints_count} of {plural(collection.endpoints_count, "endpoint")}{" "}
            active
          </Text>
          <Group gap="sm">
            {hasInactive && (
              <ForRole needs="operator">
                <Button variant="default" onClick={() => setDialog({ kind: "enable-all" })}>
                  Activate all
                </Button>
              </ForRole>
            )}
            {addButton}
          </Group>
        </Group>
      )}
      <ListFrame
        noun="endpoints"
        search={search}
        onSearch={onSearch}
        list={endpoints}
        empty={
          <EmptyState
            icon={<IconRoute size={40} stroke={1.4} aria-hidden />}
            title="No endpoint yet"
            action={addButton}
          >
            An endpoint is one method and path that can be called. Add the first one, or import an
            OpenAPI document from the menu above.
          </EmptyState>
        }
      >
        <ListTable
          label="Endpoints"
          head={
            <>
              <SortHeader label="Endpoint" field="name" sort={search.sort} onSort={sort} />
              <Table.Th visibleFrom="sm">
                <VisuallyHidden>Actions</VisuallyHidden>
              </Table.Th>
              <Table.Th w={72}>Active</Table.Th>
            </>
          }
        >
          {endpoints.data?.data.map((endpoint) => (
            <EndpointRow
              key={endpoint.id}
              endpoint={endpoint}
              onOpen={(kind) => setDialog({ kind, endpoint })}
            />
          ))}
        </ListTable>
      </ListFrame>
      <EndpointDialog
        collection={collection}
        endpoint={dialog.kind === "edit" ? opened : null}
        isOpen={dialog.kind === "edit" || dialog.kind === "add"}
        onClose={close}
      />
      <TryDialog
        collection={collection}
        endpoint={dialog.kind === "try" ? opened : null}
        onClose={close}
      />
      <DeleteDialog endpoint={dialog.kind === "delete" ? opened : null} onClose={close} />
      <EnableAllDialog
        collection={collection}
        isOpen={dialog.kind === "enable-all"}
        onClose={close}
      />
    </Stack>
  );
}
