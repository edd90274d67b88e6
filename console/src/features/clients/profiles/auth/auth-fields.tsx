/** Authentication method, and for JWT and OpenID Connect the key and what tokens must say. */
import { Input, SegmentedControl, Stack, Text, TextInput } from "@mantine/core";
import { type AuthValues, METHOD_NAMES, type Method, SIGNING_NAMES } from "./auth-values";
import { ClaimFields } from "./claim-fields";
import { KeyInput } from "./key-input";

const HINTS: Readonly<Record<Method, string>> = {
  token: "A generated API key, sent in the header api-token.",
  jwt: "Callers sign tokens of their own; the key id in sub names the profile.",
  oauth2: "A client id and secret, exchanged at /oauth2/token for short-lived access tokens.",
  oidc: "Tokens of an identity provider; the key id in sub, or another claim, names the profile.",
};

interface AuthFieldsProps {
  values: AuthValues;
  onChange: (part: Partial<AuthValues>) => void;
  errorOf: (field: keyof AuthValues) => string | null;
}

function choices<Name extends string>(names: Readonly<Record<Name, string>>) {
  return (Object.keys(names) as Name[]).map((value) => ({ value, label: names[value] }));
}

function JwksInput({
  values,
  onChange,
  errorOf,
  required,
}: AuthFieldsProps & { required?: boolean }) {
  return (
    <TextInput
      label="JWKS URL"
      description="Where the public keys are: https, or http to a loopback address"
      placeholder="https://login.example.com/.well-known/jwks.json"
      type="url"
      autoComplete="off"
      required={required}
      value={values.jwksUri}
      onChange={(event) => onChange({ jwksUri: event.currentTarget.value })}
      error={errorOf("jwksUri")}
    />
  );
}

function JwtFields(props: AuthFieldsProps) {
  const { values, onChange, errorOf } = props;
  const isHmac = values.signing === "hmac";
  return (
    <>
      <Input.Wrapper label="Signing method" labelElement="div" error={errorOf("signing")}>
        <SegmentedControl
          mt={6}
          fullWidth
          aria-label="Signing method"
          data={choices(SIGNING_NAMES)}
          value={values.signing}
          onChange={(signing) => onChange({ signing, algorithms: [] })}
        />
      </Input.Wrapper>
      {!isHmac && (
        <SegmentedControl
          size="xs"
          w="fit-content"
          aria-label="Where the public key comes from"
          data={[
            { value: "text", label: "Key or certificate" },
            { value: "url", label: "JWKS URL" },
          ]}
          value={values.keyFrom}
          onChange={(keyFrom) => onChange({ keyFrom })}
        />
      )}
      {isHmac || values.keyFrom === "text" ? (
        <KeyInput
          values={values}
          onChange={(secret) => onChange({ secret })}
          error={errorOf("secret")}
        />
      ) : (
        <JwksInput {...props} required />
      )}
    </>
  );
}

export function AuthFields(props: AuthFieldsProps) {
  const { values, onChange, errorOf } = props;
  return (
    <Stack gap="md">
      <Input.Wrapper label="Authentication method" labelElement="div" error={errorOf("method")}>
        <SegmentedControl
          mt={6}
          fullWidth
          aria-label="Authentication method"
          data={choices(METHOD_NAMES)}
          value={values.method}
          onChange={(method) => onChange({ method })}
          styles={{ label: { paddingInline: 2 } }}
        />
        <Text size="sm" c="dimmed" mt={6} aria-live="polite">
          {HINTS[values.method]}
        </Text>
      </Input.Wrapper>
      {values.method === "jwt" && <JwtFields {...props} />}
      {values.method === "oidc" && (
        <>
          <TextInput
            label="Issuer"
            description="Its keys are found by discovery"
            placeholder="https://login.example.com"
            type="url"
            autoComplete="off"
            value={values.issuer}
            onChange={(event) => onChange({ issuer: event.currentTarget.value })}
            error={errorOf("issuer")}
          />
          <JwksInput {...props} />
        </>
      )}
      {(values.method === "jwt" || values.method === "oidc") && <ClaimFields {...props} />}
    </Stack>
  );
}
