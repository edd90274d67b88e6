/** The tabs of later versions, and what does their work today. */
import type { LaterPageProps } from "./later-page";

const origin = globalThis.location?.origin ?? "";
const AUTH = '-H "Authorization: Bearer $PORTCULLIS_TOKEN"';

export const LATER_TABS = {
  dashboard: {
    title: "Dashboard",
    today:
      "Charts come with a later version; today GET /api/v2/api_clients/{id}/api_keys gives calls_total and refused_total of each profile.",
    command: `curl ${AUTH} ${origin}/api/v2/api_clients/1/api_keys`,
  },
} as const satisfies Record<string, LaterPageProps>;
