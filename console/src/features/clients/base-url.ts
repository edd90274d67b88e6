/** The address under which callers find every collection. */
import type { Collection } from "../../api/types";

/** A collection's URL without the collection's own path; null while there is no collection to tell by. */
export function baseUrlOf(collections: readonly Collection[]): string | null {
  for (const { url, path } of collections) {
    const end = `/${path}`;
    if (url.endsWith(end)) return url.slice(0, -end.length);
  }
  return null;
}
