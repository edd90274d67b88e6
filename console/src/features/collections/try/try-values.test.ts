import { describe, expect, it } from "vitest";
import { emptyTry, prettyBody, tryInputOf } from "./try-values";

describe("a tried call", () => {
  it("gathers parameters of one name, and leaves out what has none", () => {
    const values = {
      ...emptyTry("GET", ["id"]),
      query: [
        { id: 0, name: "b", value: "1" },
        { id: 1, name: " b ", value: "2" },
        { id: 2, name: "", value: "3" },
      ],
      headers: [{ id: 0, name: "Accept", value: "text/plain" }],
      body: "{}",
    };
    expect(tryInputOf(values)).toEqual({
      credential: null,
      path_params: { id: "" },
      query: { b: ["1", "2"] },
      headers: { Accept: "text/plain" },
      body: "{}",
    });
  });

  it("names a method where the endpoint has any", () => {
    expect(emptyTry("GET", []).method).toBeNull();
    expect(tryInputOf({ ...emptyTry("ANY", []), method: "PUT" }).method).toBe("PUT");
  });

  it("shows JSON in lines and leaves other bodies alone", () => {
    expect(prettyBody('{"a":1}', "application/problem+json")).toBe('{\n  "a": 1\n}');
    expect(prettyBody('{"a":', "application/json")).toBe('{"a":');
    expect(prettyBody('{"a":1}', "text/plain")).toBe('{"a":1}');
  });
});
