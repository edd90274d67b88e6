/** The frame of the pages for people who are not signed in. */
import { Box, Card, Center, Group, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { Mark } from "../../ui/mark";
import { useDocumentTitle } from "../../ui/page-title";

interface OutsidePageProps {
  title: string;
  lead?: ReactNode;
  children: ReactNode;
}

export function OutsidePage({ title, lead, children }: OutsidePageProps) {
  useDocumentTitle(title);
  return (
    <Center component="main" mih="100dvh" p="md">
      <Box w="100%" maw={420}>
        <Group gap="xs" mb="lg" justify="center">
          <Mark size={32} />
          <Text fw={700} size="lg">
            Portcullis
          </Text>
        </Group>
        <Card withBorder padding="xl" bg="var(--surface)">
          <Title order={1} size="h3">
            {title}
          </Title>
          {lead && (
            <Text c="dimmed" mt={4} component="div">
              {lead}
            </Text>
          )}
          <Box mt="lg">{children}</Box>
        </Card>
      </Box>
    </Center>
  );
}
