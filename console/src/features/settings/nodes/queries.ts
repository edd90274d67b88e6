/** What the nodes' screen reads and changes. */
import { queryOptions } from "@tanstack/react-query";
import { api, send } from "../../../api/client";
import type { Lease } from "../../../api/types";

const LOOK_EVERY_MS = 5_000;

export const nodesQuery = queryOptions({
  queryKey: ["nodes"],
  queryFn: () => send(api.GET("/api/nodes")).then((answer) => answer.data),
  refetchInterval: LOOK_EVERY_MS,
});

export function leasesQuery(nodeId: number) {
  return queryOptions({
    queryKey: ["nodes", nodeId, "leases"],
    queryFn: () =>
      send(
        api.GET("/api/nodes/{id}/leases", {
          params: { path: { id: nodeId }, query: { per_page: 100 } },
        }),
      ),
    refetchInterval: LOOK_EVERY_MS,
  });
}

/** Hands stranded calls back; without a lease those of all. */
export function returnLeases(nodeId: number, lease: Lease | null) {
  const body =
    lease === null
      ? {}
      : lease.type === "api_key"
        ? { api_key_ids: [lease.id] }
        : { client_ids: [lease.id] };
  return send(
    api.POST("/api/nodes/{id}/leases/return", { params: { path: { id: nodeId } }, body }),
  ).then((answer) => answer.data);
}
