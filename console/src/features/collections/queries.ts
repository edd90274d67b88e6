/** What the collections' screens read. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, fetchAll, send, sendList } from "../../api/client";
import type { Client, Profile } from "../../api/types";
import { type ListSearch, toQuery } from "../../ui/list-search";

export function collectionListQuery(search: ListSearch) {
  return queryOptions({
    queryKey: ["collections", "list", search],
    queryFn: () =>
      sendList(api.GET("/api/api_collections", { params: { query: toQuery(search) } })),
    placeholderData: keepPreviousData,
  });
}

export function collectionQuery(id: number) {
  return queryOptions({
    queryKey: ["collections", "one", id],
    queryFn: () => send(api.GET("/api/api_collections/{id}", { params: { path: { id } } })),
  });
}

export function endpointListQuery(collectionId: number, search: ListSearch) {
  const query = { ...toQuery(search), api_collection_id: collectionId };
  return queryOptions({
    queryKey: ["endpoints", collectionId, "list", search],
    queryFn: () => sendList(api.GET("/api/api_endpoints", { params: { query } })),
    placeholderData: keepPreviousData,
  });
}

/** All endpoints of a collection that are switched off. */
export function loadInactiveEndpoints(collectionId: number) {
  return fetchAll((page) =>
    sendList(
      api.GET("/api/api_endpoints", {
        params: { query: { ...page, api_collection_id: collectionId, active: false } },
      }),
    ),
  );
}

export function holderListQuery(collectionId: number, search: ListSearch) {
  const query = { ...toQuery(search), api_collection_id: collectionId };
  return queryOptions({
    queryKey: ["clients", "of-collection", collectionId, search],
    queryFn: () => send(api.GET("/api/v2/api_clients", { params: { query } })),
    placeholderData: keepPreviousData,
  });
}

/** The profiles of a client that may call a collection. */
export function holderProfilesQuery(clientId: number, collectionId: number) {
  return queryOptions({
    queryKey: ["clients", "one", clientId, "profiles", "of-collection", collectionId],
    queryFn: () => loadHolderProfiles(clientId, collectionId),
  });
}

function loadHolderProfiles(clientId: number, collectionId: number) {
  return send(
    api.GET("/api/v2/api_clients/{id}/api_keys", {
      params: {
        path: { id: clientId },
        query: { api_collection_id: collectionId, per_page: 100, sort: "name" },
      },
    }),
  ).then((answer) => answer.data);
}

export interface Holder {
  client: Client;
  profiles: Profile[];
}

/** The profiles of so many clients are looked at one by one before a deletion; all are counted. */
const MOST_HOLDERS = 100;
const AT_ONCE = 6;

/** How many clients and profiles have a collection, and the first clients with their profiles. */
export function holdersQuery(collectionId: number) {
  return queryOptions({
    queryKey: ["clients", "holders", collectionId],
    queryFn: async () => {
      const one = { api_collection_id: collectionId, per_page: 1 };
      const [clients, profiles] = await Promise.all([
        send(
          api.GET("/api/v2/api_clients", {
            params: { query: { ...one, per_page: MOST_HOLDERS, sort: "name" } },
          }),
        ),
        sendList(api.GET("/api/api_access_profiles", { params: { query: one } })),
      ]);
      const holders: Holder[] = [];
      for (let first = 0; first < clients.data.length; first += AT_ONCE) {
        const some = clients.data.slice(first, first + AT_ONCE).map(async (client) => ({
          client,
          profiles: await loadHolderProfiles(client.id, collectionId),
        }));
        holders.push(...(await Promise.all(some)));
      }
      return { holders, clients: clients.count, profiles: profiles.count };
    },
    staleTime: 0,
  });
}

export const projectsQuery = queryOptions({
  queryKey: ["projects", "all"],
  queryFn: () => fetchAll((query) => sendList(api.GET("/api/projects", { params: { query } }))),
});
