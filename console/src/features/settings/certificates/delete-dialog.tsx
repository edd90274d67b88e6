/** Deletes a certificate bundle that nobody uses; else says who does. */
import { Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { asApiError } from "../../../api/errors";
import type { CertBundle } from "../../../api/types";
import { ConfirmDialog } from "../../../ui/confirm-dialog";
import { plural } from "../../../ui/format";
import { toastDone } from "../../../ui/toast";
import { deleteBundle } from "./changes";

interface DeleteDialogProps {
  /** The bundle; null: the dialog is closed. */
  bundle: CertBundle | null;
  onClose: () => void;
}

function usersInWords({ profiles_count, clients_count }: CertBundle): string | null {
  const users = [
    profiles_count > 0 && plural(profiles_count, "profile"),
    clients_count > 0 && `the default terms of ${plural(clients_count, "client")}`,
  ].filter(Boolean);
  return users.length === 0 ? null : users.join(" and ");
}

export function DeleteDialog({ bundle, onClose }: DeleteDialogProps) {
  const queryClient = useQueryClient();
  const remove = useMutation({
    mutationFn: ({ id }: CertBundle) => deleteBundle(id),
    onSuccess: async (_answer, { name }) => {
      onClose();
      toastDone(`${name} was deleted.`);
      await queryClient.invalidateQueries({ queryKey: ["cert-bundles"] });
    },
  });
  const close = () => {
    remove.reset();
    onClose();
  };
  const users = remove.error ? (asApiError(remove.error).fields.in_use_by ?? []) : [];
  const inUse = bundle && usersInWords(bundle);
  return (
    <ConfirmDialog
      isOpen={bundle !== null}
      title="Delete the certificate bundle"
      confirmLabel="Delete bundle"
      isPending={remove.isPending}
      error={users.length > 0 ? `Still used by ${users.join(", ")}.` : remove.error}
      onConfirm={() => bundle && remove.mutate(bundle)}
      onClose={close}
    >
      <Text>
        <b className="break-anywhere">{bundle?.name}</b>{" "}
        {inUse
          ? `is used by ${inUse}, and can be deleted once it is taken out of all terms.`
          : "is used by no profile and no client. Deleting it cannot be undone; the certificates can be pasted again."}
      </Text>
    </ConfirmDialog>
  );
}
