/** Where the service behind a collection is, and how the gateway shows itself there. */
import {
  ActionIcon,
  Button,
  Fieldset,
  Group,
  Input,
  NativeSelect,
  PasswordInput,
  Stack,
  TextInput,
} from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import { AUTH_TYPES, type AuthType, type BasicValues } from "./collection-values";
import type { FieldsProps } from "./fields";

const MOST_URLS = 16;

const AUTH_LABELS: Record<AuthType, string> = {
  none: "None",
  header: "A header",
  basic: "HTTP Basic",
  query: "A query parameter",
  oauth2: "OAuth 2.0 client credentials",
};

interface UpstreamFieldsProps extends FieldsProps<BasicValues> {
  /** The way whose secret the server holds already. */
  storedAuth: AuthType | null;
}

function UrlList({ values, errors, onChange }: FieldsProps<BasicValues>) {
  const { urls } = values;
  const change = (at: number, url: string) =>
    onChange({ urls: urls.map((old, index) => (index === at ? url : old)) });
  return (
    <Fieldset
      legend="Upstream addresses"
      variant="unstyled"
      styles={{
        root: { marginInline: 0 },
        legend: { fontWeight: 600, paddingInline: 0, marginBottom: 4 },
      }}
    >
      <Input.Description mb={6}>
        Base URLs of the service behind it, http or https. With several, calls go to the one with
        the fewest under way
      </Input.Description>
      <Stack gap="xs">
        {urls.map((url, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the rows have no other identity
          <Group key={index} gap="xs" wrap="nowrap">
            <TextInput
              flex={1}
              miw={0}
              aria-label={`Upstream address ${index + 1}`}
              placeholder="https://10.0.0.5:8443/base"
              spellCheck={false}
              autoComplete="off"
              inputMode="url"
              maxLength={2048}
              value={url}
              onChange={(event) => change(index, event.currentTarget.value)}
              error={errors.urls !== undefined && index === 0}
            />
            {urls.length > 1 && (
              <ActionIcon
                variant="subtle"
                color="gray"
                aria-label={`Remove upstream address ${index + 1}`}
                onClick={() => onChange({ urls: urls.filter((_, at) => at !== index) })}
              >
                <IconX size={16} aria-hidden />
              </ActionIcon>
            )}
          </Group>
        ))}
      </Stack>
      {errors.urls && (
        <Input.Error mt={6} className="break-anywhere">
          {errors.urls}
        </Input.Error>
      )}
      {urls.length < MOST_URLS && (
        <Button
          mt="xs"
          size="xs"
          variant="default"
          leftSection={<IconPlus size={14} aria-hidden />}
          onClick={() => onChange({ urls: [...urls, ""] })}
        >
          Add address
        </Button>
      )}
    </Fieldset>
  );
}

function SecretField(props: UpstreamFieldsProps & { label: string }) {
  const { values, errors, onChange, storedAuth, label } = props;
  const isStored = storedAuth === values.authType;
  return (
    <PasswordInput
      label={label}
      required={!isStored}
      description={
        isStored
          ? "Leave it empty to keep the stored one; to send it to another host, give it again"
          : "Stored encrypted, never shown again"
      }
      autoComplete="off"
      visibilityToggleButtonProps={{ "aria-label": `Show ${label.toLowerCase()}` }}
      value={values.authSecret}
      onChange={(event) => onChange({ authSecret: event.currentTarget.value })}
      error={errors.authSecret}
    />
  );
}

function OAuthFields(props: UpstreamFieldsProps) {
  const { values, errors, onChange } = props;
  return (
    <>
      <TextInput
        label="Token URL"
        required
        spellCheck={false}
        value={values.tokenUrl}
        onChange={(event) => onChange({ tokenUrl: event.currentTarget.value })}
        error={errors.tokenUrl}
      />
      <TextInput
        label="Client id"
        required
        autoComplete="off"
        spellCheck={false}
        value={values.clientId}
        onChange={(event) => onChange({ clientId: event.currentTarget.value })}
        error={errors.clientId}
      />
      <SecretField {...props} label="Client secret" />
      <TextInput
        label="Scope"
        value={values.scope}
        onChange={(event) => onChange({ scope: event.currentTarget.value })}
        error={errors.scope}
      />
      <NativeSelect
        label="The client shows its secret"
        data={[
          { value: "basic", label: "By HTTP Basic" },
          { value: "body", label: "In the body" },
        ]}
        value={values.clientAuth}
        onChange={(event) =>
          onChange({ clientAuth: event.currentTarget.value === "body" ? "body" : "basic" })
        }
        error={errors.clientAuth}
      />
    </>
  );
}

function AuthFields(props: UpstreamFieldsProps) {
  const { values, errors, onChange } = props;
  const { authType } = values;
  if (authType === "none") return null;
  if (authType === "oauth2") return <OAuthFields {...props} />;
  const isBasic = authType === "basic";
  return (
    <>
      <TextInput
        label={isBasic ? "User" : authType === "header" ? "Header name" : "Parameter name"}
        placeholder={isBasic ? undefined : authType === "header" ? "x-api-key" : "key"}
        required
        autoComplete="off"
        spellCheck={false}
        value={isBasic ? values.authUser : values.authName}
        onChange={(event) => {
          const text = event.currentTarget.value;
          onChange(isBasic ? { authUser: text } : { authName: text });
        }}
        error={isBasic ? errors.authUser : errors.authName}
      />
      <SecretField {...props} label={isBasic ? "Password" : "Value"} />
    </>
  );
}

export function UpstreamFields(props: UpstreamFieldsProps) {
  const { values, errors, onChange } = props;
  return (
    <Stack gap="md">
      <UrlList {...props} />
      <NativeSelect
        label="Authentication at the upstream"
        description="What the gateway shows there; callers never see it"
        data={AUTH_TYPES.map((value) => ({ value, label: AUTH_LABELS[value] }))}
        value={values.authType}
        onChange={(event) => {
          const authType = AUTH_TYPES.find((known) => known === event.currentTarget.value);
          if (authType) onChange({ authType, authSecret: "" });
        }}
        error={errors.authType}
      />
      <AuthFields {...props} />
    </Stack>
  );
}
