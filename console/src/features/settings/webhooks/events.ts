/** The events a webhook can be told of, and how deliveries end, in words. */
import type { Delivery, Webhook } from "../../../api/types";

type EventName = Webhook["events"][number];

export const EVENTS = {
  "credential.refreshed": "A credential was refreshed",
  "profile.disabled": "An access profile was disabled",
  "gateway.unhealthy": "The gateway is unwell, or well again",
} as const satisfies Record<EventName, string>;

export const EVENT_NAMES = Object.keys(EVENTS) as EventName[];

export function eventWords(event: string): string {
  if (event === "webhook.test") return "Test";
  return event in EVENTS ? EVENTS[event as EventName] : event;
}

export const STATES = {
  pending: { label: "On its way", color: "steel.7" },
  delivered: { label: "Delivered", color: "teal.9" },
  failed: { label: "Failed", color: "red.9" },
  canceled: { label: "Cancelled", color: "gray.7" },
} as const satisfies Record<Delivery["state"], { label: string; color: string }>;

const ERRORS: Readonly<Record<string, string>> = {
  timeout: "no answer in time",
  unreachable: "could not be reached",
  forbidden_address: "leads to an address that is not allowed",
  redirect: "answered with a redirect, which is not followed",
};

/** "500 in 12 ms", "could not be reached". */
export function attemptWords({ status, error, duration_ms: ms }: Delivery["attempts"][number]) {
  const isAnswer = error === null || error === "status";
  const what = isAnswer ? `answered ${status}` : (ERRORS[error] ?? error.replaceAll("_", " "));
  return `${what}, after ${ms} ms`;
}
