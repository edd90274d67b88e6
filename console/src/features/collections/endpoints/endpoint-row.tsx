/** One endpoint in its collection's list. */
import { ActionIcon, Box, Button, Group, Table, Text } from "@mantine/core";
import { IconPencil, IconPlayerPlay, IconTrash } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useMay } from "../../../api/me";
import type { Endpoint } from "../../../api/types";
import { EnabledSwitch } from "../../../ui/enabled-switch";
import { ForRole } from "../../../ui/for-role";
import { toastDone, toastProblem } from "../../../ui/toast";
import { enableEndpoint } from "../changes";
import { MethodBadge } from "../method-badge";

export type EndpointAct = "edit" | "delete" | "try";

interface EndpointRowProps {
  endpoint: Endpoint;
  onOpen: (act: EndpointAct) => void;
}

export function EndpointRow({ endpoint, onOpen }: EndpointRowProps) {
  const queryClient = useQueryClient();
  const mayTry = useMay("operator");
  const { id, name, method, path, description, active } = endpoint;
  const toggle = useMutation({
    mutationFn: (enable: boolean) => enableEndpoint(id, enable),
    onSuccess: async (_answer, enable) => {
      toastDone(enable ? `${name} can be called.` : `${name} is inactive: its calls get 404.`);
      await queryClient.invalidateQueries({ queryKey: ["endpoints"] });
      void queryClient.invalidateQueries({ queryKey: ["collections"] });
    },
    onError: (error) => toastProblem(`${name} was not changed`, error),
  });
  return (
    <Table.Tr>
      <Table.Td>
        <Group gap="sm" align="flex-start">
          <MethodBadge method={method} />
          <Box miw={0} flex="1 1 12rem">
            <Text fw={600} className="break-anywhere">
              {name}
            </Text>
            <Text size="sm" ff="monospace" className="break-anywhere">
              /{path}
            </Text>
            {description && (
              <Text size="sm" c="dimmed" lineClamp={2} className="break-anywhere">
                {description}
              </Text>
            )}
            <Group gap={4} mt={4} hiddenFrom="sm">
              <Acts name={name} mayTry={mayTry} onOpen={onOpen} />
            </Group>
          </Box>
        </Group>
      </Table.Td>
      <Table.Td visibleFrom="sm">
        <Group gap={4} wrap="nowrap" justify="flex-end">
          <Acts name={name} mayTry={mayTry} onOpen={onOpen} />
        </Group>
      </Table.Td>
      <Table.Td w={72}>
        <EnabledSwitch
          of={name}
          checked={active}
          isPending={toggle.isPending}
          onToggle={toggle.mutate}
        />
      </Table.Td>
    </Table.Tr>
  );
}

interface ActsProps {
  name: string;
  mayTry: boolean;
  onOpen: (act: EndpointAct) => void;
}

function Acts({ name, mayTry, onOpen }: ActsProps) {
  return (
    <>
      {mayTry && (
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconPlayerPlay size={14} aria-hidden />}
          aria-label={`Try it: ${name}`}
          onClick={() => onOpen("try")}
        >
          Try it
        </Button>
      )}
      <ForRole needs="admin">
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={`Edit ${name}`}
          onClick={() => onOpen("edit")}
        >
          <IconPencil size={18} aria-hidden />
        </ActionIcon>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={`Delete ${name}`}
          onClick={() => onOpen("delete")}
        >
          <IconTrash size={18} aria-hidden />
        </ActionIcon>
      </ForRole>
    </>
  );
}
