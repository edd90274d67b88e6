/** How far the workspace is on its way to the first successful call. */
import { queryOptions } from "@tanstack/react-query";
import { api, send, sendList } from "../../api/client";

const LOOK_EVERY_MS = 3_000;

const FIRST = { page: 1, per_page: 1, sort: "created_at" } as const;

/** Whether there is neither an API collection nor a client. */
export const emptinessQuery = queryOptions({
  queryKey: ["start", "empty"],
  queryFn: async () => {
    const query = FIRST;
    const [collections, clients] = await Promise.all([
      sendList(api.GET("/api/api_collections", { params: { query } })),
      send(api.GET("/api/v2/api_clients", { params: { query } })),
    ]);
    return collections.count === 0 && clients.count === 0;
  },
  staleTime: 0,
});

/** Read anew while somebody looks: the steps are done in other places. */
export const progressQuery = queryOptions({
  queryKey: ["start", "progress"],
  queryFn: async () => {
    const [collections, clients] = await Promise.all([
      sendList(api.GET("/api/api_collections", { params: { query: FIRST } })),
      send(api.GET("/api/v2/api_clients", { params: { query: FIRST } })),
    ]);
    const collection = collections.data[0] ?? null;
    const client = clients.data[0] ?? null;
    const [endpoints, profiles] = await Promise.all([
      collection
        ? sendList(
            api.GET("/api/api_endpoints", {
              params: { query: { api_collection_id: collection.id, per_page: 100 } },
            }),
          ).then(({ data }) => data)
        : [],
      client
        ? send(
            api.GET("/api/v2/api_clients/{id}/api_keys", {
              params: { path: { id: client.id }, query: { per_page: 100 } },
            }),
          ).then(({ data }) => data)
        : [],
    ]);
    return { collection, client, endpoints, profiles };
  },
  refetchInterval: LOOK_EVERY_MS,
});
