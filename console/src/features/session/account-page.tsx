/** Your account: who you are here, password, second factor, sessions. */
import { Card, Grid, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { useMe } from "../../api/me";
import { formatDay } from "../../ui/format";
import { PageTitle } from "../../ui/page-title";
import { PasswordCard } from "./password-card";
import { SessionsCard } from "./sessions-card";
import { TotpCard } from "./totp-card";

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      <Text className="break-anywhere">{children}</Text>
    </div>
  );
}

function ProfileCard() {
  const me = useMe();
  if (!me) return null;
  return (
    <Card
      component="section"
      aria-labelledby="profile-title"
      withBorder
      padding="lg"
      bg="var(--surface)"
    >
      <Title order={2} size="h4" id="profile-title" mb="md">
        Profile
      </Title>
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="md">
        <Fact label="Name">{me.name}</Fact>
        <Fact label="E-mail">{me.email}</Fact>
        <Fact label="Role">{me.role}</Fact>
        <Fact label="Projects">
          {me.project_ids == null ? "All" : `Only ${me.project_ids.length} of them`}
        </Fact>
        <Fact label="Member since">{formatDay(me.created_at)}</Fact>
      </SimpleGrid>
      <Text size="sm" c="dimmed" mt="md">
        Name, e-mail address and role are changed by an owner, in Settings, Members.
      </Text>
    </Card>
  );
}

export function AccountPage() {
  return (
    <Stack gap="lg">
      <PageTitle title="Your account" />
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 6 }}>
          <Stack gap="lg">
            <ProfileCard />
            <PasswordCard />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 6 }}>
          <Stack gap="lg">
            <TotpCard />
            <SessionsCard />
          </Stack>
        </Grid.Col>
      </Grid>
    </Stack>
  );
}
