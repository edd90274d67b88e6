/** The terms: what may be called, under which policy, and how the caller proves who it is. */
import { Alert, MultiSelect, Select, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { capitalise, limitsInWords } from "../../../ui/format";
import { collectionsQuery, policiesQuery } from "../queries";
import { AuthFields } from "./auth/auth-fields";
import { AUTH_PLACES, type AuthValues, authFields, checkAuth } from "./auth/auth-values";
import { MtlsFields } from "./mtls/mtls-fields";
import { checkMtls, MTLS_PLACES, type MtlsValues, mtlsFields } from "./mtls/mtls-values";

export interface TermsValues extends AuthValues, MtlsValues {
  collectionIds: string[];
  policyId: string | null;
}

/** Where the API's fields stand in the form. */
export const TERMS_PLACES = {
  api_collection_ids: "collectionIds",
  api_policy_id: "policyId",
  ...AUTH_PLACES,
  ...MTLS_PLACES,
} as const;

/** The terms as the API takes them. */
export function termsOf(values: TermsValues) {
  return {
    api_collection_ids: values.collectionIds.map(Number),
    api_policy_id: values.policyId === null ? null : Number(values.policyId),
    ...authFields(values),
    ...mtlsFields(values),
  };
}

/** What can be seen to be wrong before asking the server. */
export function checkTerms(values: TermsValues): Partial<Record<keyof TermsValues, string>> {
  return {
    ...checkAuth(values),
    ...checkMtls(values),
    ...(values.collectionIds.length === 0 && {
      collectionIds: "Choose at least one API collection",
    }),
  };
}

interface TermsFieldsProps {
  values: TermsValues;
  onChange: (part: Partial<TermsValues>) => void;
  /** Problems by field, of the form and of the server. */
  errors: Readonly<Record<string, unknown>>;
}

export function TermsFields({ values, onChange, errors }: TermsFieldsProps) {
  const collections = useQuery(collectionsQuery);
  const policies = useQuery(policiesQuery);
  const policy = policies.data?.find(({ id }) => String(id) === values.policyId);
  const policyInWords = values.policyId
    ? policy && `${capitalise(limitsInWords(policy))}.`
    : "No policy: no limits.";
  const errorOf = (field: keyof TermsValues) => {
    const problem = errors[field];
    return typeof problem === "string" && problem !== "" ? problem : null;
  };

  return (
    <Stack gap="md">
      {collections.data?.length === 0 && (
        <Alert color="yellow" title="There is no API collection yet">
          A profile needs at least one. Make one with <code>POST /api/api_collections</code>; the
          tab API collections shows how.
        </Alert>
      )}
      <MultiSelect
        label="API collections"
        required
        searchable
        clearable
        clearButtonProps={{ "aria-label": "Clear API collections" }}
        placeholder={values.collectionIds.length === 0 ? "Choose one or more" : undefined}
        nothingFoundMessage="No collection has that name"
        data={(collections.data ?? []).map(({ id, name, version }) => ({
          value: String(id),
          label: `${name} (${version})`,
        }))}
        value={values.collectionIds}
        onChange={(collectionIds) => onChange({ collectionIds })}
        error={errorOf("collectionIds") ?? (collections.error ? collections.error.message : null)}
      />
      <div>
        <Select
          label="Policy"
          searchable
          clearable
          clearButtonProps={{ "aria-label": "Clear policy" }}
          placeholder="No limits"
          nothingFoundMessage="No policy has that name"
          data={(policies.data ?? []).map(({ id, name }) => ({ value: String(id), label: name }))}
          value={values.policyId}
          onChange={(policyId) => onChange({ policyId })}
          error={errorOf("policyId") ?? (policies.error ? policies.error.message : null)}
        />
        {policyInWords && (
          <Text size="sm" c="dimmed" mt={4} aria-live="polite">
            {policyInWords}
          </Text>
        )}
      </div>
      <AuthFields values={values} onChange={onChange} errorOf={errorOf} />
      <MtlsFields values={values} onChange={onChange} errorOf={errorOf} />
    </Stack>
  );
}
