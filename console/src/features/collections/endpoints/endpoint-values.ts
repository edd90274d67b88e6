/** The endpoint form's values: empty, of a stored one, and as the API takes them. */
import type { Endpoint, NewEndpoint } from "../../../api/types";

export const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "ANY"] as const;
type Method = (typeof METHODS)[number];

export interface EndpointValues {
  name: string;
  method: Method;
  path: string;
  description: string;
  upstreamPath: string;
  active: boolean;
}

/** Where the API's fields stand in the form. */
export const ENDPOINT_PLACES = {
  name: "name",
  method: "method",
  path: "path",
  description: "description",
  upstream_path: "upstreamPath",
  active: "active",
} as const;

export function emptyEndpoint(): EndpointValues {
  return {
    name: "",
    method: "GET",
    path: "",
    description: "",
    upstreamPath: "",
    active: false,
  };
}

export function valuesOf(endpoint: Endpoint): EndpointValues {
  return {
    name: endpoint.name,
    method: METHODS.find((known) => known === endpoint.method) ?? "ANY",
    path: `/${endpoint.path}`,
    description: endpoint.description ?? "",
    upstreamPath: endpoint.upstream_path ?? "",
    active: endpoint.active,
  };
}

export function bodyOf(values: EndpointValues) {
  const description = values.description.trim();
  const upstreamPath = values.upstreamPath.trim();
  const path = values.path.trim();
  return {
    name: values.name.trim(),
    method: values.method,
    path: path === "" ? "/" : path,
    description: description === "" ? null : description,
    upstream_path: upstreamPath === "" ? null : upstreamPath,
    active: values.active,
  } satisfies NewEndpoint;
}

/** Names of `{parameters}` of a path, in order, the catch-all without its dots. */
export function parametersOf(path: string): string[] {
  return [...path.matchAll(/\{([^{}]+)\}/g)].map(([, name = ""]) => name.replace(/\.\.\.$/, ""));
}
