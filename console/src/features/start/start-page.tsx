/** First steps: leads an empty workspace to its first successful call. */
import { Alert, Badge, Box, Card, Group, Stack, Text, ThemeIcon, Title } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { CodeLine } from "../../ui/code-line";
import { ErrorAlert } from "../../ui/error-alert";
import { RoleNote } from "../../ui/for-role";
import { ButtonLink } from "../../ui/links";
import { LoadingCards } from "../../ui/loading";
import { PageTitle } from "../../ui/page-title";
import { progressQuery } from "./queries";
import { doneSteps, nextStep, type Progress, STEPS, type Step } from "./steps";

interface StepWords {
  title: string;
  text: string;
  action: (progress: Progress, variant: "filled" | "default") => ReactNode;
}

/** A call that the first profile may make, with its key left out. */
function firstCall({ endpoints, profiles }: Progress): string {
  const endpoint = endpoints.find(({ active }) => active) ?? endpoints[0];
  const isToken = (profiles[0]?.auth_type ?? "token") === "token";
  const header = isToken ? "api-token: $API_KEY" : "Authorization: Bearer $TOKEN";
  const method = endpoint && !["GET", "ANY"].includes(endpoint.method) ? endpoint.method : null;
  const url = endpoint?.url.replace(/\{[^}]*\.\.\.\}/g, "") ?? "";
  return `curl -i ${method ? `-X ${method} ` : ""}-H "${header}" '${url}'`;
}

const WORDS: Record<Step, StepWords> = {
  collection: {
    title: "Publish an API",
    text: "An API collection puts endpoints in front of one of your services: from an OpenAPI document, or by hand.",
    action: (_progress, variant) => (
      <ButtonLink to="/collections/new" variant={variant}>
        Add API collection
      </ButtonLink>
    ),
  },
  endpoint: {
    title: "Switch an endpoint on",
    text: "A new endpoint starts inactive: nobody can call it until you say so.",
    action: ({ collection }, variant) =>
      collection && (
        <ButtonLink
          to="/collections/$collectionId"
          params={{ collectionId: String(collection.id) }}
          variant={variant}
        >
          Open {collection.name}
        </ButtonLink>
      ),
  },
  client: {
    title: "Add a client with an access profile",
    text: "A client is a group of users of your APIs; its profile holds the API key of one program.",
    action: ({ client }, variant) =>
      client ? (
        <ButtonLink
          to="/clients/$clientId"
          params={{ clientId: String(client.id) }}
          variant={variant}
        >
          Open {client.name}
        </ButtonLink>
      ) : (
        <ButtonLink to="/clients/new" variant={variant}>
          Add new client
        </ButtonLink>
      ),
  },
  enable: {
    title: "Enable the profile",
    text: "A new profile starts disabled, so that you can hand the key over first.",
    action: ({ client }, variant) =>
      client && (
        <ButtonLink
          to="/clients/$clientId"
          params={{ clientId: String(client.id) }}
          variant={variant}
        >
          Open {client.name}
        </ButtonLink>
      ),
  },
  call: {
    title: "Make the first call",
    text: "With the API key that was shown once. If it is lost, refresh it on the client's page.",
    action: (progress) => <CodeLine label="First call" code={firstCall(progress)} />,
  },
};

interface StepCardProps {
  step: Step;
  number: number;
  state: "done" | "open" | "ahead";
  progress: Progress;
}

function StepCard({ step, number, state, progress }: StepCardProps) {
  const { title, text, action } = WORDS[step];
  const isOpen = state === "open";
  return (
    <Card
      component="li"
      withBorder
      padding="lg"
      bg="var(--surface)"
      data-testid={`step-${step}`}
      data-state={state}
      aria-current={isOpen ? "step" : undefined}
      style={isOpen ? { borderColor: "var(--mantine-color-anchor)" } : undefined}
    >
      <Group align="flex-start" gap="md" wrap="nowrap">
        <ThemeIcon
          radius="xl"
          size="md"
          variant={state === "done" ? "filled" : "default"}
          color="green.9"
        >
          {state === "done" ? <IconCheck size={16} role="img" aria-label="Done" /> : number}
        </ThemeIcon>
        <Box flex={1} miw={0}>
          <Group gap="xs">
            <Title order={2} size="h4">
              {title}
            </Title>
            {isOpen && (
              <Badge variant="default" tt="none">
                Now
              </Badge>
            )}
          </Group>
          {state !== "done" && (
            <Text c="dimmed" mb={isOpen ? "md" : 0}>
              {text}
            </Text>
          )}
          {isOpen && action(progress, "filled")}
        </Box>
      </Group>
    </Card>
  );
}

function Steps({ progress }: { progress: Progress }) {
  const done = doneSteps(progress);
  const next = nextStep(done);
  return (
    <Stack gap="md" maw={760}>
      {next === null && (
        <Alert
          color="green"
          icon={<IconCheck aria-hidden />}
          title="The first call arrived"
          role="status"
        >
          <Text size="sm" mb="sm">
            Your gateway admits callers. Next: limit them with a policy, or invite your team under
            Settings, Members.
          </Text>
          <Group gap="sm">
            <ButtonLink to="/policies" variant="default" size="sm">
              Policies
            </ButtonLink>
            <ButtonLink to="/clients" variant="default" size="sm">
              Clients
            </ButtonLink>
          </Group>
        </Alert>
      )}
      <Stack component="ol" gap="md" m={0} p={0} style={{ listStyle: "none" }} aria-label="Steps">
        {STEPS.map((step, index) => (
          <StepCard
            key={step}
            step={step}
            number={index + 1}
            state={done.has(step) || next === null ? "done" : step === next ? "open" : "ahead"}
            progress={progress}
          />
        ))}
      </Stack>
    </Stack>
  );
}

export function StartPage() {
  const progress = useQuery(progressQuery);
  return (
    <Stack gap="lg">
      <PageTitle
        title="First steps"
        subtitle="From an empty workspace to the first successful call."
      />
      <RoleNote needs="admin" what="the steps" />
      {progress.isPending && <LoadingCards rows={4} height={90} />}
      {progress.error && (
        <ErrorAlert
          title="The steps could not be loaded"
          error={progress.error}
          onRetry={() => progress.refetch()}
        />
      )}
      {progress.data && <Steps progress={progress.data} />}
    </Stack>
  );
}
