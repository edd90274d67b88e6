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

interface Rate {
  limit: number;
  interval: string;
}

/** "at most 6 calls in any minute for each profile". */
export function rateInWords(rate: Rate | null | undefined): string {
  if (!rate) return "no rate limit";
  return `at most ${plural(rate.limit, "call")} in any ${rate.interval} for each profile`;
}

/** First letter large, for a sentence that begins with computed words. */
export function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
