/** One client: who it is, its default terms, its access profiles. */
import { Grid, Skeleton, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { asApiError } from "../../api/errors";
import { EmptyState } from "../../ui/empty-state";
import { ErrorAlert } from "../../ui/error-alert";
import { AnchorLink } from "../../ui/links";
import { LoadingCards } from "../../ui/loading";
import { useDocumentTitle } from "../../ui/page-title";
import { ClientHeader } from "./client-header";
import { ProfileList } from "./profiles/profile-list";
import { clientQuery } from "./queries";
import { DefaultTermsCard } from "./terms/default-terms-card";
import { SharedLimitCard } from "./terms/shared-limit-card";

interface ClientPageProps {
  clientId: number;
  onDeleted: () => void;
}

export function ClientPage({ clientId, onDeleted }: ClientPageProps) {
  const client = useQuery(clientQuery(clientId));
  useDocumentTitle(client.data?.name ?? "Client");

  if (client.isPending) {
    return (
      <Stack gap="lg">
        <Skeleton height={64} width="60%" />
        <LoadingCards rows={3} />
      </Stack>
    );
  }
  if (client.error) {
    if (asApiError(client.error).status === 404) {
      return (
        <EmptyState
          isPage
          title="There is no such client"
          action={<AnchorLink to="/clients">To all clients</AnchorLink>}
        >
          It may have been deleted.
        </EmptyState>
      );
    }
    return (
      <ErrorAlert
        title="The client could not be loaded"
        error={client.error}
        onRetry={() => client.refetch()}
      />
    );
  }
  return (
    <Stack gap="xl">
      <ClientHeader client={client.data} onDeleted={onDeleted} />
      <Grid gap="xl">
        <Grid.Col span={{ base: 12, lg: 9 }}>
          <ProfileList client={client.data} />
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 3 }}>
          <Stack gap="xl">
            <DefaultTermsCard client={client.data} />
            <SharedLimitCard client={client.data} />
          </Stack>
        </Grid.Col>
      </Grid>
    </Stack>
  );
}
