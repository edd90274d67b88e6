/** The terms: what may be called, under which policy, and how the caller proves who it is. */
import { Alert, Input, MultiSelect, SegmentedControl, Select, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { capitalise, rateInWords } from "../../../ui/format";
import { collectionsQuery, policiesQuery } from "../queries";

export interface TermsValues {
  collectionIds: string[];
  policyId: string | null;
}

interface TermsFieldsProps {
  values: TermsValues;
  onChange: (values: TermsValues) => void;
  errors: Partial<Record<keyof TermsValues | "method", string | null>>;
}

export function TermsFields({ values, onChange, errors }: TermsFieldsProps) {
  const collections = useQuery(collectionsQuery);
  const policies = useQuery(policiesQuery);
  const policy = policies.data?.find(({ id }) => String(id) === values.policyId);
  const policyInWords = values.policyId
    ? policy && `${capitalise(rateInWords(policy.rate_limit))}.`
    : "No policy: no limits.";

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
        onChange={(collectionIds) => onChange({ ...values, collectionIds })}
        error={errors.collectionIds ?? (collections.error ? collections.error.message : null)}
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
          onChange={(policyId) => onChange({ ...values, policyId })}
          error={errors.policyId ?? (policies.error ? policies.error.message : null)}
        />
        {policyInWords && (
          <Text size="sm" c="dimmed" mt={4} aria-live="polite">
            {policyInWords}
          </Text>
        )}
      </div>
      <Input.Wrapper
        label="Authentication method"
        labelElement="div"
        description="A generated API key, sent in the header api-token"
        error={errors.method}
      >
        <SegmentedControl
          mt={6}
          aria-label="Authentication method"
          data={[{ value: "token", label: "Auth token" }]}
          value="token"
        />
      </Input.Wrapper>
    </Stack>
  );
}
