/** Mutual TLS: whether a client certificate is asked for, whose, and what it must say. */
import { Alert, Code, MultiSelect, Stack, Switch, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { AnchorLink } from "../../../../ui/links";
import { bundlesQuery } from "../../queries";
import { MAX_BUNDLES, type MtlsValues } from "./mtls-values";
import { ruleProblem } from "./rule";

interface MtlsFieldsProps {
  values: MtlsValues;
  onChange: (part: Partial<MtlsValues>) => void;
  errorOf: (field: keyof MtlsValues) => string | null;
}

const EXAMPLES = ["CN=shop-backend", "O=Acme\\, Inc.,OU=Web", "SAN.DNS=*.acme.example"];

function Examples() {
  return (
    <Text size="xs" c="dimmed" mt={6} component="div">
      For example{" "}
      {EXAMPLES.map((example, at) => (
        <span key={example}>
          {at > 0 && ", "}
          <Code>{example}</Code>
        </span>
      ))}
      . Fields: CN, O, OU, C, SAN.DNS, SAN.URI, SAN.EMAIL. All conditions must hold; <Code>*.</Code>{" "}
      stands for one label.
    </Text>
  );
}

export function MtlsFields({ values, onChange, errorOf }: MtlsFieldsProps) {
  const bundles = useQuery({ ...bundlesQuery, enabled: values.asksForCertificate });
  return (
    <Stack gap="md">
      <Switch
        label="Mutual TLS"
        description="Callers must connect with a client certificate, besides their credential"
        checked={values.asksForCertificate}
        onChange={(event) => onChange({ asksForCertificate: event.currentTarget.checked })}
        error={errorOf("asksForCertificate")}
      />
      {values.asksForCertificate && (
        <>
          {bundles.data?.length === 0 && (
            <Alert color="yellow" title="There is no certificate bundle yet">
              Add the certificates of your callers' authority under{" "}
              <AnchorLink to="/settings/certificates">Settings, Certificates</AnchorLink>.
            </Alert>
          )}
          <MultiSelect
            label="Certificate bundles"
            description="A certificate of any of them is trusted"
            required
            searchable
            clearable
            clearButtonProps={{ "aria-label": "Clear certificate bundles" }}
            maxValues={MAX_BUNDLES}
            placeholder={values.bundleIds.length === 0 ? "Choose one or more" : undefined}
            nothingFoundMessage="No bundle has that name"
            data={(bundles.data ?? []).map(({ id, name, state }) => ({
              value: String(id),
              label: state === "expired" ? `${name} (expired)` : name,
            }))}
            value={values.bundleIds}
            onChange={(bundleIds) => onChange({ bundleIds })}
            error={errorOf("bundleIds") ?? bundles.error?.message ?? null}
          />
          <div>
            <TextInput
              label="Rule on the certificate"
              description="What the certificate must say besides. Empty: any certificate of the bundles"
              autoComplete="off"
              spellCheck={false}
              styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
              value={values.rule}
              onChange={(event) => onChange({ rule: event.currentTarget.value })}
              error={errorOf("rule") ?? ruleProblem(values.rule)}
            />
            <Examples />
          </div>
        </>
      )}
    </Stack>
  );
}
