/** IP list entries as the gateway reads them: an address or CIDR, host bits allowed, `::ffff:a.b.c.d` is IPv4. */

interface Address {
  bits: 32 | 128;
  value: bigint;
}

/** A good entry, or the reason why not. */
export type IpEntry =
  | { ok: true; network: string; hasHostBits: boolean }
  | { ok: false; reason: string };

function parseV4(text: string): bigint | null {
  const parts = text.split(".");
  if (parts.length !== 4) return null;
  let value = 0n;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return null;
    value = (value << 8n) | BigInt(part);
  }
  return value;
}

/** The 16-bit groups of one side of `::`; null when one is not a group. */
function parseGroups(text: string): bigint[] | null {
  if (text === "") return [];
  const groups: bigint[] = [];
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    if (index === parts.length - 1 && part.includes(".")) {
      const v4 = parseV4(part);
      if (v4 === null) return null;
      groups.push(v4 >> 16n, v4 & 0xffffn);
    } else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(BigInt(`0x${part}`));
    else return null;
  }
  return groups;
}

function parseV6(text: string): bigint | null {
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const head = parseGroups(halves[0] ?? "");
  const tail = halves.length === 2 ? parseGroups(halves[1] ?? "") : [];
  if (head === null || tail === null) return null;
  // An embedded IPv4 address stands only at the very end.
  if (halves.length === 2 && (halves[0] ?? "").includes(".")) return null;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  const groups = [...head, ...Array.from({ length: missing }, () => 0n), ...tail];
  return groups.reduce((value, group) => (value << 16n) | group, 0n);
}

function parseAddress(text: string): Address | null {
  if (!text.includes(":")) {
    const value = parseV4(text);
    return value === null ? null : { bits: 32, value };
  }
  const value = parseV6(text);
  return value === null ? null : { bits: 128, value };
}

function formatV4(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 0xffn)).join(".");
}

/** RFC 5952: lower case, the longest run of two or more zero groups as `::`. */
function formatV6(value: bigint): string {
  const groups = Array.from({ length: 8 }, (_, i) => (value >> BigInt(112 - 16 * i)) & 0xffffn);
  let best = { start: -1, length: 1 };
  for (let start = 0; start < 8; start += 1) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === 0n) length += 1;
    if (length > best.length) best = { start, length };
  }
  const hex = (part: bigint[]) => part.map((group) => group.toString(16)).join(":");
  if (best.start < 0) return hex(groups);
  return `${hex(groups.slice(0, best.start))}::${hex(groups.slice(best.start + best.length))}`;
}

const MAPPED_PREFIX = 0xffffn;

/** An IPv4-mapped network of at least 96 bits is the IPv4 network within. */
function unmapped(address: Address, prefix: number): { address: Address; prefix: number } {
  const isMapped = address.bits === 128 && prefix >= 96 && address.value >> 32n === MAPPED_PREFIX;
  if (!isMapped) return { address, prefix };
  return { address: { bits: 32, value: address.value & 0xffffffffn }, prefix: prefix - 96 };
}

/** Reads one entry of an IP list. */
export function parseIpEntry(entry: string): IpEntry {
  const [addressText = "", prefixText, ...rest] = entry.trim().split("/");
  const parsed = rest.length === 0 ? parseAddress(addressText) : null;
  if (parsed === null) {
    return { ok: false, reason: `"${entry.trim()}" is neither an IP address nor a CIDR` };
  }
  if (prefixText !== undefined && !/^(0|[1-9]\d{0,2})$/.test(prefixText)) {
    return { ok: false, reason: `"${entry.trim()}" has no number after the slash` };
  }
  const typedPrefix = prefixText === undefined ? parsed.bits : Number(prefixText);
  if (typedPrefix > parsed.bits) {
    const family = parsed.bits === 32 ? "IPv4" : "IPv6";
    return {
      ok: false,
      reason: `an ${family} prefix is at most ${parsed.bits}, not ${typedPrefix}`,
    };
  }
  const { address, prefix } = unmapped(parsed, typedPrefix);
  const hostBits = BigInt(address.bits - prefix);
  const base = (address.value >> hostBits) << hostBits;
  const text = address.bits === 32 ? formatV4(base) : formatV6(base);
  return {
    ok: true,
    network: prefix === address.bits ? text : `${text}/${prefix}`,
    hasHostBits: base !== address.value,
  };
}

/** Whether more typing could still make an entry of it: `10.1.` could, `10.1.999` could not. */
export function couldBecomeEntry(text: string): boolean {
  if (parseIpEntry(text).ok) return true;
  if (text.endsWith("/")) return parseIpEntry(text.slice(0, -1)).ok;
  if (/^[0-9a-f]{1,4}$/i.test(text) && !/^\d+$/.test(text)) return true;
  if (text.includes(":")) {
    const tail = text.slice(text.lastIndexOf(":") + 1);
    if (tail.includes(".") && !couldBecomeV4(tail)) return false;
    const groups = (tail.includes(".") ? text.slice(0, -tail.length) : text).split(":");
    const isShaped = groups.every((group) => /^[0-9a-f]{0,4}$/i.test(group));
    return isShaped && groups.length <= 9 && text.split("::").length <= 2 && !text.includes(":::");
  }
  return couldBecomeV4(text) || /^\d{4}$/.test(text);
}

function couldBecomeV4(text: string): boolean {
  const parts = text.split(".");
  const isLastOpen = parts.length <= 4;
  return isLastOpen && parts.every((part, index) => isOctet(part, index === parts.length - 1));
}

function isOctet(part: string, isLast: boolean): boolean {
  if (part === "") return isLast;
  return /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255;
}
