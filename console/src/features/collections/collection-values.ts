/** The forms' values of a collection: empty, of a stored one, and as the API takes them. */
import type { Collection, CollectionChange, NewCollection } from "../../api/types";

export const AUTH_TYPES = ["none", "header", "basic", "query", "oauth2"] as const;
export type AuthType = (typeof AUTH_TYPES)[number];

/** What a collection is, and where its service is: enough to make one. */
export interface BasicValues {
  name: string;
  version: string;
  description: string;
  path: string;
  /** Id as text; empty: the default project. */
  projectId: string;
  urls: string[];
  authType: AuthType;
  authName: string;
  authUser: string;
  /** Value, password or client secret, by the type; write-only. */
  authSecret: string;
  tokenUrl: string;
  clientId: string;
  scope: string;
  clientAuth: "basic" | "body";
}

/** A number input's value; empty where nothing is typed. */
type Typed = number | string;

export interface CollectionValues extends BasicValues {
  http: "http1" | "http2";
  connectMs: Typed;
  responseMs: Typed;
  idleMs: Typed;
  maxInFlight: Typed;
  tlsCa: string;
  tlsServerName: string;
  hasHealthCheck: boolean;
  healthPath: string;
  healthIntervalMs: Typed;
  healthTimeoutMs: Typed;
  unhealthyAfter: Typed;
  healthyAfter: Typed;
  bodyBytes: Typed;
  limitResponseMs: Typed;
  hasCors: boolean;
  origins: string[];
  headers: string[];
  expose: string[];
  maxAgeSeconds: Typed;
  allowsQueryToken: boolean;
  allowsEncodedSlash: boolean;
  keepsHost: boolean;
  passesAuthorization: boolean;
  sendsClaims: boolean;
}

/** Where the API's fields stand in the form. */
export const BASIC_PLACES = {
  name: "name",
  version: "version",
  description: "description",
  path: "path",
  project_id: "projectId",
  upstream: "urls",
  "upstream.urls": "urls",
  "upstream.auth": "authType",
  "upstream.auth.type": "authType",
  "upstream.auth.name": "authName",
  "upstream.auth.user": "authUser",
  "upstream.auth.value": "authSecret",
  "upstream.auth.password": "authSecret",
  "upstream.auth.client_secret": "authSecret",
  "upstream.auth.token_url": "tokenUrl",
  "upstream.auth.client_id": "clientId",
  "upstream.auth.scope": "scope",
  "upstream.auth.client_auth": "clientAuth",
} as const satisfies Record<string, keyof BasicValues>;

export const COLLECTION_PLACES = {
  ...BASIC_PLACES,
  "upstream.http": "http",
  "upstream.timeouts_ms.connect": "connectMs",
  "upstream.timeouts_ms.response": "responseMs",
  "upstream.timeouts_ms.idle": "idleMs",
  "upstream.max_in_flight": "maxInFlight",
  "upstream.tls": "tlsServerName",
  "upstream.tls.ca": "tlsCa",
  "upstream.tls.server_name": "tlsServerName",
  "upstream.health_check": "healthPath",
  "upstream.health_check.path": "healthPath",
  "upstream.health_check.interval_ms": "healthIntervalMs",
  "upstream.health_check.timeout_ms": "healthTimeoutMs",
  "upstream.health_check.unhealthy_after": "unhealthyAfter",
  "upstream.health_check.healthy_after": "healthyAfter",
  "limits.body_bytes": "bodyBytes",
  "limits.response_ms": "limitResponseMs",
  cors: "origins",
  "cors.origins": "origins",
  "cors.headers": "headers",
  "cors.expose": "expose",
  "cors.max_age_seconds": "maxAgeSeconds",
  allow_query_token: "allowsQueryToken",
  allow_encoded_slash: "allowsEncodedSlash",
  keep_host: "keepsHost",
  pass_authorization: "passesAuthorization",
  send_claims: "sendsClaims",
} as const satisfies Record<string, keyof CollectionValues>;

export function emptyBasics(): BasicValues {
  return {
    name: "",
    version: "1.0",
    description: "",
    path: "",
    projectId: "",
    urls: [""],
    authType: "none",
    authName: "",
    authUser: "",
    authSecret: "",
    tokenUrl: "",
    clientId: "",
    scope: "",
    clientAuth: "basic",
  };
}

function basicsOf({ upstream, ...collection }: Collection): BasicValues {
  const { auth } = upstream;
  return {
    name: collection.name,
    version: collection.version,
    description: collection.description ?? "",
    path: collection.path,
    projectId: String(collection.project_id),
    urls: [...upstream.urls],
    authType: AUTH_TYPES.find((known) => known === auth.type) ?? "none",
    authName: auth.name ?? "",
    authUser: auth.user ?? "",
    authSecret: "",
    tokenUrl: auth.token_url ?? "",
    clientId: auth.client_id ?? "",
    scope: auth.scope ?? "",
    clientAuth: auth.client_auth === "body" ? "body" : "basic",
  };
}

