/** A `curl` line that a new profile's program could begin with. */
import type { Endpoint } from "../../../api/types";
import type { Method } from "../profiles/auth/auth-values";

/** The header of a call: a token as it is while it is shown, else what stands in its place. */
export function headerOf(method: Method, token: string | null): string {
  if (method === "token") return `api-token: ${token ?? "$API_KEY"}`;
  return `Authorization: Bearer ${method === "oauth2" ? "$ACCESS_TOKEN" : "$JWT"}`;
}

/** Lower is better: active, GET, few parameters. */
function rank(endpoint: Endpoint): number {
  const parameters = endpoint.path.split("{").length - 1;
  const isGet = endpoint.method === "GET" || endpoint.method === "ANY";
  return (endpoint.active ? 0 : 1000) + (isGet ? 0 : 100) + parameters;
}

/** The endpoint that is easiest to try; null when there is none. */
export function easiestEndpoint(endpoints: readonly Endpoint[]): Endpoint | null {
  return [...endpoints].sort((a, b) => rank(a) - rank(b))[0] ?? null;
}

/** The URL as curl takes it: a catch-all matches an empty rest, other parameters wait for real values. */
function urlOf(endpoint: Endpoint): string {
  return endpoint.url.replace(/\{[^}]*\.\.\.\}/g, "");
}

export function hasParameters(endpoint: Endpoint): boolean {
  return urlOf(endpoint).includes("{");
}

/** What curl shows of itself where a client certificate is asked for. */
export const WITH_CERTIFICATE = ["--cert", "client.pem", "--key", "client.key"] as const;

export function curlLine(
  endpoint: Endpoint,
  header: string,
  options: readonly string[] = [],
): string {
  const isPlain = ["GET", "ANY"].includes(endpoint.method);
  const parts = [
    "curl",
    "-i",
    ...(hasParameters(endpoint) ? ["-g"] : []),
    ...(isPlain ? [] : ["-X", endpoint.method]),
    ...options,
    "-H",
    `"${header}"`,
    `'${urlOf(endpoint)}'`,
  ];
  return parts.join(" ");
}
