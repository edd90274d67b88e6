/** One member in the list. */
import { ActionIcon, Badge, Group, Menu, Table, Text } from "@mantine/core";
import { IconDots, IconPassword, IconPencil, IconTrash } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useMe } from "../../../api/me";
import type { Member } from "../../../api/types";
import { EnabledSwitch } from "../../../ui/enabled-switch";
import { capitalise, formatTime } from "../../../ui/format";
import { toastProblem } from "../../../ui/toast";
import { ProjectsInWords } from "../access-words";
import { roleName } from "../roles";
import { changeMember } from "./queries";

export type MemberAct = "edit" | "reset" | "delete";

interface MemberRowProps {
  member: Member;
  onAct: (act: MemberAct) => void;
}

function lastSignIn({ last_sign_in_at: at, has_password }: Member): string {
  if (at) return formatTime(at);
  return has_password ? "never" : "never, no password yet";
}

export function MemberRow({ member, onAct }: MemberRowProps) {
  const queryClient = useQueryClient();
  const me = useMe();
  const isMe = me?.kind === "member" && me.id === member.id;
  const toggle = useMutation({
    mutationFn: (enabled: boolean) => changeMember(member.id, { enabled }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["members"] }),
    onError: (error) => toastProblem(`${member.email} was not changed`, error),
  });
  return (
    <Table.Tr>
      <Table.Td>
        <Group gap="xs">
          <Text fw={600} className="break-anywhere">
            {member.name || member.email}
          </Text>
          {isMe && (
            <Badge variant="default" tt="none">
              You
            </Badge>
          )}
          {member.has_totp && (
            <Badge variant="light" color="teal" tt="none">
              Two-factor
            </Badge>
          )}
        </Group>
        {member.name && (
          <Text size="sm" c="dimmed" className="break-anywhere">
            {member.email}
          </Text>
        )}
        <Text size="sm" c="dimmed" hiddenFrom="sm">
          {roleName(member.role)}; <ProjectsInWords ids={member.project_ids} />
        </Text>
        <Text size="xs" c="dimmed" hiddenFrom="md">
          Last sign-in: {lastSignIn(member)}
        </Text>
      </Table.Td>
      <Table.Td visibleFrom="sm">
        {roleName(member.role)}
        <Text size="sm" c="dimmed" className="break-anywhere">
          <ProjectsInWords ids={member.project_ids} />
        </Text>
      </Table.Td>
      <Table.Td visibleFrom="md">{capitalise(lastSignIn(member))}</Table.Td>
      <Table.Td>
        <EnabledSwitch
          of={member.email}
          checked={member.enabled}
          isPending={toggle.isPending}
          onToggle={toggle.mutate}
        />
      </Table.Td>
      <Table.Td>
        <Menu position="bottom-end" shadow="md">
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" aria-label={`More about ${member.email}`}>
              <IconDots size={18} aria-hidden />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item
              leftSection={<IconPencil size={16} aria-hidden />}
              onClick={() => onAct("edit")}
            >
              Edit
            </Menu.Item>
            <Menu.Item
              leftSection={<IconPassword size={16} aria-hidden />}
              onClick={() => onAct("reset")}
            >
              Reset password
            </Menu.Item>
            <Menu.Item
              color="var(--mantine-color-error)"
              leftSection={<IconTrash size={16} aria-hidden />}
              onClick={() => onAct("delete")}
            >
              Delete
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </Table.Td>
    </Table.Tr>
  );
}
