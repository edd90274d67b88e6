import { describe, expect, it } from "vitest";
import type { Client, Profile } from "../../api/types";
import { breakageOf, namesInWords } from "./breakage";

const NOW = Date.parse("2026-11-24T12:00:00Z");

function profile(name: string, last_used_at: string | null, collections: number[]) {
  return { name, last_used_at, api_collection_ids: collections } as Profile;
}

describe("what a deletion breaks", () => {
  it("names who called lately and who is left with nothing", () => {
    const holders = [
      {
        client: { name: "Acme" } as Client,
        profiles: [
          profile("Shop", "2026-11-24T11:00:00.000Z", [3]),
          profile("Night job", "2026-11-23T11:59:00.000Z", [3, 4]),
          profile("New", null, [3, 4]),
        ],
      },
      { client: { name: "Harbor" } as Client, profiles: [] },
    ];
    expect(breakageOf(holders, NOW)).toEqual({
      seen: ["Acme / Shop"],
      leftWithNone: ["Acme / Shop"],
    });
  });

  it("counts the names beyond the first few", () => {
    expect(namesInWords(["a"])).toBe("a");
    expect(namesInWords(["a", "b", "c"], 2)).toBe("a, b and 1 more");
  });
});
