/** One's own account: password, second factor, sessions. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, send } from "../../api/client";

export function changePassword(body: { current_password: string; password: string }) {
  return send(api.PUT("/api/users/me/password", { body }));
}

/** Begins the enrolment: answers the secret for the authenticator app. */
export function beginTotp(currentPassword: string) {
  const body = { current_password: currentPassword };
  return send(api.POST("/api/users/me/totp", { body })).then(({ data }) => data);
}

/** Ends the enrolment: answers the recovery codes, this once. */
export function confirmTotp(code: string) {
  return send(api.POST("/api/users/me/totp", { body: { code } })).then(({ data }) => data);
}

export function removeTotp(currentPassword: string) {
  const body = { current_password: currentPassword };
  return send(api.DELETE("/api/users/me/totp", { body }));
}

export const SESSIONS_PER_PAGE = 25;

/** Sessions; without a member an owner sees those of everybody. */
export function sessionsQuery(memberId: number | null, page: number) {
  return queryOptions({
    queryKey: ["sessions", memberId, page],
    queryFn: () =>
      send(
        api.GET("/api/sessions", {
          params: {
            query: {
              page,
              per_page: SESSIONS_PER_PAGE,
              sort: "-created_at",
              ...(memberId !== null && { member_id: memberId }),
            },
          },
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

export function endSession(id: number) {
  return send(api.DELETE("/api/sessions/{id}", { params: { path: { id: String(id) } } }));
}
