/** Whom a collection's end would break, by name. */
import type { Profile } from "../../api/types";
import type { Holder } from "./queries";

const DAY_MS = 24 * 60 * 60 * 1000;

export interface Breakage {
  /** "Client / Profile" of those whose credential was used in the last 24 hours, whichever collection they called. */
  seen: string[];
  /** "Client / Profile" of those that would have no collection left. */
  leftWithNone: string[];
}

function isSeen(profile: Profile, now: number): boolean {
  const last = profile.last_used_at;
  return last != null && now - Date.parse(last) < DAY_MS;
}

export function breakageOf(holders: readonly Holder[], now: number): Breakage {
  const all = holders.flatMap(({ client, profiles }) =>
    profiles.map((profile) => ({ profile, name: `${client.name} / ${profile.name}` })),
  );
  const names = (of: typeof all) => of.map(({ name }) => name);
  return {
    seen: names(all.filter(({ profile }) => isSeen(profile, now))),
    leftWithNone: names(all.filter(({ profile }) => profile.api_collection_ids.length === 1)),
  };
}

/** "A, B and 3 more". */
export function namesInWords(names: readonly string[], most = 5): string {
  const shown = names.slice(0, most);
  const more = names.length - shown.length;
  return more > 0 ? `${shown.join(", ")} and ${more} more` : shown.join(", ");
}
