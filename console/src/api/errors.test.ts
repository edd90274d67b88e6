import { describe, expect, it } from "vitest";
import { formProblems, toApiError } from "./errors";

const PLACES = { name: "name", ip_allow_list: "ipAllowList" } as const;

function problem(errors: Record<string, string[]>) {
  return toApiError(400, { message: "Validation failed", errors, request_id: "r-1" });
}

describe("formProblems", () => {
  it("puts each problem at its field, in the server's words", () => {
    expect(formProblems(problem({ name: ["can't be blank"] }), PLACES)).toEqual({
      fields: { name: "can't be blank" },
      general: null,
    });
  });

  it("puts a problem of one list entry at the list", () => {
    const error = problem({
      "ip_allow_list[1]": ["x is no CIDR"],
      "ip_allow_list[3]": ["nor is y"],
    });
    expect(formProblems(error, PLACES).fields.ipAllowList).toBe("x is no CIDR; nor is y");
  });

  it("tells what has no field here in the alert, by name", () => {
    const { fields, general } = formProblems(
      problem({ name: ["taken"], quota: ["too large"] }),
      PLACES,
    );
    expect(fields).toEqual({ name: "taken" });
    expect(general).toBe("quota: too large");
  });

  it("reads fields under a prefix", () => {
    const error = problem({ "api_keys[0].name": ["taken"], name: ["of the client"] });
    expect(formProblems(error, PLACES, "api_keys")).toEqual({
      fields: { name: "taken" },
      general: "name: of the client",
    });
  });

  it("falls back to the message, and to the status where there is none", () => {
    expect(formProblems(toApiError(409, { message: "stale" }), PLACES).general).toBe("stale");
    expect(toApiError(502, "<html>").message).toContain("502");
  });
});