export function valuesOf(collection: Collection): CollectionValues {
  const { upstream, limits, cors } = collection;
  const { timeouts_ms: waits, tls, health_check: health } = upstream;
  return {
    ...basicsOf(collection),
    http: upstream.http === "http2" ? "http2" : "http1",
    connectMs: waits.connect,
    responseMs: waits.response,
    idleMs: waits.idle,
    maxInFlight: upstream.max_in_flight ?? "",
    tlsCa: tls.ca ?? "",
    tlsServerName: tls.server_name ?? "",
    hasHealthCheck: health != null,
    healthPath: health?.path ?? "/healthz",
    healthIntervalMs: health?.interval_ms ?? 10_000,
    healthTimeoutMs: health?.timeout_ms ?? 2_000,
    unhealthyAfter: health?.unhealthy_after ?? 3,
    healthyAfter: health?.healthy_after ?? 2,
    bodyBytes: limits.body_bytes ?? "",
    limitResponseMs: limits.response_ms ?? "",
    hasCors: cors != null,
    origins: cors?.origins ?? [],
    headers: cors?.headers ?? [],
    expose: cors?.expose ?? [],
    maxAgeSeconds: cors?.max_age_seconds ?? 600,
    allowsQueryToken: collection.allow_query_token,
    allowsEncodedSlash: collection.allow_encoded_slash,
    keepsHost: collection.keep_host,
    passesAuthorization: collection.pass_authorization,
    sendsClaims: collection.send_claims,
  };
}

type AuthInput = Extract<NonNullable<CollectionChange["upstream"]>, object>["auth"];

function textOrNull(text: string): string | null {
  return text.trim() === "" ? null : text.trim();
}

/** The upstream's authentication; an empty secret is left out, so that the stored one stays. */
function authOf(values: BasicValues): AuthInput {
  const { authType: type, authSecret } = values;
  const secret = (field: "value" | "password" | "client_secret") =>
    authSecret === "" ? {} : { [field]: authSecret };
  switch (type) {
    case "none":
      return { type };
    case "header":
    case "query":
      return { type, name: values.authName.trim(), ...secret("value") };
    case "basic":
      return { type, user: values.authUser.trim(), ...secret("password") };
    case "oauth2":
      return {
        type,
        token_url: values.tokenUrl.trim(),
        client_id: values.clientId.trim(),
        scope: textOrNull(values.scope),
        client_auth: values.clientAuth,
        ...secret("client_secret"),
      };
  }
}

function urlsOf(values: BasicValues): string[] {
  return values.urls.map((url) => url.trim()).filter((url) => url !== "");
}

function headOf(values: BasicValues) {
  return {
    name: values.name.trim(),
    version: values.version.trim(),
    description: textOrNull(values.description),
    ...(values.projectId !== "" && { project_id: Number(values.projectId) }),
  };
}

/** A new collection; all that the wizard does not ask for takes its default. */
export function newCollectionOf(values: BasicValues): NewCollection {
  const path = values.path.trim();
  return {
    ...headOf(values),
    ...(path !== "" && { path }),
    upstream: { urls: urlsOf(values), auth: authOf(values) },
  };
}

function numberOrNull(value: Typed): number | null {
  return value === "" ? null : Number(value);
}

function healthOf(values: CollectionValues) {
  if (!values.hasHealthCheck) return null;
  return {
    path: values.healthPath.trim(),
    interval_ms: numberOrNull(values.healthIntervalMs),
    timeout_ms: numberOrNull(values.healthTimeoutMs),
    unhealthy_after: numberOrNull(values.unhealthyAfter),
    healthy_after: numberOrNull(values.healthyAfter),
  };
}

export function changeOf(values: CollectionValues): CollectionChange {
  const { origins, headers, expose } = values;
  return {
    ...headOf(values),
    path: values.path.trim(),
    upstream: {
      urls: urlsOf(values),
      auth: authOf(values),
      http: values.http,
      timeouts_ms: {
        connect: Number(values.connectMs),
        response: Number(values.responseMs),
        idle: Number(values.idleMs),
      },
      max_in_flight: numberOrNull(values.maxInFlight),
      tls: { ca: textOrNull(values.tlsCa), server_name: textOrNull(values.tlsServerName) },
      health_check: healthOf(values),
    },
    limits: {
      body_bytes: numberOrNull(values.bodyBytes),
      response_ms: numberOrNull(values.limitResponseMs),
    },
    cors: values.hasCors
      ? { origins, headers, expose, max_age_seconds: Number(values.maxAgeSeconds) }
      : null,
    allow_query_token: values.allowsQueryToken,
    allow_encoded_slash: values.allowsEncodedSlash,
    keep_host: values.keepsHost,
    pass_authorization: values.passesAuthorization,
    send_claims: values.sendsClaims,
  };
}
