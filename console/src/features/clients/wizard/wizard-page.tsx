/** New client: 1 details, 2 first access profile, 3 the credential. Nothing is saved before the end of step 2. */
import { Button, Card, Checkbox, Group, Stack, Text, Title } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { ErrorAlert } from "../../../ui/error-alert";
import { PageTitle } from "../../../ui/page-title";
import { StepList } from "../../../ui/step-list";
import { toastDone } from "../../../ui/toast";
import { useProblemFocus } from "../../../ui/use-problem-focus";
import { DETAILS_CHECKS, DetailsFields, type DetailsValues } from "../details-fields";
import { type Issued, isSecret } from "../profiles/issued";
import { ProfileFields } from "../profiles/profile-fields";
import { emptyProfile } from "../profiles/profile-values";
import { useProfileForm } from "../profiles/use-profile-form";
import { DoneStep, type Made } from "./done-step";
import { LeaveGuard } from "./leave-guard";
import { useCreateClient } from "./use-create-client";
import { wizardProblems } from "./wizard-problems";

const STEPS = ["Details", "First access profile", "Credential"] as const;

type Step = 0 | 1 | 2;

export function WizardPage() {
  const navigate = useNavigate();
  const [step, setStep] = useState<Step>(0);
  const [hasProfile, setHasProfile] = useState(true);
  const [general, setGeneral] = useState<string | null>(null);
  const [made, setMade] = useState<Made | null>(null);
  // Lives only here, in memory, until "I have stored it" or until the page is left.
  const [issued, setIssued] = useState<Issued | null>(null);

  const details = useForm<DetailsValues>({
    initialValues: { name: "", description: "", logo: null },
    validate: DETAILS_CHECKS,
  });
  const profile = useProfileForm(emptyProfile());
  const profileFormRef = useProblemFocus(profile.form.errors);

  const create = useCreateClient({
    onSuccess: (outcome) => {
      setMade(outcome.made);
      setIssued(outcome.issued);
      setStep(2);
    },
    onError: (error) => {
      const problems = wizardProblems(error);
      details.setErrors(problems.details);
      profile.form.setErrors(problems.profile);
      setGeneral(problems.general);
      if (Object.keys(problems.details).length > 0) setStep(0);
    },
  });

  const submitProfile = () => {
    setGeneral(null);
    if (hasProfile && profile.form.validate().hasErrors) return;
    create.mutate({ details: details.values, profile: hasProfile ? profile.form.values : null });
  };

  const isTyping = made === null && (details.isDirty() || profile.form.isDirty() || step > 0);
  const isUnstored = issued !== null && isSecret(issued.method);

  return (
    <Stack gap="lg" maw={720} mx="auto">
      <PageTitle title="New client" />
      <StepList steps={STEPS} current={step} />
      <LeaveGuard isActive={isTyping || isUnstored} isCredentialOpen={isUnstored} />
      {step === 0 && (
        <Card withBorder padding="lg" bg="var(--surface)">
          <form noValidate onSubmit={details.onSubmit(() => setStep(1))}>
            <Stack gap="md">
              <ErrorAlert error={general} />
              <DetailsFields form={details} />
              <Text size="xs" c="dimmed">
                Required fields are marked with *. Nothing is saved before the next step&apos;s end.
              </Text>
              <Group justify="space-between">
                <Button variant="default" onClick={() => navigate({ to: "/clients" })}>
                  Cancel
                </Button>
                <Button type="submit">Next</Button>
              </Group>
            </Stack>
          </form>
        </Card>
      )}
      {step === 1 && (
        <Card withBorder padding="lg" bg="var(--surface)">
          <form
            ref={profileFormRef}
            noValidate
            onSubmit={(event) => {
              event.preventDefault();
              submitProfile();
            }}
          >
            <Stack gap="md">
              <Title order={2} size="h4" className="break-anywhere">
                First access profile of {details.values.name.trim()}
              </Title>
              <Checkbox
                label="No profile yet"
                description="The client is made alone; profiles can be added on its page"
                checked={!hasProfile}
                onChange={(event) => setHasProfile(!event.currentTarget.checked)}
              />
              {hasProfile && (
                <ProfileFields
                  form={profile.form}
                  clientTerms={null}
                  storedMethod={null}
                  onPendingProblem={profile.notePending}
                />
              )}
              <ErrorAlert error={general} />
              <Group justify="space-between">
                <Button variant="default" onClick={() => setStep(0)}>
                  Back
                </Button>
                <Button type="submit" loading={create.isPending}>
                  Create client
                </Button>
              </Group>
            </Stack>
          </form>
        </Card>
      )}
      {step === 2 && made && (
        <DoneStep
          made={made}
          issued={issued}
          onStored={() => {
            setIssued(null);
            toastDone("The credential is no longer shown.");
          }}
        />
      )}
    </Stack>
  );
}
