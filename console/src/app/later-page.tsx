/** What does the work of a screen, or of a part of it, that comes with a later version. */
import { Card, Stack, Text } from "@mantine/core";
import { CodeLine } from "../ui/code-line";
import { PageTitle } from "../ui/page-title";

export interface LaterPageProps {
  title: string;
  /** One line: which operation does it today. */
  today: string;
  /** The operation as a command. */
  command: string;
}

function Today({ today, command }: Omit<LaterPageProps, "title">) {
  return (
    <Card withBorder padding="lg" bg="var(--surface)" maw={760}>
      <Stack gap="md">
        <Text className="break-anywhere">{today}</Text>
        <CodeLine label="Command" code={command} />
      </Stack>
    </Card>
  );
}

export function LaterPage({ title, ...rest }: LaterPageProps) {
  return (
    <Stack gap="lg">
      <PageTitle title={title} />
      <Today {...rest} />
    </Stack>
  );
}
