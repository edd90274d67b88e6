/** What the policies' screen reads. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, send } from "../../api/client";
import { type ListSearch, toQuery } from "../../ui/list-search";

export function policyListQuery(search: ListSearch) {
  return queryOptions({
    queryKey: ["policies", "list", search],
    queryFn: () => send(api.GET("/api/api_policies", { params: { query: toQuery(search) } })),
    placeholderData: keepPreviousData,
  });
}
