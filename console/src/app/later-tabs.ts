/** The tabs of later versions, and what does their work today. */
import type { LaterPageProps } from "./later-page";

const origin = globalThis.location?.origin ?? "";
const AUTH = '-H "Authorization: Bearer $PORTCULLIS_TOKEN"';
const JSON_IN = '-H "Content-Type: application/json"';

export const LATER_TABS = {
  dashboard: {
    title: "Dashboard",
    today:
      "Charts come with a later version; today GET /api/v2/api_clients/{id}/api_keys gives calls_total and refused_total of each profile.",
    command: `curl ${AUTH} ${origin}/api/v2/api_clients/1/api_keys`,
  },
  collections: {
    title: "API collections",
    today:
      "Collections are made and changed here in a later version; today POST /api/api_collections makes one, by hand or from an OpenAPI document.",
    command: `curl ${AUTH} ${JSON_IN} ${origin}/api/api_collections -d '{"name": "Orders", "version": "1.0", "upstream": {"urls": ["http://127.0.0.1:3000"]}}'`,
  },
} as const satisfies Record<string, LaterPageProps>;
