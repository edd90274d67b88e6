/** The one h1 of a page, the document's title, and the page's main actions. */
import { Box, Group, Text, Title } from "@mantine/core";
import { type ReactNode, useEffect } from "react";

interface PageTitleProps {
  title: string;
  subtitle?: ReactNode;
  actions?: ReactNode;
}

/** Names the document after the page. */
export function useDocumentTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} - Portcullis`;
  }, [title]);
}

export function PageTitle({ title, subtitle, actions }: PageTitleProps) {
  useDocumentTitle(title);
  return (
    <Group justify="space-between" align="flex-start" gap="md">
      <Box miw={0} flex="1 1 16rem">
        <Title order={1} size="h2" className="break-anywhere">
          {title}
        </Title>
        {subtitle && (
          <Text c="dimmed" mt={4}>
            {subtitle}
          </Text>
        )}
      </Box>
      {actions && <Group gap="sm">{actions}</Group>}
    </Group>
  );
}
