/** What the settings read of projects. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, fetchAll, sendList } from "../../../api/client";
import { type ListSearch, toQuery } from "../../../ui/list-search";

/** All of them, for pickers and names. */
export const projectsQuery = queryOptions({
  queryKey: ["projects", "all"],
  queryFn: () => fetchAll((query) => sendList(api.GET("/api/projects", { params: { query } }))),
});

export function projectListQuery(search: ListSearch) {
  return queryOptions({
    queryKey: ["projects", "list", search],
    queryFn: () => sendList(api.GET("/api/projects", { params: { query: toQuery(search) } })),
    placeholderData: keepPreviousData,
  });
}
