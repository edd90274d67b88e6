/** The audit log's filters, kept in the URL. */

export interface AuditSearch {
  q?: string;
  user?: string;
  resource_type?: string;
  resource_id?: number;
  /** Days back; absent: everything. */
  days?: number;
}

export const PERIODS = [1, 7, 30, 90] as const;

/** Resource types by the word in the API; the word on the screen beside it. */
export const RESOURCE_TYPES: Readonly<Record<string, string>> = {
  client: "Client",
  access_profile: "Access profile",
  api_collection: "API collection",
  endpoint: "Endpoint",
  access_policy: "Policy",
  cert_bundle: "Certificate bundle",
  project: "Project",
  settings: "Settings",
  webhook: "Webhook",
  member: "Member",
  management_token: "Management token",
  session: "Session",
  setup_link: "Set-up link",
  sign_in_provider: "Sign-in provider",
  access_token_key: "Access token key",
  node: "Node",
  workspace: "Workspace",
};

function text(value: unknown): string {
  return value == null ? "" : String(value).slice(0, 200);
}

/** Reads the filters out of a URL that anybody may have written. */
export function readAuditSearch(search: Record<string, unknown>): AuditSearch {
  const q = text(search.q);
  const user = text(search.user);
  const type = text(search.resource_type);
  const id = Number(search.resource_id);
  const days = PERIODS.find((known) => known === Number(search.days));
  return {
    ...(q && { q }),
    ...(user && { user }),
    ...(type in RESOURCE_TYPES && { resource_type: type }),
    ...(Number.isInteger(id) && id > 0 && { resource_id: id }),
    ...(days && { days }),
  };
}
