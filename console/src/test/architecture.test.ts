/** The arrows of the console: features do not import each other, `ui` and `api` know no feature, nobody imports `app`. */
import { describe, expect, it } from "vitest";

const sources = import.meta.glob<string>(
  ["../**/*.{ts,tsx}", "!../test/**", "!../api/schema.d.ts"],
  {
    query: "?raw",
    import: "default",
    eager: true,
  },
);

/** `../features/clients/x.ts` lies in `features/clients`, `../ui/x.ts` in `ui`. */
function homeOf(path: string): string {
  const [, area = "", noun = ""] = path.split("/");
  return area === "features" ? `features/${noun}` : area.includes(".") ? "main" : area;
}

function importsOf(path: string, text: string): string[] {
  const folder = path.split("/").slice(0, -1);
  const found = text.matchAll(/(?:from |import\()"(\.[^"]+)"/g);
  return [...found].map(([, target = ""]) => {
    const parts = [...folder];
    for (const step of target.split("/")) {
      if (step === "..") parts.pop();
      else if (step !== ".") parts.push(step);
    }
    return homeOf(parts.join("/"));
  });
}

const files = Object.entries(sources).filter(([path]) => !/\.test\.tsx?$/.test(path));

function mayImport(from: string, to: string): boolean {
  if (from === to || from === "main") return true;
  if (from === "app") return to !== "main";
  if (from.startsWith("features/")) return to === "ui" || to === "api";
  if (from === "ui") return to === "api";
  return false;
}

describe("architecture", () => {
  it("has no arrow that is not drawn", () => {
    const wrong = files.flatMap(([path, text]) =>
      importsOf(path, text)
        .filter((to) => !mayImport(homeOf(path), to))
        .map((to) => `${path} -> ${to}`),
    );
    expect(files.length).toBeGreaterThan(40);
    expect(wrong).toEqual([]);
  });

  it("has no file over 500 lines", () => {
    const long = files.filter(([, text]) => text.split("\n").length > 500).map(([path]) => path);
    expect(long).toEqual([]);
  });

  it("keeps nothing in the browser's storage by itself", () => {
    const wrong = files.filter(([, text]) => /localStorage|sessionStorage|indexedDB/.test(text));
    expect(wrong.map(([path]) => path)).toEqual([]);
  });
});
