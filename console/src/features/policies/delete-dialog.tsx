/** Deletes a policy that nobody uses; else says who does. */
import { Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { asApiError } from "../../api/errors";
import type { Policy } from "../../api/types";
import { ConfirmDialog } from "../../ui/confirm-dialog";
import { toastDone } from "../../ui/toast";
import { deletePolicy } from "./changes";
import { usersInWords } from "./policy-users";

interface DeleteDialogProps {
  /** The policy; null: the dialog is closed. */
  policy: Policy | null;
  onClose: () => void;
}

export function DeleteDialog({ policy, onClose }: DeleteDialogProps) {
  const queryClient = useQueryClient();
  const remove = useMutation({
    mutationFn: ({ id }: Policy) => deletePolicy(id),
    onSuccess: async (_answer, { name }) => {
      onClose();
      toastDone(`${name} was deleted.`);
      await queryClient.invalidateQueries({ queryKey: ["policies"] });
    },
  });
  const close = () => {
    remove.reset();
    onClose();
  };
  const users = remove.error ? (asApiError(remove.error).fields.in_use_by ?? []) : [];
  const inUse = policy && usersInWords(policy);
  return (
    <ConfirmDialog
      isOpen={policy !== null}
      title="Delete the policy"
      confirmLabel="Delete policy"
      isPending={remove.isPending}
      error={users.length > 0 ? `Still used by ${users.join(", ")}.` : remove.error}
      onConfirm={() => policy && remove.mutate(policy)}
      onClose={close}
    >
      <Text>
        <b className="break-anywhere">{policy?.name}</b>{" "}
        {inUse
          ? `is used by ${inUse}, and can be deleted once they have another policy, or none.`
          : "is used by no profile and no client. Deleting it cannot be undone."}
      </Text>
    </ConfirmDialog>
  );
}
