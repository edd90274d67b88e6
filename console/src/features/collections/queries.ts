/** What the collections' screen reads. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, sendList } from "../../api/client";
import { type ListSearch, toQuery } from "../../ui/list-search";

export function collectionListQuery(search: ListSearch) {
  return queryOptions({
    queryKey: ["collections", "list", search],
    queryFn: () =>
      sendList(api.GET("/api/api_collections", { params: { query: toQuery(search) } })),
    placeholderData: keepPreviousData,
  });
}
