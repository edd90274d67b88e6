/** An explanation: what would become of the request, then every check in order with what it compared. */
import { Alert, Badge, Group, Stack, Text, ThemeIcon } from "@mantine/core";
import { IconCheck, IconMinus, IconX } from "@tabler/icons-react";
import type { Explanation } from "../../api/types";
import { capitalise } from "../../ui/format";
import classes from "./explanation-view.module.css";

type Check = Explanation["checks"][number];
type Subject = Explanation["profile"];

const LOOKS = {
  passed: { color: "green.9", Icon: IconCheck, word: "Passed" },
  stopped: { color: "red.9", Icon: IconX, word: "Stopped here" },
  not_reached: { color: "gray.6", Icon: IconMinus, word: "Not reached" },
} as const;

function lookOf(outcome: string) {
  return outcome === "stopped" || outcome === "not_reached" ? LOOKS[outcome] : LOOKS.passed;
}

/** "source_address" as "Source address". */
function inWords(name: string): string {
  return capitalise(name.replaceAll("_", " ").replace(/\btls\b/, "TLS"));
}

/** Who and where it is about: "Profile Sync of Acme; Orders; list orders". */
function subjectsOf({ profile, client, collection, endpoint }: Explanation): string {
  const named = (label: string, subject: Subject) =>
    subject ? `${label} ${subject.name ?? subject.id}` : null;
  const parts = [
    named("client", client),
    named("profile", profile),
    named("API collection", collection),
    named("endpoint", endpoint),
  ].filter(Boolean);
  return parts.length === 0 ? "" : `${capitalise(parts.join(", "))}.`;
}

function CheckItem({ check }: { check: Check }) {
  const { color, Icon, word } = lookOf(check.outcome);
  return (
    <li
      className={classes.check}
      data-testid={`check-${check.number}`}
      data-outcome={check.outcome}
      aria-label={`${check.number}. ${inWords(check.check)}: ${word}`}
    >
      <ThemeIcon radius="xl" size="sm" color={color} aria-hidden>
        <Icon size={14} />
      </ThemeIcon>
      <div className={classes.body}>
        <Group gap="xs" justify="space-between" wrap="nowrap">
          <Text size="sm" fw={500} c={check.outcome === "not_reached" ? "dimmed" : undefined}>
            {check.number}. {inWords(check.check)}
          </Text>
          <Text size="xs" c="dimmed">
            {word}
          </Text>
        </Group>
        {check.explanation && (
          <Text size="sm" className="break-anywhere">
            {capitalise(check.explanation)}
            {check.reason && ` (${check.reason})`}
          </Text>
        )}
        {check.values.length > 0 && (
          <dl className={classes.values}>
            {check.values.map(({ name, value }) => (
              <div key={`${name}=${value}`} className={classes.value}>
                <dt>{name.replaceAll("_", " ")}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        )}
        {check.what_to_change && (
          <Text size="sm" mt={4} className="break-anywhere">
            <b>What to change:</b> {check.what_to_change}
          </Text>
        )}
      </div>
    </li>
  );
}

export function ExplanationView({ explanation }: { explanation: Explanation }) {
  const { outcome, status, reason, retry_after_seconds: wait, revision, checks } = explanation;
  const isAdmitted = outcome === "admitted";
  const title = isAdmitted
    ? "It would be admitted"
    : `It would be refused${status == null ? "" : ` with ${status}`}`;
  return (
    <Stack gap="md" data-testid="explanation" data-outcome={outcome}>
      <Alert
        color={isAdmitted ? "green" : "red"}
        title={title}
        icon={isAdmitted ? <IconCheck aria-hidden /> : <IconX aria-hidden />}
        role="status"
      >
        <Group gap="xs">
          {reason && (
            <Badge variant="default" tt="none">
              {reason}
            </Badge>
          )}
          <Text size="sm" className="break-anywhere">
            {subjectsOf(explanation)} {wait != null && `Free again in ${wait} s. `}
            Revision {revision}.
          </Text>
        </Group>
      </Alert>
      <ol className={classes.list} aria-label="Checks in order">
        {checks.map((check) => (
          <CheckItem key={check.number} check={check} />
        ))}
      </ol>
    </Stack>
  );
}
