/** What can be seen to be wrong with a collection's form before asking the server. */
import type { BasicValues, CollectionValues } from "./collection-values";

type Errors<Values> = Partial<Record<keyof Values, string>>;

/** `hasSecret`: the server already holds a secret of this kind. */
export function checkBasics(values: BasicValues, hasSecret = false): Errors<BasicValues> {
  const errors: Errors<BasicValues> = {};
  const asks = (field: keyof BasicValues, problem: string) => {
    const value = values[field];
    if (typeof value === "string" && value.trim() === "") errors[field] = problem;
  };
  asks("name", "Give the collection a name");
  asks("version", "Give it a version, as 1.0");
  if (values.urls.every((url) => url.trim() === "")) {
    errors.urls = "Give the address of the service behind it, as http://10.0.0.5:8080";
  }
  const { authType } = values;
  if (authType === "header" || authType === "query") asks("authName", "Give its name");
  if (authType === "basic") asks("authUser", "Give the user");
  if (authType === "oauth2") {
    asks("tokenUrl", "Give the token endpoint's URL");
    asks("clientId", "Give the client id");
  }
  if (authType !== "none" && !hasSecret) asks("authSecret", "Give the secret");
  return errors;
}

interface Range {
  field: keyof CollectionValues;
  from: number;
  to: number;
  /** Whether it may be left empty. */
  isOptional?: boolean;
}

const WAITS: readonly Range[] = [
  { field: "connectMs", from: 1, to: 60_000 },
  { field: "responseMs", from: 1, to: 240_000 },
  { field: "idleMs", from: 1, to: 3_600_000 },
  { field: "maxInFlight", from: 1, to: 1_000_000, isOptional: true },
  { field: "bodyBytes", from: 0, to: Number.MAX_SAFE_INTEGER, isOptional: true },
  { field: "limitResponseMs", from: 1, to: 240_000, isOptional: true },
];

const HEALTH: readonly Range[] = [
  { field: "healthIntervalMs", from: 500, to: 3_600_000 },
  { field: "healthTimeoutMs", from: 1, to: 60_000 },
  { field: "unhealthyAfter", from: 1, to: 10 },
  { field: "healthyAfter", from: 1, to: 10 },
];

const CORS: readonly Range[] = [{ field: "maxAgeSeconds", from: 0, to: 86_400 }];

function checkRange(values: CollectionValues, { field, from, to, isOptional }: Range) {
  const value = values[field];
  if (value === "" && isOptional) return null;
  const number = Number(value);
  const isFine = value !== "" && number >= from && number <= to;
  return isFine ? null : `${from.toLocaleString("en")} to ${to.toLocaleString("en")}`;
}

export function checkCollection(values: CollectionValues, hasSecret: boolean) {
  const errors: Errors<CollectionValues> = checkBasics(values, hasSecret);
  if (values.path.trim() === "") errors.path = "Give it a path, as quote-to-cash-v1";
  const ranges = [
    ...WAITS,
    ...(values.hasHealthCheck ? HEALTH : []),
    ...(values.hasCors ? CORS : []),
  ];
  for (const range of ranges) {
    const problem = checkRange(values, range);
    if (problem) errors[range.field] = problem;
  }
  if (values.hasHealthCheck && !values.healthPath.trim().startsWith("/")) {
    errors.healthPath = "A path, as /healthz";
  }
  if (values.hasCors && values.origins.length === 0) {
    errors.origins = "Give at least one origin, or * for any";
  }
  return errors;
}
