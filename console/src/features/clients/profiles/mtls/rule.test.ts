import { describe, expect, it } from "vitest";
import { ruleProblem } from "./rule";

describe("a rule on certificates", () => {
  it.each([
    "",
    "  ",
    "CN=shop",
    " CN = shop , OU=Web ",
    "O=Acme\\, Inc.,C=DE",
    "SAN.DNS=*.example.com",
    "SAN.URI=spiffe://acme/shop?x=1",
    "CN=\\*.shop",
    'CN=a\\"b\\\\',
    "CN=é",
  ])("is taken: %s", (rule) => {
    expect(ruleProblem(rule)).toBeNull();
  });

  // The same table as the server's own tests, by place.
  it.each([
    [",", 1],
    ["CN=a,", 6],
    ["CN=a,,O=b", 6],
    [",CN=a", 1],
    ["CN", 1],
    ["CN=a, Inc.", 7],
    ["cn=a", 1],
    ["=a", 1],
    ["CN==a,X=y", 7],
    ["SAN.IP=10.0.0.1", 1],
    ["сN=a", 1],
    ["CN=é,é=b", 6],
    ["CN=", 4],
    ["CN= ,O=b", 5],
    ["CN=*.", 4],
    ["CN=*", 4],
    ["CN=a*", 5],
    ["CN=*.*.b", 6],
    ['CN="a"', 4],
    ["CN=a\\", 5],
    ["CN=a\\b", 5],
    ["CN=a\nO=b", 5],
  ])("is refused at its character: %s", (rule, at) => {
    expect(ruleProblem(rule)).toMatch(new RegExp(`^Character ${at}: `));
  });

  it("is bounded", () => {
    expect(ruleProblem(`CN=${"x".repeat(2048)}`)).toContain("longer than 2048");
    expect(ruleProblem(Array(21).fill("CN=x").join(","))).toContain("more than 20");
  });
});
