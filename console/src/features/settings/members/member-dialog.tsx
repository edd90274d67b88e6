/** Invites a member, or changes who they are and what they may do. */
import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { formProblems } from "../../../api/errors";
import type { Role } from "../../../api/me";
import type { InvitedMember, Member } from "../../../api/types";
import { ErrorAlert } from "../../../ui/error-alert";
import { toastDone } from "../../../ui/toast";
import { AccessFields, accessProblem } from "../access-fields";
import { changeMember, createMember } from "./queries";

interface MemberDialogProps {
  /** Null: a new one. */
  member: Member | null;
  isOpen: boolean;
  onClose: () => void;
  onInvited: (member: InvitedMember) => void;
}

interface Values {
  email: string;
  name: string;
  role: Role;
  projectIds: number[] | null;
}

const PLACES = {
  email: "email",
  name: "name",
  role: "role",
  project_ids: "projectIds",
} as const;

function MemberForm({ member, onClose, onInvited }: Omit<MemberDialogProps, "isOpen">) {
  const queryClient = useQueryClient();
  const form = useForm<Values>({
    initialValues: {
      email: member?.email ?? "",
      name: member?.name ?? "",
      role: member?.role ?? "viewer",
      projectIds: member?.project_ids ?? null,
    },
    validate: {
      email: (value) => (/^\S+@\S+$/.test(value.trim()) ? null : "Enter an e-mail address"),
      projectIds: (_ids, values) => accessProblem(values),
    },
  });
  const save = useMutation({
    mutationFn: ({ email, name, role, projectIds }: Values): Promise<void> => {
      const body = {
        email: email.trim(),
        name: name.trim() || null,
        role,
        project_ids: projectIds,
      };
      return member
        ? changeMember(member.id, body).then(({ email }) => toastDone(`${email} was changed.`))
        : createMember(body).then(onInvited);
    },
    onSuccess: async () => {
      onClose();
      await Promise.all([
        queryClient.invalidateQueries({ queryKey: ["members"] }),
        queryClient.invalidateQueries({ queryKey: ["me"] }),
      ]);
    },
    onError: (error) => form.setErrors(formProblems(error, PLACES).fields),
  });
  const textOf = (field: keyof Values) => {
    const problem = form.errors[field];
    return typeof problem === "string" ? problem : undefined;
  };
  return (
    <form noValidate onSubmit={form.onSubmit((values) => save.mutate(values))}>
      <Stack gap="md">
        <TextInput
          label="E-mail"
          description="They sign in with it"
          type="email"
          autoComplete="off"
          required
          data-autofocus
          {...form.getInputProps("email")}
        />
        <TextInput label="Name" autoComplete="off" {...form.getInputProps("name")} />
        <AccessFields
          value={form.values}
          upTo="owner"
          onChange={(changed) => {
            form.setValues(changed);
            for (const field of Object.keys(changed)) form.clearFieldError(field);
          }}
          roleProblem={textOf("role")}
          projectsProblem={textOf("projectIds")}
        />
        {!member && (
          <Text size="sm" c="dimmed">
            You get a link to send to them; with it they choose their own password.
          </Text>
        )}
        <ErrorAlert error={save.error && formProblems(save.error, PLACES).general} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={save.isPending}>
            {member ? "Save" : "Invite"}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

export function MemberDialog({ isOpen, ...rest }: MemberDialogProps) {
  return (
    <Modal
      opened={isOpen}
      onClose={rest.onClose}
      title={rest.member ? `Edit ${rest.member.email}` : "Invite a member"}
      size="md"
    >
      <MemberForm {...rest} />
    </Modal>
  );
}
