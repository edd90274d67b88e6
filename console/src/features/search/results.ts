/** Search results by kind, and where each leads. */
import type { SearchResult } from "../../api/types";

type Kind = SearchResult["type"];

/** In the order they are shown. */
const KINDS: readonly (readonly [Kind, string])[] = [
  ["request", "Requests"],
  ["client", "Clients"],
  ["api_key", "Access profiles"],
  ["api_collection", "API collections"],
  ["api_endpoint", "Endpoints"],
  ["api_policy", "Policies"],
];

/** A path of this console; null: there is no page for it. */
export function pathOf(result: SearchResult): string | null {
  switch (result.type) {
    case "client":
      return `/clients/${result.id}`;
    case "api_key":
      return result.client && `/clients/${result.client.id}`;
    case "api_collection":
      return `/collections/${result.id}`;
    case "api_endpoint":
      return result.api_collection && `/collections/${result.api_collection.id}?${q(result.name)}`;
    case "api_policy":
      return `/policies?${q(result.name)}`;
    case "request":
      return `/logs/explain?request_id=${encodeURIComponent(result.request_id ?? "")}`;
    default:
      return null;
  }
}

/** As the router writes a text into the URL: a JSON string where it could be taken for something else. */
function q(text: string): string {
  return `q=${encodeURIComponent(/^[\d"[{tfn-]/.test(text) ? JSON.stringify(text) : text)}`;
}

/** The second line of a result. */
export function detailOf(result: SearchResult): string | null {
  switch (result.type) {
    case "api_key":
      return result.client ? `of ${result.client.name}` : null;
    case "api_collection":
      return result.version ? `version ${result.version}` : null;
    case "api_endpoint":
      return [result.method, `/${result.path ?? ""}`, result.api_collection?.name]
        .filter(Boolean)
        .join(" ");
    case "request":
      return result.request_id;
    default:
      return null;
  }
}

export interface Group {
  label: string;
  results: readonly SearchResult[];
}

/** By kind, empty kinds left out. */
export function grouped(results: readonly SearchResult[]): Group[] {
  return KINDS.map(([kind, label]) => ({
    label,
    results: results.filter(({ type }) => type === kind),
  })).filter((group) => group.results.length > 0);
}
