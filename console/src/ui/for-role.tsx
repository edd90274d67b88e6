/** What only some roles may do: left out for the others, with one line that says why. */
import { Alert, Text } from "@mantine/core";
import { IconLock } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { type Role, useMay, useMayWorkspace, useMe } from "../api/me";
import { EmptyState } from "./empty-state";
import { AnchorLink } from "./links";

interface ForRoleProps {
  needs: Role;
  /** What it changes belongs to the whole workspace: members confined to projects may not. */
  isOfWorkspace?: boolean;
  children: ReactNode;
  /** What the others see instead. */
  otherwise?: ReactNode;
}

export function ForRole({
  needs,
  isOfWorkspace = false,
  children,
  otherwise = null,
}: ForRoleProps) {
  const may = useMay(needs);
  const mayWorkspace = useMayWorkspace(needs);
  return (isOfWorkspace ? mayWorkspace : may) ? children : otherwise;
}

/** "You may look at the policies, not change them": for the head of a page without its buttons. */
export function RoleNote({
  needs,
  isOfWorkspace = false,
  what,
}: Omit<ForRoleProps, "children" | "otherwise"> & { what: string }) {
  const me = useMe();
  const hint =
    isOfWorkspace && me?.project_ids != null
      ? "they belong to the whole workspace, and you are confined to some projects"
      : `your role is ${me?.role ?? "another"}, changes need ${needs}`;
  return (
    <ForRole
      needs={needs}
      isOfWorkspace={isOfWorkspace}
      otherwise={
        <Alert icon={<IconLock size={18} aria-hidden />} color="gray" p="sm">
          <Text size="sm">
            You may look at {what}, not change them: {hint}.
          </Text>
        </Alert>
      }
    >
      {null}
    </ForRole>
  );
}

/** A page that only some roles may open: the others are told so. */
export function PageForRole({ needs, children }: Pick<ForRoleProps, "needs" | "children">) {
  const me = useMe();
  return (
    <ForRole
      needs={needs}
      otherwise={
        <EmptyState
          isPage
          title={`Only for ${needs}s`}
          action={<AnchorLink to="/clients">To the clients</AnchorLink>}
        >
          Your role is {me?.role}. Ask an {needs} of the workspace.
        </EmptyState>
      }
    >
      {children}
    </ForRole>
  );
}
