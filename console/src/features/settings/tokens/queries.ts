/** What the management tokens' screen reads and changes. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, send } from "../../../api/client";
import type { NewManagementToken } from "../../../api/types";
import { type ListSearch, toQuery } from "../../../ui/list-search";

export function tokenListQuery(search: ListSearch) {
  return queryOptions({
    queryKey: ["management-tokens", "list", search],
    queryFn: () => send(api.GET("/api/management_tokens", { params: { query: toQuery(search) } })),
    placeholderData: keepPreviousData,
  });
}

/** Answers the token in full, this once. */
export function createToken(body: NewManagementToken) {
  return send(api.POST("/api/management_tokens", { body })).then((answer) => answer.data);
}

export function deleteToken(id: number) {
  return send(api.DELETE("/api/management_tokens/{id}", { params: { path: { id } } }));
}
