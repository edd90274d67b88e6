/** The one way to the management API: typed by its OpenAPI document, failures as ApiError. */
import createClient from "openapi-fetch";
import { ApiError, toApiError } from "./errors";
import type { paths } from "./schema";

// `fetch` is looked up at each call, so that a test can put its own in place.
export const api = createClient<paths>({
  baseUrl: globalThis.location?.origin ?? "",
  fetch: (request: Request) => globalThis.fetch(request),
});

interface Outcome<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

async function settle<Data>(call: Promise<Outcome<Data>>): Promise<Outcome<Data>> {
  let outcome: Outcome<Data>;
  try {
    outcome = await call;
  } catch {
    throw toApiError(0, null);
  }
  if (!outcome.response.ok) throw toApiError(outcome.response.status, outcome.error);
  return outcome;
}

/** The answer's body; throws ApiError when refused or unreachable. */
export async function send<Data>(call: Promise<Outcome<Data>>): Promise<Data> {
  const { data, response } = await settle(call);
  if (data === undefined) throw new ApiError(response.status, "The answer was empty.");
  return data;
}

/** The object in an answer's `data`, and the entity tag by which a change says what it has seen. */
export async function sendTagged<Shown>(
  call: Promise<Outcome<{ data: Shown }>>,
): Promise<{ value: Shown; tag: string | null }> {
  const { data, response } = await settle(call);
  if (data === undefined) throw new ApiError(response.status, "The answer was empty.");
  return { value: data.data, tag: response.headers.get("ETag") };
}

/** A bare-array list and its total, which comes in `X-Total-Count`. */
export async function sendList<Item>(
  call: Promise<Outcome<Item[]>>,
): Promise<{ data: Item[]; count: number }> {
  const { data, response } = await settle(call);
  const items = data ?? [];
  const total = Number(response.headers.get("X-Total-Count") ?? items.length);
  return { data: items, count: Number.isFinite(total) ? total : items.length };
}

const MAX_PAGES = 50;

/** All pages of a list, for pickers. */
export async function fetchAll<Item>(
  loadPage: (query: { page: number; per_page: number; sort: "name" }) => Promise<{
    data: Item[];
    count: number;
  }>,
): Promise<Item[]> {
  const all: Item[] = [];
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const { data, count } = await loadPage({ page, per_page: 100, sort: "name" });
    all.push(...data);
    if (data.length === 0 || all.length >= count) break;
  }
  return all;
}
