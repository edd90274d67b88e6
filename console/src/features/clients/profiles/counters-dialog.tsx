/** What is counted against a profile's limits; more can be granted for the present period, or it is begun anew. */
import { Button, Group, Modal, NumberInput, Stack, Text, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { problemAt } from "../../../api/errors";
import type { Counters, Profile } from "../../../api/types";
import { ConfirmDialog } from "../../../ui/confirm-dialog";
import { ErrorAlert } from "../../../ui/error-alert";
import { ForRole } from "../../../ui/for-role";
import { formatNumber, formatTime, plural } from "../../../ui/format";
import { LoadingRows } from "../../../ui/loading";
import { Meter } from "../../../ui/meter";
import { toastDone } from "../../../ui/toast";
import { grantQuota, resetCounters } from "../changes";
import { countersQuery } from "../queries";

interface CountersDialogProps {
  clientId: number;
  /** Null: closed. */
  profile: Profile | null;
  onClose: () => void;
}

const MAX_GRANT = 1_000_000_000;

function RateMeter({ rate }: { rate: NonNullable<Counters["rate"]> }) {
  return (
    <Meter
      label={`Rate, in any ${rate.interval}`}
      used={rate.limit - rate.remaining}
      of={rate.limit}
      note={
        rate.remaining === rate.limit ? undefined : `All free again ${formatTime(rate.resets_at)}`
      }
    />
  );
}

function QuotaMeter({ quota }: { quota: NonNullable<Counters["quota"]> }) {
  const { limit, granted, used, unaccounted, leased } = quota;
  const parts = [
    granted > 0 && `${formatNumber(granted)} granted on top`,
    leased > 0 && `${formatNumber(leased)} of what is left held ready by this node`,
    unaccounted > 0 &&
      `${formatNumber(unaccounted)} unaccounted: deducted when a crash came, used or not`,
  ].filter(Boolean);
  return (
    <Stack gap={4}>
      <Meter
        label={`Quota, period of ${quota.interval}`}
        used={used}
        of={limit + granted}
        note={`${plural(quota.remaining, "call")} left. Since ${formatTime(quota.period_start)}, begins anew ${formatTime(quota.resets_at)}`}
      />
      {parts.length > 0 && (
        <Text size="xs" c="dimmed">
          {parts.join("; ")}
        </Text>
      )}
    </Stack>
  );
}

function Limits({ title, rate, quota }: { title: string } & Pick<Counters, "rate" | "quota">) {
  if (!rate && !quota) return null;
  return (
    <Stack gap="sm" component="section" aria-label={title}>
      <Title order={3} size="h5">
        {title}
      </Title>
      {rate && <RateMeter rate={rate} />}
      {quota && <QuotaMeter quota={quota} />}
    </Stack>
  );
}

interface ActsProps {
  clientId: number;
  profile: Profile;
}

function Acts({ clientId, profile }: ActsProps) {
  const queryClient = useQueryClient();
  const [amount, setAmount] = useState<number | string>("");
  const [isAsking, setIsAsking] = useState(false);
  const reload = () => queryClient.invalidateQueries({ queryKey: ["clients"] });
  const grant = useMutation({
    mutationFn: (calls: number) => grantQuota(clientId, profile.id, calls),
    onSuccess: async (_answer, calls) => {
      setAmount("");
      toastDone(`${plural(calls, "call")} granted for this period.`);
      await reload();
    },
  });
  const reset = useMutation({
    mutationFn: () => resetCounters(clientId, profile.id),
    onSuccess: async () => {
      setIsAsking(false);
      toastDone("The present period begins at 0 again.");
      await reload();
    },
  });
  const calls = Number(amount);
  const isGood = amount !== "" && calls >= 1 && calls <= MAX_GRANT;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isGood && !grant.isPending) grant.mutate(calls);
  };
  return (
    <Stack gap="sm">
      <ForRole needs="operator">
        <form noValidate onSubmit={submit}>
          <Group align="flex-end" gap="sm">
            <NumberInput
              label="Grant more calls"
              description="On top of the quota, for the present period only"
              min={1}
              max={MAX_GRANT}
              clampBehavior="none"
              allowDecimal={false}
              allowNegative={false}
              thousandSeparator=","
              value={amount}
              onChange={(value) => {
                grant.reset();
                setAmount(value);
              }}
              error={grant.error ? problemAt("amount", grant.error) : null}
              flex="1 1 12rem"
            />
            <Button type="submit" variant="default" disabled={!isGood} loading={grant.isPending}>
              Grant
            </Button>
          </Group>
        </form>
      </ForRole>
      <ForRole needs="admin">
        <Button
          variant="subtle"
          color="var(--mantine-color-error)"
          w="fit-content"
          onClick={() => {
            reset.reset();
            setIsAsking(true);
          }}
        >
          Reset the quota
        </Button>
      </ForRole>
      <ConfirmDialog
        isOpen={isAsking}
        title="Reset the quota"
        confirmLabel="Reset"
        isPending={reset.isPending}
        error={reset.error}
        onConfirm={() => reset.mutate()}
        onClose={() => setIsAsking(false)}
      >
        <Text>
          The present period of <b className="break-anywhere">{profile.name}</b> begins at 0 again:
          what it used, and what was granted, is forgotten. This cannot be undone; it is in the
          audit log.
        </Text>
      </ConfirmDialog>
    </Stack>
  );
}

function Body({ clientId, profile }: ActsProps) {
  const counters = useQuery(countersQuery(clientId, profile.id));
  if (counters.isPending) return <LoadingRows rows={2} />;
  if (counters.error) {
    return (
      <ErrorAlert
        title="The counters could not be loaded"
        error={counters.error}
        onRetry={() => counters.refetch()}
      />
    );
  }
  const { rate, quota, client_rate, client_quota } = counters.data;
  if (!rate && !quota && !client_rate && !client_quota) {
    return <Text c="dimmed">This profile has no limits: nothing is counted against it.</Text>;
  }
  return (
    <Stack gap="lg">
      <Limits title="This profile" rate={rate} quota={quota} />
      <Limits title="The whole client" rate={client_rate} quota={client_quota} />
      {quota && <Acts clientId={clientId} profile={profile} />}
    </Stack>
  );
}

export function CountersDialog({ clientId, profile, onClose }: CountersDialogProps) {
  return (
    <Modal
      opened={profile !== null}
      onClose={onClose}
      title={profile ? `Counters of ${profile.name}` : ""}
    >
      {profile && <Body clientId={clientId} profile={profile} />}
    </Modal>
  );
}
