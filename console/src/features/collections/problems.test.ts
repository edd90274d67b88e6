import { describe, expect, it } from "vitest";
import { ApiError } from "../../api/errors";
import { COLLECTION_PLACES } from "./collection-values";
import { nestedProblems } from "./problems";

function check(errors: Record<string, string[]>, expected: unknown) {
  const error = new ApiError(400, "the message", errors);
  expect(nestedProblems(error, COLLECTION_PLACES)).toEqual(expected);
}

describe("problems of nested fields", () => {
  it("go to the deepest place that the form has", () => {
    check(
      {
        "upstream.auth.value": ["can't be blank"],
        "upstream.urls[1]": ["is no URL"],
        "upstream.unknown": ["is odd"],
        "limits.body_bytes": ["is too much"],
      },
      {
        fields: {
          authSecret: "can't be blank",
          urls: "Number 2: is no URL; is odd",
          bodyBytes: "is too much",
        },
        general: null,
      },
    );
  });

  it("without a place go to the alert", () => {
    check({ enabled: ["is odd"] }, { fields: {}, general: "enabled: is odd" });
    check({}, { fields: {}, general: "the message" });
  });
});
