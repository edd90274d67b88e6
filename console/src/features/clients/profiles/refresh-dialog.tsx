/** Gives a profile a new credential: the old one ends at once, or both work for a while. */
import { Button, Group, Modal, NumberInput, Radio, Select, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { problemAt } from "../../../api/errors";
import type { Profile } from "../../../api/types";
import { ErrorAlert } from "../../../ui/error-alert";
import { formatTime, plural } from "../../../ui/format";
import { refreshProfile } from "../changes";
import { methodOf } from "./auth/auth-values";
import { credentialNoun, type Issued, issuedOf } from "./issued";

const OVERLAPS = [
  { value: "3600", label: "1 hour" },
  { value: "86400", label: "1 day" },
  { value: "604800", label: "7 days" },
  { value: "2592000", label: "30 days" },
  { value: "custom", label: "Another time" },
];

const MAX_OVERLAP_MINUTES = 43_200;

interface RefreshDialogProps {
  clientId: number;
  /** Null: closed. */
  profile: Profile | null;
  onClose: () => void;
  onIssued: (issued: Issued) => void;
}

/** Says how much an act on a credential would hit, as far as it is known. */
export function traffic(profile: Profile): string {
  if (profile.calls_total === 0) return "It has not been used since Portcullis started.";
  const last = profile.last_used_at ? ` Last used ${formatTime(profile.last_used_at)}.` : "";
  return `It has made ${plural(profile.calls_total, "call")} since Portcullis started.${last}`;
}

/** "API key", "client secret", "key id". */
function nounInSentence(profile: Profile): string {
  const noun = credentialNoun(methodOf(profile.auth_type));
  return noun.startsWith("API") ? noun : noun.toLowerCase();
}

export function RefreshDialog(props: RefreshDialogProps) {
  const { profile, onClose } = props;
  const title = profile ? `Refresh the ${nounInSentence(profile)}` : "";
  return (
    <Modal opened={profile !== null} onClose={onClose} title={title} size="md">
      {profile && <RefreshForm {...props} profile={profile} />}
    </Modal>
  );
}

function WhatBreaks({ profile, isNow }: { profile: Profile; isNow: boolean }) {
  return (
    <>
      <Text>
        <b className="break-anywhere">{profile.name}</b> gets a new {nounInSentence(profile)}.{" "}
        {isNow ? (
          <>
            <b>The old one ends at once:</b> every program that still uses it is refused with 401.
          </>
        ) : (
          <>
            <b>Both work until then;</b> afterwards programs that still use the old one are refused
            with 401. The profile shows whether it is still in use.
          </>
        )}
      </Text>
      {profile.previous_credential && (
        <Text size="sm">
          One before it works until {formatTime(profile.previous_credential.expires_at)}: it ends
          now, since at most two work at once.
        </Text>
      )}
      <Text size="sm" c="dimmed">
        {traffic(profile)} Refreshing neither enables nor disables the profile.
      </Text>
    </>
  );
}

function RefreshForm(props: RefreshDialogProps & { profile: Profile }) {
  const { clientId, profile, onClose, onIssued } = props;
  const queryClient = useQueryClient();
  const [when, setWhen] = useState<"now" | "overlap">("now");
  const [overlap, setOverlap] = useState("86400");
  const [minutes, setMinutes] = useState<number | string>(60);
  const isCustom = when === "overlap" && overlap === "custom";
  const isGood = !isCustom || (Number(minutes) >= 1 && Number(minutes) <= MAX_OVERLAP_MINUTES);
  const seconds = when === "now" ? 0 : isCustom ? Number(minutes) * 60 : Number(overlap);

  const refresh = useMutation({
    mutationFn: () => refreshProfile(clientId, profile.id, seconds),
    onSuccess: (fresh) => {
      onIssued(issuedOf(fresh));
      void queryClient.invalidateQueries({ queryKey: ["clients"] });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isGood && !refresh.isPending) refresh.mutate();
  };
  const customProblem = isGood ? null : "1 to 43,200 minutes (30 days)";

  return (
    <form noValidate onSubmit={submit}>
      <Stack gap="md">
        <Radio.Group
          label="When the old one ends"
          value={when}
          onChange={(value) => setWhen(value === "overlap" ? "overlap" : "now")}
        >
          <Stack gap="xs" mt="xs">
            <Radio value="now" label="Now" />
            <Radio value="overlap" label="With overlap" />
          </Stack>
        </Radio.Group>
        {when === "overlap" && (
          <Group align="flex-start" gap="sm">
            <Select
              label="Both work for"
              data={OVERLAPS}
              value={overlap}
              allowDeselect={false}
              onChange={(value) => value && setOverlap(value)}
              w={170}
            />
            {isCustom && (
              <NumberInput
                label="Minutes"
                min={1}
                max={MAX_OVERLAP_MINUTES}
                clampBehavior="none"
                allowDecimal={false}
                thousandSeparator=","
                value={minutes}
                onChange={setMinutes}
                error={customProblem}
                w={170}
              />
            )}
          </Group>
        )}
        <WhatBreaks profile={profile} isNow={when === "now"} />
        <ErrorAlert error={refresh.error ? problemAt("overlap_seconds", refresh.error) : null} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            type="submit"
            color={when === "now" ? "red.9" : undefined}
            disabled={!isGood}
            loading={refresh.isPending}
          >
            Refresh
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
