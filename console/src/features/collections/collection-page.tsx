/** One collection: its head, and the tabs Endpoints, Clients and Settings. */
import { Skeleton, Stack, Tabs } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { asApiError } from "../../api/errors";
import { EmptyState } from "../../ui/empty-state";
import { ErrorAlert } from "../../ui/error-alert";
import { AnchorLink } from "../../ui/links";
import type { ListSearch } from "../../ui/list-search";
import { LoadingRows } from "../../ui/loading";
import { useDocumentTitle } from "../../ui/page-title";
import { ClientsTab } from "./clients-tab";
import { CollectionHeader } from "./collection-header";
import { EndpointsTab } from "./endpoints/endpoints-tab";
import { collectionQuery } from "./queries";
import type { CollectionSearch } from "./search";
import { COLLECTION_TABS } from "./search";
import { SettingsTab } from "./settings/settings-tab";

interface CollectionPageProps {
  collectionId: number;
  search: CollectionSearch;
  onSearch: (change: Partial<CollectionSearch>) => void;
  onDeleted: () => void;
}

const LABELS = { endpoints: "Endpoints", clients: "Clients", settings: "Settings" } as const;

export function CollectionPage({ collectionId, search, onSearch, onDeleted }: CollectionPageProps) {
  const collection = useQuery(collectionQuery(collectionId));
  const { data } = collection;
  useDocumentTitle(data ? `${data.name} ${data.version}` : "API collection");

  if (collection.isPending) {
    return (
      <Stack gap="lg">
        <Skeleton height={64} width="60%" />
        <LoadingRows rows={4} />
      </Stack>
    );
  }
  if (collection.error) {
    if (asApiError(collection.error).status === 404) {
      return (
        <EmptyState
          isPage
          title="There is no such API collection"
          action={<AnchorLink to="/collections">To all API collections</AnchorLink>}
        >
          It may have been deleted.
        </EmptyState>
      );
    }
    return (
      <ErrorAlert
        title="The API collection could not be loaded"
        error={collection.error}
        onRetry={() => collection.refetch()}
      />
    );
  }
  const listProps = {
    collection: collection.data,
    search,
    onSearch: (change: Partial<ListSearch>) => onSearch(change),
  };
  return (
    <Stack gap="lg">
      <CollectionHeader collection={collection.data} onDeleted={onDeleted} />
      <Tabs
        value={search.tab}
        keepMounted={false}
        onChange={(next) => {
          const tab = COLLECTION_TABS.find((known) => known === next);
          if (tab) onSearch({ tab, page: 1, q: "" });
        }}
      >
        <Tabs.List mb="lg">
          {COLLECTION_TABS.map((tab) => (
            <Tabs.Tab key={tab} value={tab}>
              {LABELS[tab]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="endpoints">
          <EndpointsTab {...listProps} />
        </Tabs.Panel>
        <Tabs.Panel value="clients">
          <ClientsTab {...listProps} />
        </Tabs.Panel>
        <Tabs.Panel value="settings">
          <SettingsTab key={collection.data.id} collection={collection.data} />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}
