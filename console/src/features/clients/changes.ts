/** What the clients' screens change. */
import { api, send } from "../../api/client";
import { toApiError } from "../../api/errors";
import type { ClientChange, NewClient, NewProfile, ProfileChange } from "../../api/types";

export function createClient(body: NewClient) {
  return send(api.POST("/api/v2/api_clients", { body })).then((answer) => answer.data);
}

export function changeClient(id: number, body: ClientChange) {
  return send(api.PUT("/api/v2/api_clients/{id}", { params: { path: { id } }, body }));
}

export function deleteClient(id: number) {
  return send(api.DELETE("/api/v2/api_clients/{id}", { params: { path: { id } } }));
}

export function enableClient(id: number, enable: boolean) {
  const params = { path: { id } };
  return enable
    ? send(api.PUT("/api/v2/api_clients/{id}/enable", { params }))
    : send(api.PUT("/api/v2/api_clients/{id}/disable", { params }));
}

/** Sends the picture as it is; the server checks it, scales it and stores it anew. */
export async function putLogo(id: number, file: File): Promise<void> {
  let response: Response;
  try {
    response = await fetch(`/api/v2/api_clients/${id}/logo`, {
      method: "PUT",
      headers: { "Content-Type": file.type, Accept: "application/json" },
      body: file,
    });
  } catch {
    throw toApiError(0, null);
  }
  if (!response.ok) throw toApiError(response.status, await response.json().catch(() => null));
}

export function deleteLogo(id: number) {
  return send(api.DELETE("/api/v2/api_clients/{id}/logo", { params: { path: { id } } }));
}

export function createProfile(clientId: number, body: NewProfile) {
  const params = { path: { id: clientId } };
  return send(api.POST("/api/v2/api_clients/{id}/api_keys", { params, body })).then(
    (answer) => answer.data,
  );
}

export function changeProfile(clientId: number, profileId: number, body: ProfileChange) {
  const params = { path: { id: clientId, key: profileId } };
  return send(api.PUT("/api/v2/api_clients/{id}/api_keys/{key}", { params, body })).then(
    (answer) => answer.data,
  );
}

export function deleteProfile(clientId: number, profileId: number) {
  const params = { path: { id: clientId, key: profileId } };
  return send(api.DELETE("/api/v2/api_clients/{id}/api_keys/{key}", { params }));
}

export function enableProfile(clientId: number, profileId: number, enable: boolean) {
  const params = { path: { id: clientId, key: profileId } };
  return enable
    ? send(api.PUT("/api/v2/api_clients/{id}/api_keys/{key}/enable", { params }))
    : send(api.PUT("/api/v2/api_clients/{id}/api_keys/{key}/disable", { params }));
}

/**
 * Answers the profile with its new credential in full. Without an overlap the old one has ended by then; with one
 * it works that many seconds longer.
 */
export function refreshProfile(clientId: number, profileId: number, overlapSeconds: number) {
  const params = { path: { id: clientId, key: profileId } };
  const body = { overlap_seconds: overlapSeconds };
  return send(
    api.PUT("/api/v2/api_clients/{id}/api_keys/{key}/refresh_secret", { params, body }),
  ).then((answer) => answer.data);
}

/** Ends the older of two credentials at once. */
export function finishOverlap(clientId: number, profileId: number) {
  const params = { path: { id: clientId, key: profileId } };
  return send(api.PUT("/api/v2/api_clients/{id}/api_keys/{key}/finish_overlap", { params }));
}

/** Grants more calls in the present period of the usage quota. */
export function grantQuota(clientId: number, profileId: number, amount: number) {
  const params = { path: { id: clientId, key: profileId } };
  const body = { amount };
  return send(api.POST("/api/v2/api_clients/{id}/api_keys/{key}/counters/grant", { params, body }));
}

/** Puts the present period of the usage quota back to its beginning. */
export function resetCounters(clientId: number, profileId: number) {
  const params = { path: { id: clientId, key: profileId } };
  return send(api.POST("/api/v2/api_clients/{id}/api_keys/{key}/counters/reset", { params }));
}
