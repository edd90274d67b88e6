/** Settings of the workspace: addresses of the gateway, time zone, trusted proxies, outbound addresses, headers of limits. */
import { Alert, Button, Card, Group, Select, Stack, Switch, Text, Title } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useRef, useState } from "react";
import { asApiError, formProblems } from "../../api/errors";
import type { Settings } from "../../api/types";
import { EmptyState } from "../../ui/empty-state";
import { ErrorAlert } from "../../ui/error-alert";
import { IpListInput } from "../../ui/ip-list-input";
import { LoadingCards } from "../../ui/loading";
import { PageTitle } from "../../ui/page-title";
import { toastDone } from "../../ui/toast";
import { GatewayAddress } from "./gateway-address";
import { MaxAge } from "./max-age";
import { NumberSetting } from "./number-setting";
import { changeSettings, settingsQuery } from "./queries";
import { SettingsNav } from "./settings-nav";
import classes from "./settings-page.module.css";

/** Where the API's fields stand in the form. */
const PLACES = {
  public_url: "public_url",
  prefix: "prefix",
  custom_domains: "custom_domains",
  time_zone: "time_zone",
  trusted_proxies: "trusted_proxies",
  outbound_allowed: "outbound_allowed",
  rate_limit_headers: "rate_limit_headers",
  profiles_per_client: "profiles_per_client",
  session_idle_minutes: "session_idle_minutes",
  session_life_hours: "session_life_hours",
  max_staleness_seconds: "max_staleness_seconds",
} as const;

type NumberField = "profiles_per_client" | "session_idle_minutes" | "session_life_hours";
type ListField = "trusted_proxies" | "outbound_allowed";

/** UTC and the present zone are always there, whatever the browser lists. */
function zonesWith(present: string): string[] {
  return [...new Set(["UTC", present, ...Intl.supportedValuesOf("timeZone")])];
}

function Section({ title, hint, children }: { title: string; hint: string; children: ReactNode }) {
  return (
    <Card withBorder padding="lg" bg="var(--surface)" style={{ overflow: "visible" }}>
      <Title order={2} size="h4">
        {title}
      </Title>
      <Text size="sm" c="dimmed" mb="md">
        {hint}
      </Text>
      {children}
    </Card>
  );
}

/** A refusal because of `If-Match` names this field. */
const isStale = (error: unknown) => "If-Match" in asApiError(error).fields;

interface SettingsFormProps {
  loaded: { value: Settings; tag: string | null };
  /** Loads what is stored now into a fresh form. */
  onReload: () => void;
}

