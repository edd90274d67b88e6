/** Makes an access profile or changes one. */
import { Button, Group, Modal, Stack } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Client, Profile } from "../../../api/types";
import { ErrorAlert } from "../../../ui/error-alert";
import { toastDone } from "../../../ui/toast";
import { changeProfile, createProfile } from "../changes";
import { ProfileFields } from "./profile-fields";
import { emptyProfile, newProfileOf, profileChangeOf, valuesOf } from "./profile-values";
import { useProfileForm } from "./use-profile-form";

interface ProfileDialogProps {
  client: Client;
  /** The profile to change; null makes a new one. */
  profile: Profile | null;
  isOpen: boolean;
  onClose: () => void;
  /** Hands over the credential of a new profile, which no later answer holds. */
  onCreated: (name: string, credential: string) => void;
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
  return { collections: client.api_collections.map(({ name }) => name) };
}

function ProfileForm({ client, profile, onClose, onCreated }: ProfileDialogProps) {
  const queryClient = useQueryClient();
  const { form, notePending, showProblems } = useProfileForm(
    profile ? valuesOf(profile) : emptyProfile(),
  );
  const [general, setGeneral] = useState<string | null>(null);

  const save = useMutation({
    mutationFn: async (values: typeof form.values) => {
      if (profile) {
        await changeProfile(client.id, profile.id, profileChangeOf(values));
        return null;
      }
      return createProfile(client.id, newProfileOf(values));
    },
    onMutate: () => setGeneral(null),
    onSuccess: (created) => {
      void queryClient.invalidateQueries({ queryKey: ["clients"] });
      onClose();
      if (created) onCreated(created.name, created.auth_token);
      else toastDone("The profile was changed; the gateway already uses it.");
    },
    onError: (error) => setGeneral(showProblems(error)),
  });

  return (
    <form noValidate onSubmit={form.onSubmit((values) => save.mutate(values))}>
      <Stack gap="md">
        <ProfileFields
          form={form}
          clientTerms={clientTermsOf(client)}
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
