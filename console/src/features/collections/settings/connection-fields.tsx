/** How the gateway speaks to an upstream: waits, bounds, HTTP version, TLS, health checks. */
import { Group, NativeSelect, Stack, Switch, Textarea, TextInput } from "@mantine/core";
import type { CollectionValues } from "../collection-values";
import type { FieldsProps } from "../fields";
import { NumberField } from "./number-field";

type Props = FieldsProps<CollectionValues>;

export function WaitFields({ values, errors, onChange }: Props) {
  return (
    <Group align="flex-start" gap="md">
      <NumberField
        label="To connect, in ms"
        value={values.connectMs}
        onChange={(connectMs) => onChange({ connectMs })}
        error={errors.connectMs}
      />
      <NumberField
        label="For the answer, in ms"
        value={values.responseMs}
        onChange={(responseMs) => onChange({ responseMs })}
        error={errors.responseMs}
      />
      <NumberField
        label="Between parts, in ms"
        value={values.idleMs}
        onChange={(idleMs) => onChange({ idleMs })}
        error={errors.idleMs}
      />
    </Group>
  );
}

export function ConnectionFields({ values, errors, onChange }: Props) {
  return (
    <Group align="flex-start" gap="md">
      <NativeSelect
        label="HTTP version"
        flex="1 1 11rem"
        data={[
          { value: "http1", label: "HTTP/1.1" },
          { value: "http2", label: "HTTP/2" },
        ]}
        value={values.http}
        onChange={(event) =>
          onChange({ http: event.currentTarget.value === "http2" ? "http2" : "http1" })
        }
        error={errors.http}
      />
      <NumberField
        label="Most calls under way at once"
        placeholder="No bound of its own"
        value={values.maxInFlight}
        onChange={(maxInFlight) => onChange({ maxInFlight })}
        error={errors.maxInFlight}
      />
    </Group>
  );
}

export function TlsFields({ values, errors, onChange }: Props) {
  return (
    <Stack gap="md">
      <TextInput
        label="Server name"
        description="The name that its certificate must be for; empty: the URL's host"
        spellCheck={false}
        value={values.tlsServerName}
        onChange={(event) => onChange({ tlsServerName: event.currentTarget.value })}
        error={errors.tlsServerName}
      />
      <Textarea
        label="Authorities"
        description="PEM of the only authorities that are trusted; empty: the system's. Certificates are always verified"
        placeholder="-----BEGIN CERTIFICATE-----"
        autosize
        minRows={2}
        maxRows={8}
        spellCheck={false}
        styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
        value={values.tlsCa}
        onChange={(event) => onChange({ tlsCa: event.currentTarget.value })}
        error={errors.tlsCa}
      />
    </Stack>
  );
}

export function HealthFields({ values, errors, onChange }: Props) {
  return (
    <Stack gap="md">
      <Switch
        label="Check its addresses now and then"
        description="Without checks, an address is told to be down by the calls that fail"
        checked={values.hasHealthCheck}
        onChange={(event) => onChange({ hasHealthCheck: event.currentTarget.checked })}
      />
      {values.hasHealthCheck && (
        <>
          <TextInput
            label="Health path"
            description="At the root of the host; 200 to 399 is a good answer"
            required
            spellCheck={false}
            value={values.healthPath}
            onChange={(event) => onChange({ healthPath: event.currentTarget.value })}
            error={errors.healthPath}
          />
          <Group align="flex-start" gap="md">
            <NumberField
              label="Every so many ms"
              value={values.healthIntervalMs}
              onChange={(healthIntervalMs) => onChange({ healthIntervalMs })}
              error={errors.healthIntervalMs}
            />
            <NumberField
              label="Wait for the answer, in ms"
              value={values.healthTimeoutMs}
              onChange={(healthTimeoutMs) => onChange({ healthTimeoutMs })}
              error={errors.healthTimeoutMs}
            />
          </Group>
          <Group align="flex-start" gap="md">
            <NumberField
              label="Down after bad answers"
              value={values.unhealthyAfter}
              onChange={(unhealthyAfter) => onChange({ unhealthyAfter })}
              error={errors.unhealthyAfter}
            />
            <NumberField
              label="Up after good answers"
              value={values.healthyAfter}
              onChange={(healthyAfter) => onChange({ healthyAfter })}
              error={errors.healthyAfter}
            />
          </Group>
        </>
      )}
    </Stack>
  );
}
