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
  policies: {
    title: "Policies",
    today:
      "Policies are made and changed here in a later version; today POST /api/api_policies makes one.",
    command: `curl ${AUTH} ${JSON_IN} ${origin}/api/api_policies -d '{"name": "6 per minute", "rate_limit": {"limit": 6, "interval": "minute"}}'`,
  },
  logs: {
    title: "Logs",
    today:
      "The request log comes with a later version; today GET /api/v2/api_clients/{id}/api_keys says for each profile how many calls were admitted and refused, and when the last one came.",
    command: `curl ${AUTH} ${origin}/api/v2/api_clients/1/api_keys`,
  },
  settings: {
    title: "Settings",
    today:
      "This screen comes with a later version; today GET and POST /api/projects keep projects, and `portcullis token create` makes a management token.",
    command: `curl ${AUTH} ${origin}/api/projects`,
  },
} as const satisfies Record<string, LaterPageProps>;
