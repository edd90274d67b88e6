/** Which web pages of other origins may call. */
import { Group, Stack, Switch, TagsInput } from "@mantine/core";
import type { CollectionValues } from "../collection-values";
import type { FieldsProps } from "../fields";
import { NumberField } from "./number-field";

export function CorsFields({ values, errors, onChange }: FieldsProps<CollectionValues>) {
  return (
    <Stack gap="md">
      <Switch
        label="Web pages of other origins may call (CORS)"
        description="The gateway answers preflights without a credential and does not count them"
        checked={values.hasCors}
        onChange={(event) => onChange({ hasCors: event.currentTarget.checked })}
      />
      {values.hasCors && (
        <>
          <TagsInput
            label="Origins"
            required
            description="As browsers send them: https://app.example.com. Or * alone for any. Enter adds one"
            value={values.origins}
            onChange={(origins) => onChange({ origins })}
            error={errors.origins}
          />
          <TagsInput
            label="Request headers"
            description="Besides api-token, authorization and content-type"
            value={values.headers}
            onChange={(headers) => onChange({ headers })}
            error={errors.headers}
          />
          <TagsInput
            label="Answer headers that pages may read"
            description="Besides the rate limit's and the request id"
            value={values.expose}
            onChange={(expose) => onChange({ expose })}
            error={errors.expose}
          />
          <Group>
            <NumberField
              label="Preflight kept for, in seconds"
              value={values.maxAgeSeconds}
              onChange={(maxAgeSeconds) => onChange({ maxAgeSeconds })}
              error={errors.maxAgeSeconds}
            />
          </Group>
        </>
      )}
    </Stack>
  );
}
