import { describe, expect, it } from "vitest";
import type { Endpoint } from "../../../api/types";
import { curlLine, easiestEndpoint, headerOf, WITH_CERTIFICATE } from "./curl";

function endpoint(method: string, path: string, active = true): Endpoint {
  return {
    id: 1,
    api_collection_id: 1,
    flow_id: 0,
    name: path,
    method,
    path,
    url: `http://gw.test/orders-v1/${path}`,
    legacy_url: null,
    base_path: "/orders-v1",
    active,
    legacy: false,
    created_at: "2026-01-01T00:00:00.000Z",
    updated_at: "2026-01-01T00:00:00.000Z",
  } as Endpoint;
}

describe("the first call", () => {
  it("goes to an active GET endpoint without parameters where there is one", () => {
    const all = [
      endpoint("POST", "orders"),
      endpoint("GET", "orders/{id}"),
      endpoint("GET", "orders"),
    ];
    expect(easiestEndpoint(all)?.path).toBe("orders");
    expect(easiestEndpoint([endpoint("GET", "a", false), endpoint("POST", "b")])?.path).toBe("b");
    expect(easiestEndpoint([])).toBeNull();
  });

  it("is a line that a shell takes", () => {
    expect(curlLine(endpoint("GET", "orders"), headerOf("token", "pc_x"))).toBe(
      `curl -i -H "api-token: pc_x" 'http://gw.test/orders-v1/orders'`,
    );
    expect(curlLine(endpoint("POST", "orders/{id}"), headerOf("token", "pc_x"))).toBe(
      `curl -i -g -X POST -H "api-token: pc_x" 'http://gw.test/orders-v1/orders/{id}'`,
    );
    expect(curlLine(endpoint("GET", "orders"), headerOf("jwt", "pk_id"))).toBe(
      `curl -i -H "Authorization: Bearer $JWT" 'http://gw.test/orders-v1/orders'`,
    );
    expect(curlLine(endpoint("GET", "orders"), headerOf("token", "k"), WITH_CERTIFICATE)).toBe(
      `curl -i --cert client.pem --key client.key -H "api-token: k" 'http://gw.test/orders-v1/orders'`,
    );
    expect(curlLine(endpoint("ANY", "{rest...}"), headerOf("token", "k"))).toContain(
      "'http://gw.test/orders-v1/'",
    );
  });
});
