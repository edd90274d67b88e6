/** The access profile form: the same in the dialog and in the wizard. */
import { Alert, Divider, Radio, Stack, Text, TextInput } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { plural } from "../../../ui/format";
import { IpListInput } from "../../../ui/ip-list-input";
import { METHOD_NAMES, type Method } from "./auth/auth-values";
import { BringFields } from "./bring-fields";
import { ExpiryInput } from "./expiry-input";
import { LabelsInput } from "./labels-input";
import type { ProfileValues } from "./profile-values";
import { TermsFields } from "./terms-fields";

interface ProfileFieldsProps {
  form: UseFormReturnType<ProfileValues>;
  /** The client's default terms; null when it has none. */
  clientTerms: { collections: readonly string[]; method: Method } | null;
  /** The method of the stored profile; null for a new one. */
  storedMethod: Method | null;
  /** Text that is left in an IP list and is no entry. */
  onPendingProblem: (field: "ipAllowList" | "ipDenyList", problem: string | null) => void;
}

function textOf(error: unknown): string | null {
  return typeof error === "string" && error !== "" ? error : null;
}

export function ProfileFields(props: ProfileFieldsProps) {
  const { form, clientTerms, storedMethod, onPendingProblem } = props;
  const { values, errors } = form;
  const method = values.termsOf === "client" && clientTerms ? clientTerms.method : values.method;
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
          onChange={(part) => {
            form.setValues(part);
            for (const field of Object.keys(part)) form.clearFieldError(field);
          }}
          errors={errors}
        />
      ) : (
        textOf(errors.collectionIds) && <Alert color="red">{textOf(errors.collectionIds)}</Alert>
      )}
      {storedMethod !== null && storedMethod !== method && (
        <Alert color="yellow" title="A new credential">
          From {METHOD_NAMES[storedMethod]} to {METHOD_NAMES[method]}: the profile gets a new
          credential, and the present one ends at once.
        </Alert>
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
      <ExpiryInput
        value={values.expiresAt}
        onChange={(expiresAt) => form.setFieldValue("expiresAt", expiresAt)}
        error={textOf(errors.expiresAt)}
      />
      <LabelsInput
        value={values.labels}
        onChange={(labels) => form.setFieldValue("labels", labels)}
        error={textOf(errors.labels)}
      />
      <BringFields
        method={method}
        isChange={storedMethod !== null}
        authToken={values.authToken}
        apiKey={values.apiKey}
        onChange={form.setValues}
        errors={{ authToken: textOf(errors.authToken), apiKey: textOf(errors.apiKey) }}
      />
      <Text size="xs" c="dimmed">
        Required fields are marked with *.
      </Text>
    </Stack>
  );
}