function SettingsForm({ loaded, onReload }: SettingsFormProps) {
  const queryClient = useQueryClient();
  // What this form began with, whatever is loaded in the background meanwhile: a change says that it has seen this.
  const [{ value: stored, tag }, setSeen] = useState(loaded);
  const [general, setGeneral] = useState<string | null>(null);
  const pending = useRef<Partial<Record<ListField, string | null>>>({});
  const form = useForm<Settings>({
    initialValues: stored,
    validate: () =>
      Object.fromEntries(Object.entries(pending.current).filter(([, problem]) => problem)),
  });
  const save = useMutation({
    mutationFn: changeSettings,
    onMutate: () => setGeneral(null),
    onSuccess: (saved) => {
      queryClient.setQueryData(settingsQuery.queryKey, saved);
      setSeen(saved);
      form.setInitialValues(saved.value);
      form.setValues(saved.value);
      toastDone("The settings were changed; the gateway already uses them.");
    },
    onError: (error) => {
      if (isStale(error)) return;
      const problems = formProblems(error, PLACES);
      form.setErrors(problems.fields);
      setGeneral(problems.general);
    },
  });
  const { values, errors } = form;
  const textOf = (field: keyof Settings) => {
    const problem = errors[field];
    return typeof problem === "string" ? problem : null;
  };
  const isDirty = form.isDirty();
  const listProps = (field: ListField) => ({
    value: values[field],
    onChange: (list: string[]) => form.setFieldValue(field, list),
    error: textOf(field),
    onPendingProblem: (problem: string | null) => {
      pending.current[field] = problem;
      form.clearFieldError(field);
    },
  });
  const numberProps = (field: NumberField) => ({
    value: values[field],
    onChange: (value: number) => {
      form.setFieldValue(field, value);
      form.clearFieldError(field);
    },
    error: textOf(field),
  });

  return (
    <form noValidate onSubmit={form.onSubmit((submitted) => save.mutate({ body: submitted, tag }))}>
      <Stack gap="lg" maw={760}>
        <Section title="Gateway address" hint="Where callers find the collections.">
          <GatewayAddress
            values={values}
            stored={stored}
            onChange={(changed) => {
              form.setValues(changed);
              for (const field of Object.keys(changed)) form.clearFieldError(field);
            }}
            problem={textOf}
          />
        </Section>
        <Section
          title="Time"
          hint="In whose days usage quotas run: calendar periods, and periods of so many days."
        >
          <Select
            label="Time zone"
            searchable
            allowDeselect={false}
            maxDropdownHeight={260}
            onFocus={(event) => event.currentTarget.select()}
            limit={60}
            nothingFoundMessage="No time zone has that name"
            data={zonesWith(stored.time_zone)}
            value={values.time_zone}
            onChange={(zone) => zone && form.setFieldValue("time_zone", zone)}
            error={textOf("time_zone")}
            maw={360}
          />
          {values.time_zone !== stored.time_zone && (
            <Alert color="yellow" title="Usage quotas start a new period at 0" mt="md" role="alert">
              On saving, every usage quota begins a new period in this zone, with nothing used.
            </Alert>
          )}
        </Section>
        <Section
          title="Addresses"
          hint="Addresses or CIDR, IPv4 and IPv6; kept as typed, shown with the network they mean."
        >
          <Stack gap="md">
            <IpListInput
              label="Trusted proxies"
              description="Only from these is X-Forwarded-For believed; IP lists see the address it names"
              {...listProps("trusted_proxies")}
            />
            <IpListInput
              label="Outbound allowed"
              description="Private addresses that key sets (JWKS, OpenID Connect) may be fetched from"
              {...listProps("outbound_allowed")}
            />
          </Stack>
        </Section>
        <Section title="Answers" hint="What callers are told of their limits.">
          <Switch
            label="X-RateLimit headers"
            description="X-RateLimit-Limit, -Remaining and -Reset of the limit with the least left, besides RateLimit"
            checked={values.rate_limit_headers}
            onChange={(event) =>
              form.setFieldValue("rate_limit_headers", event.currentTarget.checked)
            }
          />
        </Section>
        <Section title="Sessions" hint="How long members stay signed in to this console.">
          <Group gap="md" align="flex-start">
            <NumberSetting
              label="Ends unused after"
              unit="minutes"
              {...numberProps("session_idle_minutes")}
            />
            <NumberSetting
              label="Ends at last after"
              unit="hours"
              {...numberProps("session_life_hours")}
            />
          </Group>
        </Section>
        <Section
          title="Without the control database"
          hint="While it cannot be read, the gateway goes on with what it knows: who was revoked meanwhile can still call."
        >
          <MaxAge
            value={values.max_staleness_seconds ?? null}
            onChange={(seconds) => {
              form.setFieldValue("max_staleness_seconds", seconds);
              form.clearFieldError("max_staleness_seconds");
            }}
            error={textOf("max_staleness_seconds")}
          />
        </Section>
        <Section title="Bounds" hint="What keeps the workspace in order.">
          <Group gap="md" align="flex-start">
            <NumberSetting
              label="Profiles of one client"
              unit="at most"
              {...numberProps("profiles_per_client")}
            />
          </Group>
        </Section>
        <ErrorAlert error={general} />
        {isStale(save.error) && (
          <Alert color="yellow" title="Somebody else changed the settings meanwhile" role="alert">
            <Text size="sm">Nothing was saved. Load what is stored now, then change it again.</Text>
            <Button size="xs" variant="default" mt="sm" onClick={onReload}>
              Load the present settings
            </Button>
          </Alert>
        )}
        <div className={classes.bar} data-dirty={isDirty}>
          <Text size="sm" c="dimmed" role="status">
            {isDirty ? "There are unsaved changes." : "Everything is saved."}
          </Text>
          <Group gap="sm">
            <Button
              variant="default"
              disabled={!isDirty}
              onClick={() => {
                form.reset();
                setGeneral(null);
              }}
            >
              Discard
            </Button>
            <Button type="submit" disabled={!isDirty} loading={save.isPending}>
              Save
            </Button>
          </Group>
        </div>
      </Stack>
    </form>
  );
}

function Body() {
  const settings = useQuery(settingsQuery);
  const [loads, setLoads] = useState(0);
  if (settings.isPending) return <LoadingCards rows={3} height={160} />;
  if (settings.error) {
    if (asApiError(settings.error).status === 403) {
      return (
        <EmptyState title="Settings are for admins">
          Your role may not see them. Ask an admin or owner of the workspace.
        </EmptyState>
      );
    }
    return (
      <ErrorAlert
        title="The settings could not be loaded"
        error={settings.error}
        onRetry={() => settings.refetch()}
      />
    );
  }
  const reload = async () => {
    const { isSuccess } = await settings.refetch();
    if (isSuccess) setLoads(loads + 1);
  };
  return <SettingsForm key={loads} loaded={settings.data} onReload={reload} />;
}

export function SettingsPage() {
  return (
    <Stack gap="lg">
      <PageTitle title="Settings" />
      <SettingsNav />
      <Body />
    </Stack>
  );
}
