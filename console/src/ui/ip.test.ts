import { describe, expect, it } from "vitest";
import { couldBecomeEntry, parseIpEntry } from "./ip";

function check(entry: string, network: string, hasHostBits: boolean) {
  expect(parseIpEntry(entry), entry).toEqual({ ok: true, network, hasHostBits });
}

function checkRefused(entry: string) {
  expect(parseIpEntry(entry).ok, entry).toBe(false);
}

describe("parseIpEntry", () => {
  it("reads IPv4 addresses and networks", () => {
    check("10.0.0.1", "10.0.0.1", false);
    check("10.0.0.0/8", "10.0.0.0/8", false);
    check("0.0.0.0/0", "0.0.0.0/0", false);
    check("10.0.0.1/32", "10.0.0.1", false);
  });

  it("shows the network that host bits mean", () => {
    check("106.226.100.3/20", "106.226.96.0/20", true);
    check("255.255.255.255/1", "128.0.0.0/1", true);
    check("2001:db8:ffff::1/33", "2001:db8:8000::/33", true);
  });

  it("reads IPv6 in every spelling and writes it in one", () => {
    check("2001:DB8:0:0:0:0:0:7", "2001:db8::7", false);
    check("::", "::", false);
    check("::1/128", "::1", false);
    check("1:0:0:2:0:0:0:3", "1:0:0:2::3", false);
    check("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0", false);
    check("64:ff9b::192.0.2.1", "64:ff9b::c000:201", false);
  });

  it("takes an IPv4-mapped address for the IPv4 address within", () => {
    check("::ffff:192.0.2.1", "192.0.2.1", false);
    check("::ffff:192.0.2.77/120", "192.0.2.0/24", true);
  });

  it("refuses what is neither address nor network", () => {
    for (const entry of [
      "",
      "10.0.0",
      "10.0.0.256",
      "10.0.0.01",
      "10.0.0.0/33",
      "10.0.0.0/",
      "10.0.0.0/+8",
      "10.0.0.0/08",
      "10.0.0.0/8/8",
      "1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:8:9",
      "1::2::3",
      ":::",
      "::12345",
      "::/129",
      "fe80::1%eth0",
      "1.2.3.4::",
      "example.com",
    ]) {
      checkRefused(entry);
    }
  });
});

describe("couldBecomeEntry", () => {
  it("waits while an address may still come of it", () => {
    for (const text of [
      "1",
      "10.",
      "10.0.0",
      "10.0.0.0/",
      "2001",
      "fe80",
      "2001:db8:",
      "::",
      "::ffff:10.0",
    ]) {
      expect(couldBecomeEntry(text), text).toBe(true);
    }
  });

  it("speaks up once none can", () => {
    for (const text of [
      "10.0.300",
      "10..",
      "10.0.0.0.0",
      "10.0.0.0/33",
      "xyz",
      "1::2::",
      "12345:",
    ]) {
      expect(couldBecomeEntry(text), text).toBe(false);
    }
  });
});
