/** What the collections' screens change. */
import { api, send } from "../../api/client";
import type {
  CollectionChange,
  DocumentInput,
  EndpointChange,
  NewCollection,
  NewEndpoint,
  TryInput,
} from "../../api/types";

export function createCollection(body: NewCollection) {
  return send(api.POST("/api/api_collections", { body }));
}

export function previewDocument(openapi_spec: DocumentInput) {
  return send(api.POST("/api/api_collections/preview", { body: { openapi_spec } })).then(
    (answer) => answer.data,
  );
}

export function importDocument(id: number, openapi_spec: DocumentInput, prune: boolean) {
  return send(
    api.POST("/api/api_collections/{id}/import", {
      params: { path: { id } },
      body: { openapi_spec, prune },
    }),
  );
}

export function changeCollection(id: number, body: CollectionChange) {
  return send(api.PUT("/api/api_collections/{id}", { params: { path: { id } }, body }));
}

export function deleteCollection(id: number) {
  return send(api.DELETE("/api/api_collections/{id}", { params: { path: { id } } }));
}

export function enableCollection(id: number, enable: boolean) {
  const params = { path: { id } };
  return enable
    ? send(api.PUT("/api/api_collections/{id}/enable", { params }))
    : send(api.PUT("/api/api_collections/{id}/disable", { params }));
}

export function createEndpoint(collectionId: number, body: NewEndpoint) {
  return send(
    api.POST("/api/api_collections/{id}/api_endpoints", {
      params: { path: { id: collectionId } },
      body,
    }),
  );
}

export function changeEndpoint(id: number, body: EndpointChange) {
  return send(api.PUT("/api/api_endpoints/{id}", { params: { path: { id } }, body }));
}

export function deleteEndpoint(id: number) {
  return send(api.DELETE("/api/api_endpoints/{id}", { params: { path: { id } } }));
}

export function enableEndpoint(id: number, enable: boolean) {
  const params = { path: { id } };
  return enable
    ? send(api.PUT("/api/api_endpoints/{id}/enable", { params }))
    : send(api.PUT("/api/api_endpoints/{id}/disable", { params }));
}

/** Calls an endpoint through the gateway; the credential in it is used once and kept nowhere. */
export function tryEndpoint(id: number, body: TryInput) {
  return send(api.POST("/api/api_endpoints/{id}/try", { params: { path: { id } }, body })).then(
    (answer) => answer.data,
  );
}
