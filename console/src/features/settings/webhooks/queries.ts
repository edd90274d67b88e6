/** What the webhooks' screens read and change. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, send } from "../../../api/client";
import type { NewWebhook, WebhookChange } from "../../../api/types";
import { type ListSearch, toQuery } from "../../../ui/list-search";

export function webhookListQuery(search: ListSearch) {
  return queryOptions({
    queryKey: ["webhooks", "list", search],
    queryFn: () => send(api.GET("/api/webhooks", { params: { query: toQuery(search) } })),
    placeholderData: keepPreviousData,
  });
}

export function webhookQuery(id: number) {
  return queryOptions({
    queryKey: ["webhooks", "one", id],
    queryFn: () =>
      send(api.GET("/api/webhooks/{id}", { params: { path: { id } } })).then(({ data }) => data),
  });
}

const LOOK_EVERY_MS = 2_000;
export const DELIVERIES_PER_PAGE = 25;

/** Newest first; read again soon while one of them is on its way. */
export function deliveriesQuery(id: number, page: number) {
  return queryOptions({
    queryKey: ["webhooks", "one", id, "deliveries", page],
    queryFn: () =>
      send(
        api.GET("/api/webhooks/{id}/deliveries", {
          params: {
            path: { id },
            query: { page, per_page: DELIVERIES_PER_PAGE, sort: "-created_at" },
          },
        }),
      ),
    placeholderData: keepPreviousData,
    refetchInterval: (query) =>
      query.state.data?.data.some(({ state }) => state === "pending") ? LOOK_EVERY_MS : false,
  });
}

export function createWebhook(body: NewWebhook) {
  return send(api.POST("/api/webhooks", { body })).then(({ data }) => data);
}

export function changeWebhook(id: number, body: WebhookChange) {
  return send(api.PUT("/api/webhooks/{id}", { params: { path: { id } }, body })).then(
    ({ data }) => data,
  );
}

export function deleteWebhook(id: number) {
  return send(api.DELETE("/api/webhooks/{id}", { params: { path: { id } } }));
}

export function testWebhook(id: number) {
  return send(api.POST("/api/webhooks/{id}/test", { params: { path: { id } } }));
}

export function retryDelivery(id: number, n: number) {
  return send(api.POST("/api/webhooks/{id}/deliveries/{n}/retry", { params: { path: { id, n } } }));
}
