/** What the certificates' screen changes. */
import { api, send } from "../../../api/client";
import type { CertBundleChange, NewCertBundle } from "../../../api/types";

export function createBundle(body: NewCertBundle) {
  return send(api.POST("/api/cert_bundles", { body }));
}

export function changeBundle(id: number, body: CertBundleChange) {
  return send(api.PUT("/api/cert_bundles/{id}", { params: { path: { id } }, body }));
}

export function deleteBundle(id: number) {
  return send(api.DELETE("/api/cert_bundles/{id}", { params: { path: { id } } }));
}
