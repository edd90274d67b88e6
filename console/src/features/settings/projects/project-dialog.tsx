/** Makes a project, or changes its name and description. */
import { Button, Group, Modal, Stack, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { formProblems } from "../../../api/errors";
import type { Project } from "../../../api/types";
import { ErrorAlert } from "../../../ui/error-alert";
import { toastDone } from "../../../ui/toast";
import { changeProject, createProject } from "./changes";

interface ProjectDialogProps {
  /** Null: a new one. */
  project: Project | null;
  isOpen: boolean;
  onClose: () => void;
}

const PLACES = { name: "name", description: "description" } as const;

function ProjectForm({ project, onClose }: Omit<ProjectDialogProps, "isOpen">) {
  const queryClient = useQueryClient();
  const form = useForm({
    initialValues: { name: project?.name ?? "", description: project?.description ?? "" },
    validate: { name: (value) => (value.trim() === "" ? "Enter a name" : null) },
  });
  const save = useMutation({
    mutationFn: ({ name, description }: typeof form.values) => {
      const body = { name: name.trim(), description: description.trim() || null };
      return project ? changeProject(project.id, body) : createProject(body);
    },
    onSuccess: async ({ name }) => {
      onClose();
      toastDone(project ? `${name} was changed.` : `${name} was made.`);
      await queryClient.invalidateQueries({ queryKey: ["projects"] });
    },
    onError: (error) => form.setErrors(formProblems(error, PLACES).fields),
  });
  return (
    <form noValidate onSubmit={form.onSubmit((values) => save.mutate(values))}>
      <Stack gap="md">
        <TextInput label="Name" required data-autofocus {...form.getInputProps("name")} />
        <Textarea
          label="Description"
          autosize
          minRows={2}
          maxRows={6}
          {...form.getInputProps("description")}
        />
        <ErrorAlert error={save.error && formProblems(save.error, PLACES).general} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={save.isPending}>
            {project ? "Save" : "Add project"}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

export function ProjectDialog({ project, isOpen, onClose }: ProjectDialogProps) {
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      title={project ? `Edit ${project.name}` : "Add project"}
      size="md"
    >
      <ProjectForm project={project} onClose={onClose} />
    </Modal>
  );
}
