/** Makes a certificate bundle, renames one, or replaces its certificates. */
import { Alert, Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { formProblems } from "../../../api/errors";
import type { CertBundle } from "../../../api/types";
import { ErrorAlert } from "../../../ui/error-alert";
import { Fold } from "../../../ui/fold";
import { plural } from "../../../ui/format";
import { toastDone } from "../../../ui/toast";
import { CertificateList } from "./certificate-list";
import { changeBundle, createBundle } from "./changes";
import { PemInput } from "./pem-input";

interface BundleDialogProps {
  /** The bundle to change; null makes a new one. */
  bundle: CertBundle | null;
  isOpen: boolean;
  onClose: () => void;
}

interface BundleValues {
  name: string;
  pem: string;
}

const PLACES = { name: "name", pem: "pem" } as const;

export function BundleDialog(props: BundleDialogProps) {
  const { bundle, isOpen, onClose } = props;
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      title={bundle ? `Edit ${bundle.name}` : "Add certificate bundle"}
      closeOnClickOutside={false}
    >
      <BundleForm {...props} />
    </Modal>
  );
}

function check(values: BundleValues, bundle: CertBundle | null) {
  return {
    ...(values.name.trim() === "" && { name: "Give the bundle a name" }),
    ...(bundle === null &&
      values.pem.trim() === "" && { pem: "Paste at least one certificate of an authority" }),
  };
}

function BundleForm({ bundle, onClose }: BundleDialogProps) {
  const queryClient = useQueryClient();
  const [general, setGeneral] = useState<string | null>(null);
  const form = useForm<BundleValues>({
    initialValues: { name: bundle?.name ?? "", pem: "" },
    validate: (values) => check(values, bundle),
  });
  const { values, errors } = form;
  const save = useMutation({
    mutationFn: ({ name, pem }: BundleValues) =>
      bundle
        ? changeBundle(bundle.id, { name: name.trim(), ...(pem.trim() !== "" && { pem }) })
        : createBundle({ name: name.trim(), pem }),
    onMutate: () => setGeneral(null),
    onSuccess: () => {
      void queryClient.invalidateQueries({ queryKey: ["cert-bundles"] });
      toastDone(
        bundle
          ? "The bundle was changed; the gateway already uses it."
          : "Certificate bundle added.",
      );
      onClose();
    },
    onError: (error) => {
      const problems = formProblems(error, PLACES);
      form.setErrors(problems.fields);
      setGeneral(problems.general);
    },
  });
  const pemInput = (
    <PemInput
      value={values.pem}
      onChange={(pem) => {
        form.setFieldValue("pem", pem);
        form.clearFieldError("pem");
      }}
      required={bundle === null}
      error={typeof errors.pem === "string" ? errors.pem : null}
    />
  );
  return (
    <form noValidate onSubmit={form.onSubmit((submitted) => save.mutate(submitted))}>
      <Stack gap="md">
        <TextInput
          label="Name"
          description="Whose authorities these are"
          inputWrapperOrder={["label", "input", "description", "error"]}
          required
          maxLength={255}
          data-autofocus
          {...form.getInputProps("name")}
        />
        {bundle && <CertificateList title="Trusted now" certificates={bundle.certificates} />}
        {bundle ? (
          <Fold label="Replace the certificates" isForcedOpen={errors.pem !== undefined}>
            {bundle.profiles_count > 0 && (
              <Alert color="yellow" title="In force at once" role="note">
                {plural(bundle.profiles_count, "profile")} may ask for certificates of this bundle.
                Callers whose authority is not among the new ones are refused from their next
                request on, on open connections too. To change over without a gap, paste the old and
                the new authorities together, and take the old ones out later.
              </Alert>
            )}
            {pemInput}
          </Fold>
        ) : (
          pemInput
        )}
        <ErrorAlert error={general} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={save.isPending}>
            {bundle ? "Save" : "Add bundle"}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
