/**
 * New API collection. From OpenAPI: 1 the document, 2 its endpoints, 3 details. By hand: 1 the choice, 2 details.
 * Nothing is saved before "Create collection"; then the collection and its endpoints are made at once.
 */
import { Button, Card, Group, Stack, Text, Title } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { useMe } from "../../../api/me";
import type { DocumentPreview } from "../../../api/types";
import { ErrorAlert } from "../../../ui/error-alert";
import { plural } from "../../../ui/format";
import { LeaveGuard } from "../../../ui/leave-guard";
import { PageTitle } from "../../../ui/page-title";
import { StepList } from "../../../ui/step-list";
import { toastDone } from "../../../ui/toast";
import { useProblemFocus } from "../../../ui/use-problem-focus";
import { BasicFields } from "../basic-fields";
import { createCollection, previewDocument } from "../changes";
import { checkBasics } from "../collection-checks";
import { BASIC_PLACES, type BasicValues, emptyBasics, newCollectionOf } from "../collection-values";
import { fieldsOf } from "../fields";
import { documentInput, documentProblem, type OpenApiDocument } from "../openapi-document";
import { nestedProblems } from "../problems";
import { UpstreamFields } from "../upstream-fields";
import { EndpointPicker } from "./endpoint-picker";
import { type Source, SourceStep } from "./source-step";

const STEPS = {
  openapi: ["OpenAPI document", "Endpoints", "Details"],
  hand: ["Start", "Details"],
} as const;

/** A document as the server read it. */
interface Read {
  document: OpenApiDocument;
  preview: DocumentPreview;
}

/** What the document says of the collection, over what was empty. */
function withPreview(values: BasicValues, preview: DocumentPreview): BasicValues {
  return {
    ...values,
    name: preview.name ?? "",
    version: preview.version,
    description: preview.description ?? "",
    path: "",
    urls: [preview.upstream_url ?? ""],
  };
}

