/** How callers prove who they are: the form's values, of stored terms, and as the API takes them. */
import type { Client, NewProfile, Profile } from "../../../../api/types";
import { formatNumber } from "../../../../ui/format";

export type Method = "token" | "jwt" | "oauth2" | "oidc";
export type SigningMethod = "hmac" | "rsa" | "ecdsa" | "eddsa";
type Algorithm = NonNullable<NewProfile["jwt_algorithms"]>[number];

export const METHOD_NAMES: Readonly<Record<Method, string>> = {
  token: "Auth token",
  jwt: "JWT",
  oauth2: "OAuth 2.0",
  oidc: "OpenID Connect",
};

export const SIGNING_NAMES: Readonly<Record<SigningMethod, string>> = {
  hmac: "HMAC",
  rsa: "RSA",
  ecdsa: "ECDSA",
  eddsa: "EdDSA",
};

const ALGORITHMS: Readonly<Record<SigningMethod, readonly Algorithm[]>> = {
  hmac: ["HS256", "HS384", "HS512"],
  rsa: ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  ecdsa: ["ES256", "ES384", "ES512"],
  eddsa: ["EdDSA"],
};

/** What is shown of a stored key; the key itself never comes back. */
type KeyShown = NonNullable<Client["jwt_key"]> & { signing: SigningMethod };

/** "RSA, 2,048 bits, SHA256:...". */
export function keyInWords({ type, bits, fingerprint }: NonNullable<Client["jwt_key"]>): string {
  const name = known(SIGNING_NAMES, type);
  return `${name ? SIGNING_NAMES[name] : type}, ${formatNumber(bits)} bits, ${fingerprint}`;
}

const DEFAULT_LEEWAY_SECONDS = 30;
export const MAX_LEEWAY_SECONDS = 300;

export interface AuthValues {
  method: Method;
  signing: SigningMethod;
  /** Where public keys come from. HMAC always has its secret here. */
  keyFrom: "text" | "url";
  /** Secret or key as pasted; empty keeps the stored one. */
  secret: string;
  /** The stored key, if there is one. */
  keyShown: KeyShown | null;
  jwksUri: string;
  issuer: string;
  profileClaim: string;
  requiredClaims: string[];
  allowedIssuers: string[];
  allowedAudiences: string[];
  algorithms: string[];
  leewaySeconds: number | string;
}

/** Where the API's fields stand in the form. */
export const AUTH_PLACES = {
  auth_type: "method",
  jwt_method: "signing",
  jwt_secret: "secret",
  oidc_jwks_uri: "jwksUri",
  oidc_issuer: "issuer",
  access_profile_claim: "profileClaim",
  required_claims: "requiredClaims",
  allowed_issuers: "allowedIssuers",
  allowed_audiences: "allowedAudiences",
  jwt_algorithms: "algorithms",
  clock_leeway_seconds: "leewaySeconds",
} as const;

type AuthErrors = Partial<Record<keyof AuthValues, string>>;

export function emptyAuth(): AuthValues {
  return {
    method: "token",
    signing: "hmac",
    keyFrom: "text",
    secret: "",
    keyShown: null,
    jwksUri: "",
    issuer: "",
    profileClaim: "",
    requiredClaims: [],
    allowedIssuers: [],
    allowedAudiences: [],
    algorithms: [],
    leewaySeconds: DEFAULT_LEEWAY_SECONDS,
  };
}

function known<Name extends string>(
  names: Readonly<Record<Name, string>>,
  text: string | null | undefined,
): Name | undefined {
  return (Object.keys(names) as Name[]).find((name) => name === text);
}

export function methodOf(text: string | null | undefined): Method {
  return known(METHOD_NAMES, text) ?? "token";
}

