/** Bounds of one call, and what may pass. */
import { Alert, Group, Stack, Switch } from "@mantine/core";
import type { CollectionValues } from "../collection-values";
import type { FieldsProps } from "../fields";
import { NumberField } from "./number-field";

type Props = FieldsProps<CollectionValues>;

/** 5242880 as "5 MiB"; null where no unit makes it shorter. */
function sizeInWords(bytes: number | string): string | null {
  const count = Number(bytes);
  if (bytes === "" || !(count >= 1024)) return null;
  const units = ["KiB", "MiB", "GiB", "TiB"];
  const power = Math.min(units.length, Math.floor(Math.log2(count) / 10));
  const shown = count / 1024 ** power;
  return `${Number(shown.toFixed(2))} ${units[power - 1]}`;
}

export function LimitFields({ values, errors, onChange }: Props) {
  const size = sizeInWords(values.bodyBytes);
  return (
    <Group align="flex-start" gap="md">
      <NumberField
        label="Largest request body, in bytes"
        description={size ?? (values.bodyBytes === "" ? "No limit" : "In bytes")}
        placeholder="No limit"
        value={values.bodyBytes}
        onChange={(bodyBytes) => onChange({ bodyBytes })}
        error={errors.bodyBytes}
      />
      <NumberField
        label="Longest wait for the answer, in ms"
        description="Empty: the upstream's own wait alone"
        placeholder="As the upstream's"
        value={values.limitResponseMs}
        onChange={(limitResponseMs) => onChange({ limitResponseMs })}
        error={errors.limitResponseMs}
      />
    </Group>
  );
}

export function SwitchFields({ values, errors, onChange }: Props) {
  return (
    <Stack gap="md">
      <Switch
        label="The upstream gets the caller's Host"
        description="Otherwise its own authority"
        checked={values.keepsHost}
        onChange={(event) => onChange({ keepsHost: event.currentTarget.checked })}
        error={errors.keepsHost}
      />
      <Switch
        label="Authorization is left to the upstream"
        description="The header is not read as a credential here and passes unchanged"
        checked={values.passesAuthorization}
        onChange={(event) => onChange({ passesAuthorization: event.currentTarget.checked })}
        error={errors.passesAuthorization}
      />
      <Switch
        label="The upstream gets the caller's claims"
        description="Those of its JSON Web Token, as X-Portcullis-Claims"
        checked={values.sendsClaims}
        onChange={(event) => onChange({ sendsClaims: event.currentTarget.checked })}
        error={errors.sendsClaims}
      />
      <Switch
        label="%2F may stand in paths"
        description="Inside one segment; otherwise such a path is refused"
        checked={values.allowsEncodedSlash}
        onChange={(event) => onChange({ allowsEncodedSlash: event.currentTarget.checked })}
        error={errors.allowsEncodedSlash}
      />
      <Switch
        label="The auth token may stand in the URL's query"
        description="As api_token=..., for callers that cannot send headers; never forwarded"
        checked={values.allowsQueryToken}
        onChange={(event) => onChange({ allowsQueryToken: event.currentTarget.checked })}
        error={errors.allowsQueryToken}
      />
      {values.allowsQueryToken && (
        <Alert color="yellow" title="Tokens in URLs leak">
          URLs end up in browser histories, logs of proxies and Referer headers. Leave this off
          unless a caller has no other way.
        </Alert>
      )}
    </Stack>
  );
}
