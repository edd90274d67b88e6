/** Changes a client's name, description and logo. */
import { Button, Group, Modal, Stack } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { formProblems, problemAt } from "../../api/errors";
import type { Client } from "../../api/types";
import { ErrorAlert } from "../../ui/error-alert";
import { toastDone } from "../../ui/toast";
import { changeClient, deleteLogo, putLogo } from "./changes";
import {
  DETAILS_CHECKS,
  DETAILS_PLACES,
  DetailsFields,
  type DetailsValues,
} from "./details-fields";

interface EditClientDialogProps {
  client: Client;
  isOpen: boolean;
  onClose: () => void;
}

export function EditClientDialog(props: EditClientDialogProps) {
  return (
    <Modal
      opened={props.isOpen}
      onClose={props.onClose}
      title="Edit client"
      closeOnClickOutside={false}
    >
      <EditForm {...props} />
    </Modal>
  );
}

function EditForm({ client, onClose }: EditClientDialogProps) {
  const queryClient = useQueryClient();
  const [keepsLogo, setKeepsLogo] = useState(true);
  const form = useForm<DetailsValues>({
    initialValues: { name: client.name, description: client.description ?? "", logo: null },
    validate: DETAILS_CHECKS,
  });
  const [general, setGeneral] = useState<string | null>(null);

  const save = useMutation({
    mutationFn: async (values: DetailsValues) => {
      const description = values.description.trim();
      await changeClient(client.id, {
        name: values.name.trim(),
        description: description === "" ? null : description,
      });
      return saveLogo(values.logo);
    },
    onMutate: () => setGeneral(null),
    onSuccess: (logoProblem) => {
      void queryClient.invalidateQueries({ queryKey: ["clients"] });
      if (logoProblem !== null) {
        form.setFieldError("logo", logoProblem);
        return;
      }
      toastDone("The client was changed.");
      onClose();
    },
    onError: (error) => {
      const problems = formProblems(error, DETAILS_PLACES);
      form.setErrors(problems.fields);
      setGeneral(problems.general);
    },
  });

  /** Name and description are stored by now; a bad picture is told at its field. */
  async function saveLogo(logo: File | null): Promise<string | null> {
    try {
      if (logo) await putLogo(client.id, logo);
      else if (!keepsLogo && client.logo) await deleteLogo(client.id);
      return null;
    } catch (error) {
      return problemAt("logo", error);
    }
  }

  return (
    <form noValidate onSubmit={form.onSubmit((values) => save.mutate(values))}>
      <Stack gap="md">
        <DetailsFields
          form={form}
          currentLogoUrl={keepsLogo ? client.logo : null}
          onRemoveCurrentLogo={() => setKeepsLogo(false)}
        />
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
