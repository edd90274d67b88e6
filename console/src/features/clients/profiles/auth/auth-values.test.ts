import { describe, expect, it } from "vitest";
import type { Client } from "../../../../api/types";
import { type AuthValues, authFields, authOf, checkAuth, emptyAuth } from "./auth-values";

function values(part: Partial<AuthValues>): AuthValues {
  return { ...emptyAuth(), ...part };
}

const stored = authOf({
  auth_type: "jwt",
  jwt_method: "ecdsa",
  jwt_key: { type: "P-256", bits: 256, fingerprint: "SHA256:x" },
  oidc_jwks_uri: null,
  clock_leeway_seconds: 30,
} as unknown as Client);

describe("authentication values", () => {
  it("say nothing of keys for methods that have none", () => {
    expect(authFields(values({ secret: "left over" }))).toEqual({ auth_type: "token" });
    expect(authFields(values({ method: "oauth2", jwksUri: "https://x" }))).toEqual({
      auth_type: "oauth2",
    });
  });

  it("keep a stored key unless another is pasted or its kind changes", () => {
    expect(checkAuth(stored)).toEqual({});
    expect(authFields(stored)).not.toHaveProperty("jwt_secret");
    expect(authFields({ ...stored, secret: " PEM \n" })).toHaveProperty("jwt_secret", "PEM");
    expect(checkAuth({ ...stored, signing: "rsa" })).toEqual({ secret: "Paste the public key" });
  });

  it("take the key away when a JWKS URL stands in its place", () => {
    const fetched = { ...stored, keyFrom: "url" as const, jwksUri: " https://keys.test/jwks " };
    expect(authFields(fetched)).toMatchObject({
      jwt_secret: null,
      oidc_jwks_uri: "https://keys.test/jwks",
    });
    expect(checkAuth({ ...fetched, jwksUri: "" })).toEqual({
      jwksUri: "Give the URL of the key set",
    });
  });

  it("drop algorithms that do not fit the key", () => {
    const mixed = values({ method: "jwt", signing: "rsa", algorithms: ["HS256", "PS256"] });
    expect(authFields(mixed)).toHaveProperty("jwt_algorithms", ["PS256"]);
  });

  it("want an issuer for OpenID Connect and for a claim of one's own", () => {
    expect(checkAuth(values({ method: "oidc" }))).toHaveProperty("issuer");
    expect(
      checkAuth(values({ method: "oidc", issuer: "https://idp.test", profileClaim: "azp" })),
    ).toEqual({});
    expect(
      checkAuth(values({ method: "oidc", jwksUri: "https://idp.test/jwks", profileClaim: "azp" })),
    ).toHaveProperty("allowedIssuers");
  });

  it("bound the clock leeway", () => {
    const jwt = { method: "jwt", secret: "s" } as const;
    expect(checkAuth(values({ ...jwt, leewaySeconds: 300 }))).toEqual({});
    expect(checkAuth(values({ ...jwt, leewaySeconds: 301 }))).toHaveProperty("leewaySeconds");
    expect(checkAuth(values({ ...jwt, leewaySeconds: "" }))).toHaveProperty("leewaySeconds");
  });
});
