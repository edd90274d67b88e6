/** The global search. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, send } from "../../api/client";

const LIMIT = 20;

export function searchQuery(q: string) {
  return queryOptions({
    queryKey: ["search", q],
    queryFn: () =>
      send(api.GET("/api/search", { params: { query: { q, limit: LIMIT } } })).then(
        ({ data }) => data,
      ),
    enabled: q !== "",
    placeholderData: keepPreviousData,
  });
}
