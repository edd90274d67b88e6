/** Makes an access profile or changes one. */
import { Button, Group, Modal, Stack } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Client, Profile } from "../../../api/types";
import { ErrorAlert } from "../../../ui/error-alert";
import { toastDone } from "../../../ui/toast";
import { useProblemFocus } from "../../../ui/use-problem-focus";
import { changeProfile, createProfile } from "../changes";
import { methodOf } from "./auth/auth-values";
import { type Issued, issuedOf } from "./issued";
import { ProfileFields } from "./profile-fields";
import { emptyProfile, newProfileOf, profileChangeOf, valuesOf } from "./profile-values";
import { useProfileForm } from "./use-profile-form";

interface ProfileDialogProps {
  client: Client;
  /** The profile to change; null makes a new one. */
  profile: Profile | null;
  isOpen: boolean;
  onClose: () => void;
  /** Hands over the credential of a new profile, or of one whose method changed: no later answer holds it. */
  onIssued: (issued: Issued) => void;
}

export function ProfileDialog(props: ProfileDialogProps) {
  const { profile, isOpen, onClose } = props;
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      title={profile ? `Edit ${profile.name}` : "Add access profile"}
      closeOnClickOutside={false}
    >
      <ProfileForm {...props} />
    </Modal>
  );
}

/** The client's default terms as the form names them; null when it has none. */
function clientTermsOf(client: Client) {
  if (client.is_legacy) return null;
  return {
    collections: client.api_collections.map(({ name }) => name),
    method: methodOf(client.auth_type),
  };
}

function ProfileForm({ client, profile, onClose, onIssued }: ProfileDialogProps) {
  const queryClient = useQueryClient();
  const { form, notePending, showProblems } = useProfileForm(
    profile ? valuesOf(profile) : emptyProfile(),
  );
  const [general, setGeneral] = useState<string | null>(null);
  const formRef = useProblemFocus(form.errors);

  const save = useMutation({
    mutationFn: (values: typeof form.values) =>
      profile
        ? changeProfile(client.id, profile.id, profileChangeOf(values))
        : createProfile(client.id, newProfileOf(values)),
    onMutate: () => setGeneral(null),
    onSuccess: (stored) => {
      void queryClient.invalidateQueries({ queryKey: ["clients"] });
      onClose();
      const isNew = profile === null || profile.auth_type !== stored.auth_type;
      if (isNew) onIssued(issuedOf(stored));
      else toastDone("The profile was changed; the gateway already uses it.");
    },
    onError: (error) => setGeneral(showProblems(error)),
  });

  return (
    <form ref={formRef} noValidate onSubmit={form.onSubmit((values) => save.mutate(values))}>
      <Stack gap="md">
        <ProfileFields
          form={form}
          clientTerms={clientTermsOf(client)}
          storedMethod={profile ? methodOf(profile.auth_type) : null}
          onPendingProblem={notePending}
        />
        <ErrorAlert error={general} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={save.isPending}>
            {profile ? "Save" : "Create profile"}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
