/** What the audit log's screen reads: newest first, page by page. */
import { infiniteQueryOptions } from "@tanstack/react-query";
import { api, send } from "../../../api/client";
import type { AuditSearch } from "./audit-search";

const PER_PAGE = 50;
const DAY_MS = 86_400_000;

export function auditQuery({ days, ...filters }: AuditSearch) {
  return infiniteQueryOptions({
    queryKey: ["audit", { days, ...filters }],
    queryFn: ({ pageParam: cursor }) =>
      send(
        api.GET("/api/activity_logs", {
          params: {
            query: {
              ...filters,
              ...(days && { from: new Date(Date.now() - days * DAY_MS).toISOString() }),
              ...(cursor && { cursor }),
              per_page: PER_PAGE,
            },
          },
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor,
  });
}
