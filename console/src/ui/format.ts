/** How numbers, times and limits read. */

const numbers = new Intl.NumberFormat("en");

/** 12345 as "12,345". */
export function formatNumber(value: number): string {
  return numbers.format(value);
}

/** "3 profiles", "1 profile". */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatNumber(count)} ${count === 1 ? one : many}`;
}

/** In the viewer's zone, with the zone named. */
export function formatTime(iso: string): string {
  return new Intl.DateTimeFormat("en-GB", {
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    timeZoneName: "short",
  }).format(new Date(iso));
}

/** Day alone, in the viewer's zone. */
export function formatDay(iso: string): string {
  return new Intl.DateTimeFormat("en-GB", {
    day: "numeric",
    month: "short",
    year: "numeric",
  }).format(new Date(iso));
}

interface Limit {
  limit: number;
  interval: string;
}

/** A policy's two limits. */
interface Limits {
  rate_limit?: Limit | null;
  usage_quota?: Limit | null;
}

/** "1,000 in 30 days", "1,000 in a calendar month". */
function periodInWords(interval: string): string {
  return interval.endsWith("days") ? `in ${interval}` : `in a calendar ${interval}`;
}

/** "at most 6 calls in any minute and 1,000 in 30 days for each profile". */
export function limitsInWords(
  { rate_limit: rate, usage_quota: quota }: Limits,
  of = "each profile",
) {
  const rateWords = rate && `${plural(rate.limit, "call")} in any ${rate.interval}`;
  const quotaWords =
    quota &&
    `${rate ? formatNumber(quota.limit) : plural(quota.limit, "call")} ${periodInWords(quota.interval)}`;
  const both = [rateWords, quotaWords].filter(Boolean).join(" and ");
  return both === "" ? "no limits" : `at most ${both} for ${of}`;
}

/** First letter large, for a sentence that begins with computed words. */
export function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
