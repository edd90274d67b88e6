/** Makes a policy or changes one. */
import {
  Alert,
  Button,
  Checkbox,
  Fieldset,
  Group,
  Modal,
  NativeSelect,
  NumberInput,
  Select,
  Stack,
  Text,
  Textarea,
  TextInput,
} from "@mantine/core";
import { type UseFormReturnType, useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { formProblems } from "../../api/errors";
import type { Policy } from "../../api/types";
import { ErrorAlert } from "../../ui/error-alert";
import { Fold } from "../../ui/fold";
import { capitalise, limitsInWords, plural } from "../../ui/format";
import { toastDone } from "../../ui/toast";
import { changePolicy, createPolicy } from "./changes";
import {
  checkPolicy,
  emptyPolicy,
  limitsOf,
  MAX_LIMIT,
  POLICY_PLACES,
  type PolicyValues,
  policyBodyOf,
  QUOTA_INTERVALS,
  RATE_INTERVALS,
  startsAnew,
  valuesOf,
} from "./policy-values";

interface PolicyDialogProps {
  /** The policy to change; null makes a new one. */
  policy: Policy | null;
  isOpen: boolean;
  onClose: () => void;
}

export function PolicyDialog(props: PolicyDialogProps) {
  const { policy, isOpen, onClose } = props;
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      title={policy ? `Edit ${policy.name}` : "Add policy"}
      closeOnClickOutside={false}
    >
      <PolicyForm {...props} />
    </Modal>
  );
}

interface LimitFieldsProps {
  title: string;
  hint: string;
  has: boolean;
  limit: number | string;
  interval: string;
  intervals: readonly string[];
  intervalLabel: string;
  onHas: (has: boolean) => void;
  onLimit: (limit: number | string) => void;
  onInterval: (interval: string) => void;
  error: unknown;
}

function LimitFields(props: LimitFieldsProps) {
  const { title, has, limit, interval, intervals, intervalLabel, error } = props;
  const problem = typeof error === "string" ? error : null;
  return (
    <Fieldset
      legend={title}
      variant="unstyled"
      styles={{
        root: { marginInline: 0 },
        legend: { fontWeight: 600, paddingInline: 0, marginBottom: 4 },
      }}
    >
      <Text size="sm" c="dimmed" mb={6}>
        {props.hint}
      </Text>
      <Group align="flex-start" gap="sm">
        <NumberInput
          aria-label={`${title}: calls`}
          placeholder="Calls"
          min={1}
          max={MAX_LIMIT}
          clampBehavior="none"
          allowDecimal={false}
          allowNegative={false}
          thousandSeparator=","
          disabled={!has}
          value={limit}
          onChange={props.onLimit}
          error={problem}
          flex="1 1 9rem"
        />
        <NativeSelect
          aria-label={`${title}: ${intervalLabel}`}
          disabled={!has}
          data={intervals.map((value) => ({
            value,
            label: value.endsWith("days")
              ? `in ${value}`
              : `a ${value}`.replace("a hour", "an hour"),
          }))}
          value={interval}
          onChange={(event) => props.onInterval(event.currentTarget.value)}
          flex="1 1 8rem"
        />
        <Checkbox
          mt={8}
          label="No limit"
          aria-label={`${title}: no limit`}
          checked={!has}
          onChange={(event) => props.onHas(!event.currentTarget.checked)}
        />
      </Group>
    </Fieldset>
  );
}

