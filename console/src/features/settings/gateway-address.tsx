/** Where callers find the gateway: public address, prefix and custom domains. */
import { Alert, Code, Stack, TagsInput, Text, TextInput } from "@mantine/core";
import type { Settings } from "../../api/types";

type AddressField = "public_url" | "prefix" | "custom_domains";
type Addresses = Pick<Settings, AddressField>;

interface GatewayAddressProps {
  values: Addresses;
  stored: Addresses;
  onChange: (changed: Partial<Addresses>) => void;
  problem: (field: AddressField) => string | null;
}

/** The prefix as the server will keep it: without slashes at its ends. */
function kept(prefix: string): string {
  return prefix.trim().replace(/^\//, "").replace(/\/$/, "");
}

export function GatewayAddress({ values, stored, onChange, problem }: GatewayAddressProps) {
  const prefix = kept(values.prefix);
  const base = values.public_url?.replace(/\/$/, "") || "http://<gateway listener>";
  return (
    <Stack gap="md">
      <TextInput
        label="Public address"
        description="What URLs here and in answers begin with; empty: the gateway's first listener"
        placeholder="https://api.example.com"
        value={values.public_url ?? ""}
        onChange={({ currentTarget }) =>
          onChange({ public_url: currentTarget.value.trim() === "" ? null : currentTarget.value })
        }
        error={problem("public_url")}
        maw={480}
      />
      <TextInput
        label="Prefix"
        description="The path before every collection; a-z, 0-9 and -, with / between segments"
        placeholder="none"
        value={values.prefix}
        onChange={({ currentTarget }) => onChange({ prefix: currentTarget.value })}
        error={problem("prefix")}
        maw={480}
      />
      <TagsInput
        label="Custom domains"
        description="Hosts under which collections are called without the prefix; press Enter after each"
        placeholder={values.custom_domains.length === 0 ? "apis.acme.example" : undefined}
        splitChars={[",", " ", ";"]}
        value={values.custom_domains}
        onChange={(domains) => onChange({ custom_domains: domains })}
        error={problem("custom_domains")}
      />
      <Text size="sm" c="dimmed">
        A collection is found at <Code>{`${base}${prefix && `/${prefix}`}/<collection>`}</Code>
      </Text>
      {prefix !== stored.prefix && (
        <Alert color="yellow" title="Former URLs end at once" role="alert">
          On saving, callers find collections only under the new prefix, or on a custom domain.
        </Alert>
      )}
    </Stack>
  );
}
