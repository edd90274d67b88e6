/** What the members' screen reads and changes. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, send } from "../../../api/client";
import type { MemberChange, NewMember } from "../../../api/types";
import { type ListSearch, toQuery } from "../../../ui/list-search";

export function memberListQuery(search: ListSearch) {
  return queryOptions({
    queryKey: ["members", "list", search],
    queryFn: () => send(api.GET("/api/members", { params: { query: toQuery(search) } })),
    placeholderData: keepPreviousData,
  });
}

export function createMember(body: NewMember) {
  return send(api.POST("/api/members", { body })).then((answer) => answer.data);
}

export function changeMember(id: number, body: MemberChange) {
  return send(api.PUT("/api/members/{id}", { params: { path: { id } }, body })).then(
    (answer) => answer.data,
  );
}

export function deleteMember(id: number) {
  return send(api.DELETE("/api/members/{id}", { params: { path: { id } } }));
}

/** Answers the member with the link by which they choose a new password. */
export function resetPassword(id: number) {
  return send(api.POST("/api/members/{id}/reset_password", { params: { path: { id } } })).then(
    (answer) => answer.data,
  );
}