export function WizardPage() {
  const navigate = useNavigate();
  const me = useMe();
  const queryClient = useQueryClient();
  const [source, setSource] = useState<Source>("openapi");
  const [step, setStep] = useState(0);
  const [document, setDocument] = useState<OpenApiDocument | null>(null);
  const [read, setRead] = useState<Read | null>(null);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [choiceProblem, setChoiceProblem] = useState<string | null>(null);
  const [general, setGeneral] = useState<string | null>(null);
  // Read by the guard when the page is left; state would be one render late.
  const isMade = useRef(false);
  const form = useForm<BasicValues>({
    initialValues: emptyBasics(),
    validate: (values) => ({ ...checkBasics(values) }),
  });
  const formRef = useProblemFocus(form.errors);
  const isFromDocument = source === "openapi";
  const detailsStep = isFromDocument ? 2 : 1;

  const look = useMutation({
    mutationFn: async (given: OpenApiDocument): Promise<Read> => ({
      document: given,
      preview: await previewDocument(documentInput(given)),
    }),
    onSuccess: (found) => {
      setRead(found);
      setChosen(new Set(found.preview.endpoints.map(({ operation }) => operation)));
      form.setValues(withPreview(form.values, found.preview));
      setStep(1);
    },
  });

  // Who is confined to one project means that one, not the default.
  const onlyProject = me?.project_ids?.length === 1 ? me.project_ids[0] : undefined;
  const create = useMutation({
    mutationFn: (values: BasicValues) =>
      createCollection({
        ...(onlyProject !== undefined && { project_id: onlyProject }),
        ...newCollectionOf(values),
        ...(isFromDocument && read && { openapi_spec: documentInput(read.document, [...chosen]) }),
      }),
    onMutate: () => setGeneral(null),
    onSuccess: async (made) => {
      isMade.current = true;
      toastDone(
        isFromDocument
          ? `Collection made with ${plural(made.endpoints_count, "endpoint")}; they are inactive until you switch them on.`
          : "Collection made. Add its first endpoint.",
      );
      for (const key of ["collections", "endpoints"]) {
        void queryClient.invalidateQueries({ queryKey: [key] });
      }
      await navigate({
        to: "/collections/$collectionId",
        params: { collectionId: String(made.id) },
        ignoreBlocker: true,
      });
    },
    onError: (error) => {
      const problems = nestedProblems(error, BASIC_PLACES);
      form.setErrors(problems.fields);
      setGeneral(problems.general);
    },
  });

  const begin = () => {
    if (!isFromDocument) return setStep(1);
    // Going back and forth keeps what was chosen; another document is read anew.
    if (document && document === read?.document) return setStep(1);
    if (document) look.mutate(document);
  };
  const choose = () => {
    const problem = chosen.size === 0 ? "Choose at least one operation" : null;
    setChoiceProblem(problem);
    if (problem === null) setStep(2);
  };
  const isTyping = document !== null || form.isDirty() || step > 0;
  const cancel = (
    <Button variant="default" onClick={() => navigate({ to: "/collections" })}>
      Cancel
    </Button>
  );

  return (
    <Stack gap="lg" maw={760} mx="auto">
      <PageTitle title="New API collection" />
      <StepList steps={STEPS[source]} current={step} />
      <LeaveGuard
        isActive={isTyping && !isMade.current}
        title="Leave without creating the collection?"
      >
        Nothing has been saved yet: what you chose and typed is lost.
      </LeaveGuard>
      {step === 0 && (
        <Card withBorder padding="lg" bg="var(--surface)">
          <Stack gap="md">
            <SourceStep
              source={source}
              onSource={(next) => {
                look.reset();
                setSource(next);
              }}
              document={document}
              onDocument={(next) => {
                look.reset();
                setDocument(next);
              }}
              problem={documentProblem(look.error)}
            />
            <ErrorAlert error={documentProblem(look.error) === null ? look.error : null} />
            <Group justify="space-between">
              {cancel}
              <Button
                disabled={isFromDocument && document === null}
                loading={look.isPending}
                onClick={begin}
              >
                Next
              </Button>
            </Group>
          </Stack>
        </Card>
      )}
      {step === 1 && isFromDocument && read && (
        <Card withBorder padding="lg" bg="var(--surface)">
          <Stack gap="md">
            <div>
              <Title order={2} size="h4">
                Which operations become endpoints?
              </Title>
              <Text size="sm" c="dimmed">
                They start inactive: nobody can call them before you switch them on.
              </Text>
            </div>
            <EndpointPicker
              preview={read.preview}
              chosen={chosen}
              onChange={(next) => {
                setChoiceProblem(null);
                setChosen(next);
              }}
              error={choiceProblem}
            />
            <Group justify="space-between">
              <Button variant="default" onClick={() => setStep(0)}>
                Back
              </Button>
              <Button onClick={choose}>Next</Button>
            </Group>
          </Stack>
        </Card>
      )}
      {step === detailsStep && (
        <Card withBorder padding="lg" bg="var(--surface)" style={{ overflow: "visible" }}>
          <form
            ref={formRef}
            noValidate
            onSubmit={form.onSubmit((values) => create.mutate(values))}
          >
            <Stack gap="md">
              <BasicFields
                {...fieldsOf(form)}
                pathHint="First segment of its URLs. Left empty, it is made of name and version, as quote-to-cash-v1"
              />
              {isFromDocument && read?.preview.upstream_problem && (
                <Text size="sm" c="dimmed" className="break-anywhere">
                  No upstream was taken from the document: {read.preview.upstream_problem}.
                </Text>
              )}
              <UpstreamFields {...fieldsOf(form)} storedAuth={null} />
              <Text size="xs" c="dimmed">
                Required fields are marked with *. Limits, timeouts, health checks, TLS and CORS
                begin with their defaults; change them on the collection&apos;s Settings tab.
              </Text>
              <ErrorAlert error={general} />
              <Group justify="space-between">
                <Button variant="default" onClick={() => setStep(step - 1)}>
                  Back
                </Button>
                <Button type="submit" loading={create.isPending}>
                  Create collection
                </Button>
              </Group>
            </Stack>
          </form>
        </Card>
      )}
    </Stack>
  );
}
