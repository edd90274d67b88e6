/** Between the API's times and what a date-time input holds, which is in the viewer's zone. */

const two = (part: number) => String(part).padStart(2, "0");

/** "2026-11-24T10:30" in the viewer's zone; empty for no time. */
export function toLocalInput(iso: string | null | undefined): string {
  if (!iso) return "";
  const at = new Date(iso);
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** ISO 8601 in UTC; null for an empty input or no time. */
export function toIso(local: string): string | null {
  const at = local === "" ? Number.NaN : new Date(local).getTime();
  return Number.isNaN(at) ? null : new Date(at).toISOString();
}

/** The viewer's zone, as in "Europe/Berlin". */
export function viewerZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}
