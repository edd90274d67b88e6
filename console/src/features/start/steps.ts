/** The steps to the first successful call, and which of them are done. */
import type { Client, Collection, Endpoint, Profile } from "../../api/types";

export interface Progress {
  /** The first there is; null: none. */
  collection: Collection | null;
  client: Client | null;
  endpoints: readonly Endpoint[];
  profiles: readonly Profile[];
}

export const STEPS = ["collection", "endpoint", "client", "enable", "call"] as const;

export type Step = (typeof STEPS)[number];

/** The steps that are done; a later one may be done before an earlier. */
export function doneSteps({ collection, client, endpoints, profiles }: Progress): Set<Step> {
  const done = new Set<Step>();
  if (collection) done.add("collection");
  if (endpoints.some(({ active }) => active)) done.add("endpoint");
  if (client && profiles.length > 0) done.add("client");
  if (client?.enabled && profiles.some(({ active }) => active)) done.add("enable");
  if (profiles.some(({ calls_total: calls }) => calls > 0)) done.add("call");
  return done;
}

/** What to do now; null: all is done. */
export function nextStep(done: ReadonlySet<Step>): Step | null {
  return done.has("call") ? null : (STEPS.find((step) => !done.has(step)) ?? null);
}
