import { describe, expect, it } from "vitest";
import { qrModules } from "./qr";

/** Made by the Python package `qrcode` 8: byte mode, level M, mask 0. */
const HELLO = `
#######..####.#######
#.....#.#...#.#.....#
#.###.#...#...#.###.#
#.###.#...#.#.#.###.#
#.###.#.#.#.#.#.###.#
#.....#..##.#.#.....#
#######.#.#.#.#######
..........###........
#.#.#.#...##....#..#.
.##..#..##....##...#.
#.#####...#.#...#####
#.......#.#...##...#.
#..#..#####.#.#...#..
........#.##.#..#.##.
#######..###.####.###
#.....#..#.###.#....#
#.###.#.##.#.##.#.###
#.###.#.......###.##.
#.###.#.##..#...#.#.#
#.....#..##...#.#..#.
#######.###.#.##..###`;

/** The same package's, as the SHA-256 of its modules as 0 and 1, row by row: version 8, four blocks of two lengths. */
const LINK =
  "otpauth://totp/Portcullis:owner%40example.com?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Portcullis&algorithm=SHA1&digits=6&period=30";
const LINK_DIGEST = "9cb371c196ece1aa7394c4de459fc7e43cea719c5dfb3e7a65912ab15025a6a3";

async function digestOf(modules: boolean[][]): Promise<string> {
  const text = modules.flat().map(Number).join("");
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

describe("QR codes", () => {
  it("are module for module those of another implementation", async () => {
    const rows = qrModules("HELLO x")?.map((row) => row.map((dark) => (dark ? "#" : ".")).join(""));
    expect(rows?.join("\n")).toBe(HELLO.trim());
    const link = qrModules(LINK) ?? [];
    expect(link).toHaveLength(49);
    expect(await digestOf(link)).toBe(LINK_DIGEST);
  });

  it("are not drawn of what does not fit", () => {
    expect(qrModules("x".repeat(400))).toBeNull();
  });
});
