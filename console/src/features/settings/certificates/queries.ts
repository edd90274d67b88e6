/** What the certificates' screen reads. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, send } from "../../../api/client";
import { type ListSearch, toQuery } from "../../../ui/list-search";

export function bundleListQuery(search: ListSearch) {
  return queryOptions({
    queryKey: ["cert-bundles", "list", search],
    queryFn: () => send(api.GET("/api/cert_bundles", { params: { query: toQuery(search) } })),
    placeholderData: keepPreviousData,
  });
}

/** What a bundle of these certificates would trust; an error says what is wrong with them. Nothing is stored. */
export function previewQuery(pem: string) {
  return queryOptions({
    queryKey: ["cert-bundles", "preview", pem],
    queryFn: () =>
      send(api.POST("/api/cert_bundles/preview", { body: { pem } })).then((answer) => answer.data),
    enabled: pem.trim() !== "",
    retry: false,
    gcTime: 60_000,
    staleTime: Number.POSITIVE_INFINITY,
  });
}
