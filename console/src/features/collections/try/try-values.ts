/** What is tried: the form's values and the request that they make. */
import type { TryInput } from "../../../api/types";

export interface Pair {
  id: number;
  name: string;
  value: string;
}

/** What an endpoint of any method can be tried with. */
export const TRIED_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"] as const;
type TriedMethod = (typeof TRIED_METHODS)[number];

export interface TryValues {
  /** Null: the endpoint's own. */
  method: TriedMethod | null;
  credential: string;
  /** By parameter name. */
  pathParams: Record<string, string>;
  query: Pair[];
  headers: Pair[];
  body: string;
}

/** For an endpoint of this method, with these parameters in its path. */
export function emptyTry(method: string, parameters: readonly string[]): TryValues {
  return {
    method: method === "ANY" ? "GET" : null,
    credential: "",
    pathParams: Object.fromEntries(parameters.map((name) => [name, ""])),
    query: [],
    headers: [],
    body: "",
  };
}

/** Pairs with a name; those of one name as a list. */
function several(pairs: readonly Pair[]): Record<string, string | string[]> {
  const all: Record<string, string | string[]> = {};
  for (const { name, value } of pairs) {
    const key = name.trim();
    if (key === "") continue;
    const before = all[key];
    all[key] = before === undefined ? value : [before, value].flat();
  }
  return all;
}

export function tryInputOf(values: TryValues): TryInput {
  const named = values.headers.filter(({ name }) => name.trim() !== "");
  const credential = values.credential.trim();
  return {
    ...(values.method && { method: values.method }),
    credential: credential === "" ? null : credential,
    path_params: values.pathParams,
    query: several(values.query),
    headers: Object.fromEntries(named.map(({ name, value }) => [name.trim(), value])),
    body: values.body === "" ? null : values.body,
  };
}

/** Methods whose requests have no body of a meaning (RFC 9110, 9.3). */
const BODILESS = ["GET", "HEAD", "DELETE", "OPTIONS"];

export function takesBody(method: string): boolean {
  return !BODILESS.includes(method);
}

/** JSON with line breaks; everything else as it is. */
export function prettyBody(text: string, contentType: string | undefined): string {
  if (!contentType || !/[/+]json\b/i.test(contentType)) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
