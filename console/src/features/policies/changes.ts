/** What the policies' screen changes. */
import { api, send } from "../../api/client";
import type { NewPolicy } from "../../api/types";

export function createPolicy(body: NewPolicy) {
  return send(api.POST("/api/api_policies", { body }));
}

export function changePolicy(id: number, body: NewPolicy) {
  return send(api.PUT("/api/api_policies/{id}", { params: { path: { id } }, body }));
}

export function deletePolicy(id: number) {
  return send(api.DELETE("/api/api_policies/{id}", { params: { path: { id } } }));
}
