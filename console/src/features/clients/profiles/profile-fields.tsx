/** The access profile form: the same in the dialog and in the wizard. */
import { Alert, Divider, Radio, Stack, Text, TextInput } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { plural } from "../../../ui/format";
import { IpListInput } from "./ip-list-input";
import { LabelsInput } from "./labels-input";
import type { ProfileValues } from "./profile-values";
import { TermsFields } from "./terms-fields";

interface ProfileFieldsProps {
  form: UseFormReturnType<ProfileValues>;
  /** Collections of the client's default terms; null when it has none. */
  clientTerms: { collections: readonly string[] } | null;
  /** Text that is left in an IP list and is no entry. */
  onPendingProblem: (field: "ipAllowList" | "ipDenyList", problem: string | null) => void;
}

function textOf(error: unknown): string | null {
  return typeof error === "string" && error !== "" ? error : null;
}

export function ProfileFields({ form, clientTerms, onPendingProblem }: ProfileFieldsProps) {
  const { values, errors } = form;
  return (
    <Stack gap="md">
      <Radio.Group
        label="Terms"
        description="What the profile may call, under which policy, and how it authenticates"
        value={values.termsOf}
        onChange={(value) => form.setFieldValue("termsOf", value === "client" ? "client" : "own")}
        error={errors.termsOf}
      >
        <Stack gap="xs" mt="xs">
          <Radio
            value="client"
            label="Use the client's terms"
            disabled={clientTerms === null}
            description={
              clientTerms === null
                ? "This client has no default terms yet"
                : `${plural(clientTerms.collections.length, "API collection")}: ${clientTerms.collections.join(", ")}`
            }
          />
          <Radio value="own" label="Own terms" description="Kept for this profile alone" />
        </Stack>
      </Radio.Group>
      <TextInput
        label="Name"
        description="Who it is for. One profile for each consumer, person or program: usage and limits are kept per profile. A caller may be a script or program."
        inputWrapperOrder={["label", "input", "description", "error"]}
        required
        maxLength={255}
        data-autofocus
        {...form.getInputProps("name")}
      />
      {values.termsOf === "own" ? (
        <TermsFields
          values={values}
          onChange={(terms) => {
            form.setFieldValue("collectionIds", terms.collectionIds);
            form.setFieldValue("policyId", terms.policyId);
          }}
          errors={{
            collectionIds: textOf(errors.collectionIds),
            policyId: textOf(errors.policyId),
            method: textOf(errors.method),
          }}
        />
      ) : (
        textOf(errors.collectionIds) && <Alert color="red">{textOf(errors.collectionIds)}</Alert>
      )}
      <Divider />
      <IpListInput
        label="IP allow list"
        description="When set, only these sources may call. Addresses or CIDR, IPv4 and IPv6"
        value={values.ipAllowList}
        onChange={(list) => form.setFieldValue("ipAllowList", list)}
        error={textOf(errors.ipAllowList)}
        onPendingProblem={(problem) => onPendingProblem("ipAllowList", problem)}
      />
      <IpListInput
        label="IP deny list"
        description="These sources may never call: deny wins over allow"
        value={values.ipDenyList}
        onChange={(list) => form.setFieldValue("ipDenyList", list)}
        error={textOf(errors.ipDenyList)}
        onPendingProblem={(problem) => onPendingProblem("ipDenyList", problem)}
      />
      <LabelsInput
        value={values.labels}
        onChange={(labels) => form.setFieldValue("labels", labels)}
        error={textOf(errors.labels)}
      />
      <Text size="xs" c="dimmed">
        Required fields are marked with *.
      </Text>
    </Stack>
  );
}
