/** What a change did, field by field. */

/** One line of before and after; absent: there was nothing. */
export interface Difference {
  field: string;
  before: string | null;
  after: string | null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  if (typeof value === "string") return value === "" ? '""' : value;
  return JSON.stringify(value);
}

/** Objects within objects as "upstream.auth"; lists stay whole. */
function flatten(value: unknown, path: string, into: Map<string, string>): void {
  if (isRecord(value) && Object.keys(value).length > 0) {
    for (const [key, inner] of Object.entries(value)) {
      flatten(inner, path ? `${path}.${key}` : key, into);
    }
    return;
  }
  if (value !== undefined && value !== null && path) into.set(path, shown(value));
}

/** The fields that differ; for something made or deleted all that it had. */
export function differences(before: unknown, after: unknown): Difference[] {
  const old = new Map<string, string>();
  const fresh = new Map<string, string>();
  flatten(before, "", old);
  flatten(after, "", fresh);
  return [...new Set([...old.keys(), ...fresh.keys()])]
    .map((field) => ({
      field,
      before: old.get(field) ?? null,
      after: fresh.get(field) ?? null,
    }))
    .filter((line) => line.before !== line.after);
}
