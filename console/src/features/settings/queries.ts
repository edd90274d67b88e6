/** What the settings' screen reads and changes. */
import { queryOptions } from "@tanstack/react-query";
import { api, send } from "../../api/client";
import type { Settings } from "../../api/types";

export const settingsQuery = queryOptions({
  queryKey: ["settings"],
  queryFn: () => send(api.GET("/api/settings")).then((answer) => answer.data),
});

export function changeSettings(body: Settings) {
  return send(api.PUT("/api/settings", { body })).then((answer) => answer.data);
}
