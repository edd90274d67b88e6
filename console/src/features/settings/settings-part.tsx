/** The frame of one part of the settings: title, parts, what it is for and its main action. */
import { Group, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { type Role, useMay } from "../../api/me";
import { EmptyState } from "../../ui/empty-state";
import { PageTitle } from "../../ui/page-title";
import { SettingsNav } from "./settings-nav";

interface SettingsPartProps {
  /** "Members". */
  title: string;
  lead: ReactNode;
  action?: ReactNode;
  /** The least role that may look at it. */
  needs: Role;
  children: ReactNode;
}

export function SettingsPart({ title, lead, action, needs, children }: SettingsPartProps) {
  const may = useMay(needs);
  return (
    <Stack gap="lg">
      <PageTitle title="Settings" />
      <SettingsNav />
      {may ? (
        <>
          <Group justify="space-between" align="flex-start" gap="md">
            <Text c="dimmed" maw={640} flex="1 1 16rem" component="div">
              {lead}
            </Text>
            {action}
          </Group>
          {children}
        </>
      ) : (
        <EmptyState title={`${title}: only for ${needs}s`}>
          Your role may not see this. Ask an {needs} of the workspace.
        </EmptyState>
      )}
    </Stack>
  );
}
