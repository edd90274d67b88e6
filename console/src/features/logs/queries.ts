/** What the Explain page asks. */
import { queryOptions } from "@tanstack/react-query";
import { api, fetchAll, send } from "../../api/client";
import type { ExplainInput } from "../../api/types";

/** A recent request: what was recorded of it, and today's dry run. */
export function explainedCallQuery(requestId: string) {
  return queryOptions({
    queryKey: ["explain", requestId],
    queryFn: () =>
      send(
        api.GET("/api/request_logs/{request_id}/explain", {
          params: { path: { request_id: requestId } },
        }),
      ).then((answer) => answer.data),
  });
}

/** Runs every check on a described request. Asked as a change is, so that no cache holds its credential. */
export function explainRequest(body: ExplainInput) {
  return send(api.POST("/api/explain", { body })).then((answer) => answer.data);
}

export const clientChoicesQuery = queryOptions({
  queryKey: ["clients", "choices"],
  queryFn: () => fetchAll((query) => send(api.GET("/api/v2/api_clients", { params: { query } }))),
});

export function profileChoicesQuery(clientId: number) {
  return queryOptions({
    queryKey: ["clients", "choices", clientId],
    queryFn: () =>
      fetchAll((query) =>
        send(
          api.GET("/api/v2/api_clients/{id}/api_keys", {
            params: { path: { id: clientId }, query },
          }),
        ),
      ),
  });
}
