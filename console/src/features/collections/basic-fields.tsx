/** What a collection is: name, version, description, path, project. */
import { Group, Input, Select, Stack, Textarea, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMe } from "../../api/me";
import type { BasicValues } from "./collection-values";
import type { FieldsProps } from "./fields";
import { projectsQuery } from "./queries";

interface BasicFieldsProps extends FieldsProps<BasicValues> {
  /** What the path is made of where none is given; undefined: a path must be given. */
  pathHint?: string;
}

function ProjectField({ values, errors, onChange }: FieldsProps<BasicValues>) {
  const projects = useQuery(projectsQuery);
  const isConfined = useMe()?.project_ids != null;
  // With a single project there is nothing to choose.
  if (!projects.data || projects.data.length < 2) {
    return errors.projectId ? <Input.Error>{errors.projectId}</Input.Error> : null;
  }
  return (
    <Select
      label="Project"
      description="Members confined to projects see only the collections of theirs"
      placeholder={isConfined ? "Choose one of yours" : "The default project"}
      data={projects.data.map(({ id, name }) => ({ value: String(id), label: name }))}
      value={values.projectId === "" ? null : values.projectId}
      onChange={(projectId) => onChange({ projectId: projectId ?? "" })}
      allowDeselect={false}
      error={errors.projectId}
    />
  );
}

export function BasicFields(props: BasicFieldsProps) {
  const { values, errors, onChange, pathHint } = props;
  return (
    <Stack gap="md">
      <Group align="flex-start" gap="md">
        <TextInput
          label="Name"
          required
          maxLength={255}
          flex="1 1 14rem"
          value={values.name}
          onChange={(event) => onChange({ name: event.currentTarget.value })}
          error={errors.name}
        />
        <TextInput
          label="Version"
          required
          maxLength={10}
          w={{ base: "100%", xs: 130 }}
          value={values.version}
          onChange={(event) => onChange({ version: event.currentTarget.value })}
          error={errors.version}
        />
      </Group>
      <Textarea
        label="Description"
        autosize
        minRows={2}
        maxRows={8}
        value={values.description}
        onChange={(event) => onChange({ description: event.currentTarget.value })}
        error={errors.description}
      />
      <TextInput
        label="Path"
        description={
          pathHint ??
          "First segment of its URLs: a-z, 0-9 and -. Callers of the old path get 404 from then on"
        }
        required={pathHint === undefined}
        maxLength={80}
        spellCheck={false}
        autoComplete="off"
        value={values.path}
        onChange={(event) => onChange({ path: event.currentTarget.value })}
        error={errors.path}
      />
      <ProjectField {...props} />
    </Stack>
  );
}
