/** A collection for component tests. */
import type { Collection, Endpoint } from "../api/types";

export function sampleCollection(part: Partial<Collection> = {}): Collection {
  return {
    id: 3,
    name: "Orders",
    version: "1.0",
    project_id: 1,
    path: "orders-v1",
    url: "http://gateway.test/orders-v1",
    api_spec_url: "http://gateway.test/orders-v1/openapi.json",
    description: null,
    enabled: true,
    upstream: {
      urls: ["http://10.0.0.5:8080"],
      auth: {
        type: "none",
        name: null,
        user: null,
        token_url: null,
        client_id: null,
        scope: null,
        client_auth: null,
      },
      timeouts_ms: { connect: 3000, response: 30_000, idle: 60_000 },
      tls: { ca: null, server_name: null },
      http: "http1",
      health_check: null,
      max_in_flight: null,
    },
    limits: { body_bytes: 5_242_880, response_ms: null },
    cors: null,
    allow_query_token: false,
    allow_encoded_slash: false,
    keep_host: false,
    pass_authorization: false,
    send_claims: false,
    endpoints_count: 2,
    active_endpoints_count: 1,
    created_at: "2026-11-02T08:00:00.000Z",
    updated_at: "2026-11-02T08:00:00.000Z",
    ...part,
  };
}

export function sampleEndpoint(part: Partial<Endpoint> = {}): Endpoint {
  return {
    id: 31,
    api_collection_id: 3,
    flow_id: 0,
    name: "Get an order",
    method: "GET",
    url: "http://gateway.test/orders-v1/orders/{id}",
    legacy_url: null,
    base_path: "/orders-v1",
    path: "orders/{id}",
    description: null,
    upstream_path: null,
    active: true,
    legacy: false,
    created_at: "2026-11-02T08:00:00.000Z",
    updated_at: "2026-11-02T08:00:00.000Z",
    ...part,
  };
}
