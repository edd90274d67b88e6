/** All settings of a collection in one form: what it is, its upstream, bounds, CORS and switches. */
import { Alert, Button, Card, Group, Stack, Text, Title } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useMay } from "../../../api/me";
import type { Collection } from "../../../api/types";
import { ErrorAlert } from "../../../ui/error-alert";
import { LeaveGuard } from "../../../ui/leave-guard";
import { toastDone } from "../../../ui/toast";
import { useProblemFocus } from "../../../ui/use-problem-focus";
import { BasicFields } from "../basic-fields";
import { changeCollection } from "../changes";
import { checkCollection } from "../collection-checks";
import { AUTH_TYPES, COLLECTION_PLACES, changeOf, valuesOf } from "../collection-values";
import { fieldsOf } from "../fields";
import { nestedProblems } from "../problems";
import { collectionQuery } from "../queries";
import { UpstreamFields } from "../upstream-fields";
import { ConnectionFields, HealthFields, TlsFields, WaitFields } from "./connection-fields";
import { CorsFields } from "./cors-fields";
import { LimitFields, SwitchFields } from "./limit-fields";
import classes from "./settings-tab.module.css";

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

export function SettingsTab({ collection }: { collection: Collection }) {
  const queryClient = useQueryClient();
  const mayChange = useMay("admin");
  const [general, setGeneral] = useState<string | null>(null);
  const stored = valuesOf(collection);
  const storedAuth = AUTH_TYPES.find((known) => known === collection.upstream.auth.type) ?? null;
  const form = useForm({
    initialValues: stored,
    validate: (values) => ({ ...checkCollection(values, values.authType === storedAuth) }),
  });
  const formRef = useProblemFocus(form.errors);
  const save = useMutation({
    mutationFn: () => changeCollection(collection.id, changeOf(form.values)),
    onMutate: () => setGeneral(null),
    onSuccess: async (saved) => {
      queryClient.setQueryData(collectionQuery(collection.id).queryKey, saved);
      form.setInitialValues(valuesOf(saved));
      form.setValues(valuesOf(saved));
      toastDone("The settings were changed; the gateway already uses them.");
      await queryClient.invalidateQueries({ queryKey: ["collections"] });
    },
    onError: (error) => {
      const problems = nestedProblems(error, COLLECTION_PLACES);
      form.setErrors(problems.fields);
      setGeneral(problems.general);
    },
  });
  const fields = fieldsOf(form);
  const isDirty = form.isDirty();
  const isMoved = form.values.path.trim() !== collection.path;

  return (
    <form ref={formRef} noValidate onSubmit={form.onSubmit(() => save.mutate())}>
      <LeaveGuard isActive={isDirty && !save.isPending} title="Leave without saving?">
        What you changed in the settings is lost.
      </LeaveGuard>
      <fieldset
        disabled={!mayChange}
        style={{ border: 0, margin: 0, padding: 0, minWidth: 0 }}
        aria-label={`Settings of ${collection.name} ${collection.version}`}
      >
        <Stack gap="lg" maw={760}>
          <Section title="Collection" hint="What it is called, and under which path it is found.">
            <BasicFields {...fields} />
            {isMoved && form.values.path.trim() !== "" && (
              <Alert color="yellow" title="The URL changes" mt="md" role="alert">
                On saving, callers of /{collection.path} get 404; they must call /
                {form.values.path.trim()} instead.
              </Alert>
            )}
          </Section>
          <Section title="Upstream" hint="The HTTP service behind it.">
            <Stack gap="md">
              <UpstreamFields {...fields} storedAuth={storedAuth} />
              <ConnectionFields {...fields} />
            </Stack>
          </Section>
          <Section title="Timeouts" hint="How long the gateway waits for the upstream.">
            <WaitFields {...fields} />
          </Section>
          <Section title="Health" hint="Which of its addresses get calls.">
            <HealthFields {...fields} />
          </Section>
          <Section title="TLS" hint="Towards https addresses.">
            <TlsFields {...fields} />
          </Section>
          <Section title="Limits" hint="Bounds of one call.">
            <LimitFields {...fields} />
          </Section>
          <Section title="Browsers" hint="Cross-origin calls of web pages.">
            <CorsFields {...fields} />
          </Section>
          <Section title="Switches" hint="What passes, and what is refused.">
            <SwitchFields {...fields} />
          </Section>
          <ErrorAlert error={general} />
          {mayChange && (
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
          )}
        </Stack>
      </fieldset>
    </form>
  );
}
