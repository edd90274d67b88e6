/** Sign-in of members by OpenID Connect: what is set, and its change. */
import { queryOptions } from "@tanstack/react-query";
import { api, send } from "../../../api/client";
import type { OidcSignInChange } from "../../../api/types";

export const oidcQuery = queryOptions({
  queryKey: ["oidc-sign-in"],
  queryFn: () => send(api.GET("/api/settings/oidc")).then(({ data }) => data ?? null),
});

export function changeOidc(body: OidcSignInChange) {
  return send(api.PUT("/api/settings/oidc", { body })).then(({ data }) => data);
}

export function deleteOidc() {
  return send(api.DELETE("/api/settings/oidc"));
}