/** The form's values of stored terms: a client's defaults, or those in force for a profile. */
export function authOf(terms: Client | Profile): AuthValues {
  const method = methodOf(terms.auth_type);
  const signing = known(SIGNING_NAMES, terms.jwt_method) ?? (method === "jwt" ? "rsa" : "hmac");
  return {
    method,
    signing,
    keyFrom: !terms.jwt_key && terms.oidc_jwks_uri ? "url" : "text",
    secret: "",
    keyShown: terms.jwt_key ? { ...terms.jwt_key, signing } : null,
    jwksUri: terms.oidc_jwks_uri ?? "",
    issuer: terms.oidc_issuer ?? "",
    profileClaim: terms.access_profile_claim ?? "",
    requiredClaims: terms.required_claims ?? [],
    allowedIssuers: terms.allowed_issuers ?? [],
    allowedAudiences: terms.allowed_audiences ?? [],
    algorithms: terms.jwt_algorithms ?? [],
    leewaySeconds: terms.clock_leeway_seconds ?? DEFAULT_LEEWAY_SECONDS,
  };
}

/** Whether tokens are verified by a key that is kept here, not fetched. */
function hasOwnKey({ method, signing, keyFrom }: AuthValues): boolean {
  return method === "jwt" && (signing === "hmac" || keyFrom === "text");
}

/** Whether the stored key goes on when nothing is pasted. */
export function keepsKey(values: AuthValues): boolean {
  return hasOwnKey(values) && values.keyShown?.signing === values.signing;
}

/** The algorithms a token may name, given the kind of key. */
export function algorithmsFor({ method, signing }: AuthValues): readonly string[] {
  if (method === "jwt") return ALGORITHMS[signing];
  return [...ALGORITHMS.rsa, ...ALGORITHMS.ecdsa, ...ALGORITHMS.eddsa];
}

/** What can be seen to be wrong before asking the server. */
export function checkAuth(values: AuthValues): AuthErrors {
  const errors: AuthErrors = {};
  if (values.method === "token" || values.method === "oauth2") return errors;
  if (hasOwnKey(values)) {
    if (values.secret.trim() === "" && !keepsKey(values)) {
      errors.secret = values.signing === "hmac" ? "Paste the secret" : "Paste the public key";
    }
  } else if (values.method === "jwt" && values.jwksUri.trim() === "") {
    errors.jwksUri = "Give the URL of the key set";
  }
  if (values.method === "oidc" && values.issuer.trim() === "" && values.jwksUri.trim() === "") {
    errors.issuer = "Give the issuer, or the URL of the key set below";
  }
  const usesIssuer = values.method === "oidc" && values.issuer.trim() !== "";
  if (values.profileClaim.trim() !== "" && values.allowedIssuers.length === 0 && !usesIssuer) {
    errors.allowedIssuers = "A claim of your own needs the issuers that may use it";
  }
  const leeway = Number(values.leewaySeconds);
  if (values.leewaySeconds === "" || !(leeway >= 0 && leeway <= MAX_LEEWAY_SECONDS)) {
    errors.leewaySeconds = `0 to ${MAX_LEEWAY_SECONDS} seconds`;
  }
  return errors;
}

function orNull(text: string): string | null {
  return text.trim() === "" ? null : text.trim();
}

/** The key as the API takes it: absent keeps the stored one, null clears it. */
function keyFields(values: AuthValues) {
  if (!hasOwnKey(values)) return { jwt_secret: null };
  const secret = values.secret.trim();
  return secret === "" ? {} : { jwt_secret: secret };
}

/** The authentication as the API takes it. */
export function authFields(values: AuthValues) {
  const { method } = values;
  if (method === "token" || method === "oauth2") return { auth_type: method };
  const allowed = algorithmsFor(values);
  return {
    auth_type: method,
    jwt_method: method === "jwt" ? values.signing : null,
    ...keyFields(values),
    oidc_jwks_uri: hasOwnKey(values) ? null : orNull(values.jwksUri),
    oidc_issuer: method === "oidc" ? orNull(values.issuer) : null,
    access_profile_claim: orNull(values.profileClaim),
    required_claims: values.requiredClaims,
    allowed_issuers: values.allowedIssuers,
    allowed_audiences: values.allowedAudiences,
    jwt_algorithms: values.algorithms.filter((name): name is Algorithm => allowed.includes(name)),
    clock_leeway_seconds: Number(values.leewaySeconds),
  };
}
