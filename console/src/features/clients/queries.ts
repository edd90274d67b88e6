/** What the clients' screens read. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, fetchAll, send, sendList } from "../../api/client";
import { type ListSearch, toQuery } from "../../ui/list-search";

export function clientsQuery(search: ListSearch) {
  return queryOptions({
    queryKey: ["clients", "list", search],
    queryFn: () => send(api.GET("/api/v2/api_clients", { params: { query: toQuery(search) } })),
    placeholderData: keepPreviousData,
  });
}

export function clientQuery(id: number) {
  return queryOptions({
    queryKey: ["clients", "one", id],
    queryFn: () =>
      send(api.GET("/api/v2/api_clients/{id}", { params: { path: { id } } })).then(
        (answer) => answer.data,
      ),
  });
}

const COUNTERS_EVERY_MS = 10_000;

export function profilesQuery(clientId: number) {
  return queryOptions({
    queryKey: ["clients", "one", clientId, "profiles"],
    queryFn: () =>
      send(
        api.GET("/api/v2/api_clients/{id}/api_keys", {
          params: { path: { id: clientId }, query: { per_page: 100, sort: "name" } },
        }),
      ).then((answer) => answer.data),
    refetchInterval: COUNTERS_EVERY_MS,
  });
}

export function profileQuery(clientId: number, profileId: number) {
  return queryOptions({
    queryKey: ["clients", "one", clientId, "profiles", profileId],
    queryFn: () =>
      send(
        api.GET("/api/v2/api_clients/{id}/api_keys/{key}", {
          params: { path: { id: clientId, key: profileId } },
        }),
      ).then((answer) => answer.data),
  });
}

/** Of one profile; read anew while somebody looks. */
export function countersQuery(clientId: number, profileId: number) {
  return queryOptions({
    queryKey: ["clients", "one", clientId, "profiles", profileId, "counters"],
    queryFn: () =>
      send(
        api.GET("/api/v2/api_clients/{id}/api_keys/{key}/counters", {
          params: { path: { id: clientId, key: profileId } },
        }),
      ).then((answer) => answer.data),
    refetchInterval: COUNTERS_EVERY_MS,
  });
}

export const collectionsQuery = queryOptions({
  queryKey: ["collections", "all"],
  queryFn: () =>
    fetchAll((query) => sendList(api.GET("/api/api_collections", { params: { query } }))),
});

export const policiesQuery = queryOptions({
  queryKey: ["policies", "all"],
  queryFn: () => fetchAll((query) => send(api.GET("/api/api_policies", { params: { query } }))),
});

export const bundlesQuery = queryOptions({
  queryKey: ["cert-bundles", "all"],
  queryFn: () => fetchAll((query) => send(api.GET("/api/cert_bundles", { params: { query } }))),
});

export function endpointsQuery(collectionId: number) {
  return queryOptions({
    queryKey: ["endpoints", collectionId],
    queryFn: () =>
      sendList(
        api.GET("/api/api_endpoints", {
          params: { query: { api_collection_id: collectionId, per_page: 100 } },
        }),
      ).then((answer) => answer.data),
  });
}
