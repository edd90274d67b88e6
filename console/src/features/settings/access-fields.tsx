/** Role and projects: how far a member or a management token reaches. */
import { MultiSelect, NativeSelect, SegmentedControl, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { includes, ROLES, type Role, useMe } from "../../api/me";
import { projectsQuery } from "./projects/queries";
import { ROLE_WORDS, roleName } from "./roles";

export interface Access {
  role: Role;
  /** Null: all projects. */
  projectIds: number[] | null;
}

interface AccessFieldsProps {
  value: Access;
  onChange: (changed: Partial<Access>) => void;
  /** No role above this one can be given. */
  upTo: Role;
  roleProblem?: string | undefined;
  projectsProblem?: string | undefined;
}

export function AccessFields(props: AccessFieldsProps) {
  const { value, onChange, upTo, roleProblem, projectsProblem } = props;
  const me = useMe();
  const projects = useQuery(projectsQuery);
  const isConfined = value.projectIds !== null;
  return (
    <Stack gap="md">
      <NativeSelect
        label="Role"
        description={ROLE_WORDS[value.role]}
        inputWrapperOrder={["label", "input", "description", "error"]}
        required
        data={ROLES.filter((role) => includes(upTo, role)).map((role) => ({
          value: role,
          label: roleName(role),
        }))}
        value={value.role}
        onChange={({ currentTarget }) => {
          const role = ROLES.find((known) => known === currentTarget.value);
          if (role) onChange(role === "owner" ? { role, projectIds: null } : { role });
        }}
        error={roleProblem}
      />
      {value.role !== "owner" && (
        <div>
          <Text size="sm" fw={500} mb={4}>
            Projects
          </Text>
          {me?.project_ids == null && (
            <SegmentedControl
              aria-label="Projects"
              size="sm"
              data={[
                { value: "all", label: "All projects" },
                { value: "some", label: "Only some" },
              ]}
              value={isConfined ? "some" : "all"}
              onChange={(next) => onChange({ projectIds: next === "all" ? null : [] })}
            />
          )}
          {isConfined && (
            <MultiSelect
              mt="sm"
              aria-label="Which projects"
              description="Sees only their clients, API collections, use and audit log; all else is not there."
              placeholder={value.projectIds?.length === 0 ? "Choose" : undefined}
              searchable
              data={(projects.data ?? []).map(({ id, name }) => ({
                value: String(id),
                label: name,
              }))}
              value={(value.projectIds ?? []).map(String)}
              onChange={(ids) => onChange({ projectIds: ids.map(Number) })}
              error={projectsProblem}
            />
          )}
          {!isConfined && projectsProblem && (
            <Text size="xs" c="var(--mantine-color-error)" mt={4}>
              {projectsProblem}
            </Text>
          )}
        </div>
      )}
    </Stack>
  );
}

/** What is wrong before the server is asked. */
export function accessProblem({ projectIds }: Access): string | null {
  return projectIds?.length === 0 ? "Choose at least one project" : null;
}
