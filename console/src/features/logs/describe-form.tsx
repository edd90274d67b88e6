/** Describes a request as a caller would send it. A credential typed here is sent once and kept nowhere. */
import {
  Button,
  Group,
  Input,
  NativeSelect,
  PasswordInput,
  SegmentedControl,
  Select,
  Stack,
  Textarea,
  TextInput,
} from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { formProblems } from "../../api/errors";
import type { ExplainInput, Explanation } from "../../api/types";
import { ErrorAlert } from "../../ui/error-alert";
import { Fold } from "../../ui/fold";
import { type ExplainSearch, withoutQuery } from "./explain-search";
import { clientChoicesQuery, explainRequest, profileChoicesQuery } from "./queries";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
const CREDENTIALS = [
  { value: "profile", label: "A profile" },
  { value: "token", label: "Auth token" },
  { value: "bearer", label: "Bearer token" },
  { value: "none", label: "None" },
];

interface DescribedValues {
  method: string;
  url: string;
  from: string;
  kind: string;
  clientId: string | null;
  profileId: string | null;
  secret: string;
  certificate: string;
}

const PLACES = {
  method: "method",
  url: "url",
  from: "from",
  api_token: "secret",
  authorization: "secret",
  api_key_id: "profileId",
  client_certificate: "certificate",
} as const;

function bodyOf(values: DescribedValues): ExplainInput {
  const { kind, secret, profileId } = values;
  const from = values.from.trim();
  const certificate = values.certificate.trim();
  return {
    method: values.method,
    url: values.url.trim(),
    ...(from !== "" && { from }),
    ...(certificate !== "" && { client_certificate: certificate }),
    ...(kind === "profile" && profileId !== null && { api_key_id: Number(profileId) }),
    ...(kind === "token" && { api_token: secret.trim() }),
    ...(kind === "bearer" && {
      authorization: `Bearer ${secret.trim().replace(/^Bearer +/i, "")}`,
    }),
  };
}

function check({ url, kind, profileId, secret }: DescribedValues) {
  return {
    ...(url.trim() === "" && { url: "Give the path or URL of the request" }),
    ...(kind === "profile" && profileId === null && { profileId: "Choose a profile" }),
    ...((kind === "token" || kind === "bearer") &&
      secret.trim() === "" && { secret: "Paste the token" }),
  };
}

/** What may stand in the page's URL. */
function searchOf(values: DescribedValues): ExplainSearch {
  const isProfile = values.kind === "profile";
  return {
    method: values.method,
    url: withoutQuery(values.url.trim()),
    from: values.from.trim(),
    client: isProfile ? Number(values.clientId) : undefined,
    profile: isProfile ? Number(values.profileId) : undefined,
  };
}

interface DescribeFormProps {
  search: ExplainSearch;
  onSearch: (search: ExplainSearch) => void;
  onExplained: (explanation: Explanation | null) => void;
}

interface PickProfileProps {
  clientId: string | null;
  profileId: string | null;
  onChange: (part: { clientId?: string | null; profileId: string | null }) => void;
  error: string | null;
}

function PickProfile({ clientId, profileId, onChange, error }: PickProfileProps) {
  const clients = useQuery(clientChoicesQuery);
  const profiles = useQuery({
    ...profileChoicesQuery(Number(clientId)),
    enabled: clientId !== null,
  });
  return (
    <Group gap="sm" align="flex-start" grow preventGrowOverflow={false}>
      <Select
        label="Client"
        searchable
        nothingFoundMessage="No client has that name"
        data={(clients.data ?? []).map(({ id, name }) => ({ value: String(id), label: name }))}
        value={clientId}
        onChange={(next) => onChange({ clientId: next, profileId: null })}
        error={clients.error?.message}
        miw={180}
      />
      <Select
        label="Access profile"
        searchable
        disabled={clientId === null}
        nothingFoundMessage="No profile has that name"
        data={(profiles.data ?? []).map(({ id, name }) => ({ value: String(id), label: name }))}
        value={profileId}
        onChange={(next) => onChange({ profileId: next })}
        error={error ?? profiles.error?.message}
        miw={180}
      />
    </Group>
  );
}

export function DescribeForm({ search, onSearch, onExplained }: DescribeFormProps) {
  const [general, setGeneral] = useState<string | null>(null);
  const form = useForm<DescribedValues>({
    initialValues: {
      method: METHODS.find((method) => method === search.method) ?? "GET",
      url: search.url ?? "",
      from: search.from ?? "",
      kind: "profile",
      clientId: search.client === undefined ? null : String(search.client),
      profileId: search.profile === undefined ? null : String(search.profile),
      secret: "",
      certificate: "",
    },
    validate: (values) => check(values),
  });
  const { values, errors } = form;
  const explain = useMutation({
    mutationFn: (submitted: DescribedValues) => explainRequest(bodyOf(submitted)),
    onMutate: (submitted) => {
      setGeneral(null);
      onExplained(null);
      onSearch(searchOf(submitted));
    },
    onSuccess: onExplained,
    onError: (error) => {
      const problems = formProblems(error, PLACES);
      form.setErrors(problems.fields);
      setGeneral(problems.general);
    },
  });
  const profileError = typeof errors.profileId === "string" ? errors.profileId : null;

  return (
    <form noValidate onSubmit={form.onSubmit((submitted) => explain.mutate(submitted))}>
      <Stack gap="md">
        <Group gap="sm" align="flex-start" wrap="nowrap">
          <NativeSelect label="Method" data={METHODS} {...form.getInputProps("method")} w={110} />
          <TextInput
            label="Path or URL"
            required
            placeholder="/orders-v1/orders"
            autoComplete="off"
            spellCheck={false}
            flex={1}
            miw={0}
            {...form.getInputProps("url")}
          />
        </Group>
        <Input.Wrapper label="Credential" labelElement="div">
          <SegmentedControl
            mt={6}
            fullWidth
            aria-label="Credential"
            data={CREDENTIALS}
            styles={{ label: { paddingInline: 2 } }}
            value={values.kind}
            onChange={(kind) => form.setValues({ kind, secret: "" })}
          />
        </Input.Wrapper>
        {values.kind === "profile" && (
          <PickProfile
            clientId={values.clientId}
            profileId={values.profileId}
            onChange={(part) => {
              form.setValues(part);
              form.clearFieldError("profileId");
            }}
            error={profileError}
          />
        )}
        {(values.kind === "token" || values.kind === "bearer") && (
          <PasswordInput
            label={values.kind === "token" ? "Auth token" : "Bearer token"}
            description="Sent once to the management API; kept nowhere"
            autoComplete="off"
            spellCheck={false}
            {...form.getInputProps("secret")}
          />
        )}
        <TextInput
          label="Source address"
          description="Where the caller is. Empty: not known"
          placeholder="203.0.113.7"
          autoComplete="off"
          spellCheck={false}
          maw={320}
          {...form.getInputProps("from")}
        />
        <Fold label="Client certificate" isForcedOpen={Boolean(errors.certificate)}>
          <Textarea
            label="Client certificate"
            description="PEM of the certificate the caller connects with, and its chain; never a private key"
            placeholder="-----BEGIN CERTIFICATE-----"
            autosize
            minRows={3}
            maxRows={8}
            autoComplete="off"
            spellCheck={false}
            styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
            {...form.getInputProps("certificate")}
          />
        </Fold>
        <ErrorAlert error={general} />
        <Group>
          <Button type="submit" loading={explain.isPending}>
            Explain
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
