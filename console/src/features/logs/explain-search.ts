/** What the Explain page keeps in its URL. Never a credential, and never a query: it may hold one. */

export interface ExplainSearch {
  /** A recent request to explain. */
  request_id?: string;
  method?: string;
  /** Path or URL of a described request, without its query. */
  url?: string;
  /** Source address. */
  from?: string;
  client?: number;
  profile?: number;
}

/** A path or URL without query and fragment. */
export function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/s, "");
}

function text(value: unknown, most: number): string | undefined {
  const read = typeof value === "string" || typeof value === "number" ? String(value).trim() : "";
  return read === "" || read.length > most ? undefined : read;
}

function id(value: unknown): number | undefined {
  const read = Number(value);
  return Number.isSafeInteger(read) && read > 0 ? read : undefined;
}

/** Reads the state out of a URL that anybody may have written. */
export function readExplainSearch(search: Record<string, unknown>): ExplainSearch {
  const url = text(search.url, 2000);
  const parts: Record<keyof ExplainSearch, string | number | undefined> = {
    request_id: text(search.request_id, 128),
    method: text(search.method, 32),
    url: url && text(withoutQuery(url), 2000),
    from: text(search.from, 45),
    client: id(search.client),
    profile: id(search.profile),
  };
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined));
}
