/** What the settings' screen reads and changes. */
import { queryOptions } from "@tanstack/react-query";
import { api, sendTagged } from "../../api/client";
import type { Settings } from "../../api/types";

export const settingsQuery = queryOptions({
  queryKey: ["settings"],
  queryFn: () => sendTagged(api.GET("/api/settings")),
});

/** Saves the settings, unless somebody changed them since they were read with this `tag`. */
export function changeSettings({ body, tag }: { body: Settings; tag: string | null }) {
  const params = { header: { "If-Match": tag ?? undefined } };
  return sendTagged(api.PUT("/api/settings", { params, body }));
}
