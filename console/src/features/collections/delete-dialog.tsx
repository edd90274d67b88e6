/** Deletes a collection after saying who has it and what will break. */
import { List, Stack, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Collection } from "../../api/types";
import { ConfirmDialog } from "../../ui/confirm-dialog";
import { ErrorAlert } from "../../ui/error-alert";
import { plural } from "../../ui/format";
import { LoadingRows } from "../../ui/loading";
import { toastDone } from "../../ui/toast";
import { breakageOf, namesInWords } from "./breakage";
import { deleteCollection } from "./changes";
import { holdersQuery } from "./queries";

interface DeleteCollectionDialogProps {
  collection: Collection;
  isOpen: boolean;
  onClose: () => void;
  onDeleted: () => void;
}

function WhatBreaks({ collection }: { collection: Collection }) {
  const holders = useQuery(holdersQuery(collection.id));
  if (holders.isPending) return <LoadingRows rows={1} height={72} />;
  if (holders.error) {
    return <ErrorAlert title="Who has it could not be loaded" error={holders.error} />;
  }
  const { clients, profiles } = holders.data;
  const { seen, leftWithNone } = breakageOf(holders.data.holders, Date.now());
  const isPart = clients > holders.data.holders.length;
  return (
    <List size="sm" spacing={4} data-testid="what-breaks">
      <List.Item>
        Its {plural(collection.endpoints_count, "endpoint")} can no longer be called: from now on
        callers get 404.
      </List.Item>
      {clients === 0 ? (
        <List.Item>No client has it.</List.Item>
      ) : (
        <List.Item>
          It is taken out of the terms of {plural(clients, "client")} with{" "}
          {plural(profiles, "profile")}.
        </List.Item>
      )}
      {isPart && (
        <List.Item>
          They are too many to look at one by one: what follows is of the first{" "}
          {plural(holders.data.holders.length, "client")} by name.
        </List.Item>
      )}
      {profiles > 0 && (
        <List.Item className="break-anywhere">
          {seen.length === 0
            ? "None of these profiles has called in the last 24 hours."
            : `In the last 24 hours ${seen.length === 1 ? "one of them has" : `${seen.length} of them have`} called: ${namesInWords(seen)}.`}
        </List.Item>
      )}
      {leftWithNone.length > 0 && (
        <List.Item className="break-anywhere">
          Left with no collection, and so with nothing to call: {namesInWords(leftWithNone)}.
        </List.Item>
      )}
    </List>
  );
}

export function DeleteCollectionDialog(props: DeleteCollectionDialogProps) {
  const { collection, isOpen, onClose, onDeleted } = props;
  const queryClient = useQueryClient();
  const title = `${collection.name} ${collection.version}`;
  const remove = useMutation({
    mutationFn: () => deleteCollection(collection.id),
    onSuccess: ({ removed_from }) => {
      const profiles = removed_from.api_keys.length;
      const clients = removed_from.api_clients.length;
      const from = [
        profiles > 0 && plural(profiles, "profile"),
        clients > 0 && `the default terms of ${plural(clients, "client")}`,
      ].filter(Boolean);
      toastDone(
        `${title} was deleted${from.length > 0 ? `, and taken from ${from.join(" and ")}` : ""}.`,
      );
      onDeleted();
      queryClient.removeQueries({ queryKey: ["collections", "one", collection.id] });
      for (const key of ["collections", "clients", "endpoints"]) {
        void queryClient.invalidateQueries({ queryKey: [key] });
      }
    },
  });
  return (
    <ConfirmDialog
      isOpen={isOpen}
      title="Delete the API collection"
      confirmLabel="Delete collection"
      nameToType={collection.name}
      isPending={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
      onClose={() => {
        remove.reset();
        onClose();
      }}
    >
      <Stack gap="sm">
        <Text>
          <b className="break-anywhere">{title}</b> and its endpoints end at once. This cannot be
          undone; to stop it for a while, disable it.
        </Text>
        <WhatBreaks collection={collection} />
      </Stack>
    </ConfirmDialog>
  );
}
