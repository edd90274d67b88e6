/** What a list shows when there is nothing: why, and what to do next. */
import { Center, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";

interface EmptyStateProps {
  icon?: ReactNode;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
  /** It is all there is on the page, so its title is the page's. */
  isPage?: boolean;
}

export function EmptyState({ icon, title, children, action, isPage = false }: EmptyStateProps) {
  return (
    <Center py={{ base: 40, sm: 64 }} px="md">
      <Stack align="center" gap="xs" maw={460} ta="center">
        {icon}
        <Title order={isPage ? 1 : 2} size="h4">
          {title}
        </Title>
        {children && (
          <Text c="dimmed" component="div">
            {children}
          </Text>
        )}
        {action}
      </Stack>
    </Center>
  );
}
