/** Which group of the provider gives which role here. */
import { ActionIcon, Button, Group, Input, NativeSelect, Stack, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { ROLES, type Role } from "../../../api/me";
import { roleName } from "../roles";

/** One line of the form; `key` tells lines apart while they are typed. */
export interface GroupRole {
  key: number;
  group: string;
  role: Role;
}

interface GroupRolesProps {
  value: readonly GroupRole[];
  onChange: (value: GroupRole[]) => void;
  error?: string | undefined;
}

export function GroupRoles({ value, onChange, error }: GroupRolesProps) {
  const change = (key: number, changed: Partial<GroupRole>) =>
    onChange(value.map((line) => (line.key === key ? { ...line, ...changed } : line)));
  const next = Math.max(0, ...value.map(({ key }) => key)) + 1;
  return (
    <Input.Wrapper
      label="Groups and roles"
      labelElement="div"
      description="The highest role of all their groups counts; it is looked up at each sign-in"
      error={error}
    >
      <Stack gap="xs" mt={6}>
        {value.map(({ key, group, role }, index) => (
          <Group key={key} gap="xs" wrap="nowrap" align="flex-start">
            <TextInput
              aria-label={`Group ${index + 1}`}
              placeholder="platform-team"
              value={group}
              onChange={({ currentTarget }) => change(key, { group: currentTarget.value })}
              flex={1}
            />
            <NativeSelect
              aria-label={`Role of group ${index + 1}`}
              data={ROLES.map((known) => ({ value: known, label: roleName(known) }))}
              value={role}
              onChange={({ currentTarget }) => {
                const chosen = ROLES.find((known) => known === currentTarget.value);
                if (chosen) change(key, { role: chosen });
              }}
            />
            <ActionIcon
              variant="subtle"
              color="gray"
              size="lg"
              aria-label={`Remove group ${index + 1}`}
              onClick={() => onChange(value.filter((line) => line.key !== key))}
            >
              <IconTrash size={18} aria-hidden />
            </ActionIcon>
          </Group>
        ))}
        <Group>
          <Button
            size="xs"
            variant="default"
            leftSection={<IconPlus size={14} aria-hidden />}
            onClick={() => onChange([...value, { key: next, group: "", role: "viewer" }])}
          >
            Add group
          </Button>
        </Group>
      </Stack>
    </Input.Wrapper>
  );
}