function Limits({ form }: { form: UseFormReturnType<PolicyValues> }) {
  const { values, errors } = form;
  const set = (part: Partial<PolicyValues>) => {
    form.setValues(part);
    form.clearFieldError("rateLimit");
    form.clearFieldError("quotaLimit");
  };
  return (
    <>
      <LimitFields
        title="Rate limit"
        hint="In any window of that length, wherever it starts"
        has={values.hasRate}
        limit={values.rateLimit}
        interval={values.rateInterval}
        intervals={RATE_INTERVALS}
        intervalLabel="window"
        onHas={(hasRate) => set({ hasRate })}
        onLimit={(rateLimit) => set({ rateLimit })}
        onInterval={(interval) =>
          set({ rateInterval: RATE_INTERVALS.find((known) => known === interval) ?? "minute" })
        }
        error={errors.rateLimit}
      />
      <LimitFields
        title="Usage quota"
        hint="In a calendar period of the workspace's time zone, or in so many days counted from the profile's own first day"
        has={values.hasQuota}
        limit={values.quotaLimit}
        interval={values.quotaInterval}
        intervals={QUOTA_INTERVALS}
        intervalLabel="period"
        onHas={(hasQuota) => set({ hasQuota })}
        onLimit={(quotaLimit) => set({ quotaLimit })}
        onInterval={(interval) =>
          set({ quotaInterval: QUOTA_INTERVALS.find((known) => known === interval) ?? "30 days" })
        }
        error={errors.quotaLimit}
      />
      <Text size="sm" fw={500} aria-live="polite" data-testid="limits-in-words">
        {capitalise(limitsInWords(limitsOf(values)))}.
      </Text>
    </>
  );
}

function PolicyForm({ policy, onClose }: PolicyDialogProps) {
  const queryClient = useQueryClient();
  const [general, setGeneral] = useState<string | null>(null);
  const form = useForm<PolicyValues>({
    initialValues: policy ? valuesOf(policy) : emptyPolicy(),
    validate: (values) => ({ ...checkPolicy(values) }),
  });
  const save = useMutation({
    mutationFn: (values: PolicyValues) =>
      policy ? changePolicy(policy.id, policyBodyOf(values)) : createPolicy(policyBodyOf(values)),
    onMutate: () => setGeneral(null),
    onSuccess: () => {
      // Limits stand on the clients' screens too.
      void queryClient.invalidateQueries({ queryKey: ["policies"] });
      void queryClient.invalidateQueries({ queryKey: ["clients"] });
      toastDone(policy ? "The policy was changed; the gateway already uses it." : "Policy added.");
      onClose();
    },
    onError: (error) => {
      const problems = formProblems(error, POLICY_PLACES);
      form.setErrors(problems.fields);
      setGeneral(problems.general);
    },
  });
  const { values, errors } = form;

  return (
    <form noValidate onSubmit={form.onSubmit((submitted) => save.mutate(submitted))}>
      <Stack gap="md">
        <TextInput
          label="Name"
          required
          maxLength={255}
          data-autofocus
          {...form.getInputProps("name")}
        />
        <Textarea
          label="Description"
          autosize
          minRows={1}
          maxRows={6}
          {...form.getInputProps("description")}
        />
        <Limits form={form} />
        {policy && startsAnew(policy, values) && (
          <Alert color="yellow" title="The quota's period starts at 0" role="alert">
            It counts by another interval: for {plural(policy.profiles_count, "profile")} with this
            policy a new period begins on saving, with nothing used.
          </Alert>
        )}
        <Fold
          label="Advanced"
          summary={`While the quota's counts cannot be reached: ${values.quotaFailMode === "deny" ? "refuse" : "allow"}`}
          isForcedOpen={errors.quotaFailMode !== undefined}
        >
          <Select
            label="While the quota's counts cannot be reached"
            description="Allowing means that the quota may be overshot for that time"
            allowDeselect={false}
            data={[
              { value: "deny", label: "Refuse calls with 503" },
              { value: "allow_local", label: "Allow calls" },
            ]}
            value={values.quotaFailMode}
            onChange={(mode) =>
              form.setFieldValue("quotaFailMode", mode === "allow_local" ? mode : "deny")
            }
            error={errors.quotaFailMode}
          />
        </Fold>
        <ErrorAlert error={general} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={save.isPending}>
            {policy ? "Save" : "Add policy"}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
