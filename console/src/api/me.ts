/** Who is signed in, and what their role lets them do. The server has the last word; this only keeps the screens honest. */
import { queryOptions, useQuery } from "@tanstack/react-query";
import { api, send } from "./client";
import type { User } from "./types";

export type Role = User["role"];

/** From the least to the most powerful. */
export const ROLES = ["viewer", "operator", "admin", "owner"] as const satisfies readonly Role[];

export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: () => send(api.GET("/api/users/me")),
  staleTime: Number.POSITIVE_INFINITY,
  meta: { askedSignedOut: true },
});

/** Whether `role` includes everything that `needs` may do. */
export function includes(role: Role, needs: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needs);
}

/** The signed-in member as last read; never asks the server by itself. */
export function useMe(): User | undefined {
  return useQuery({ ...meQuery, enabled: false }).data;
}

/** Whether the signed-in member may do what needs this role; yes while nobody knows. */
export function useMay(needs: Role): boolean {
  const me = useMe();
  return me === undefined || includes(me.role, needs);
}

/** Whether the signed-in member may change what belongs to the whole workspace: an admin who is confined to no projects. */
export function useMayWorkspace(needs: Role): boolean {
  const me = useMe();
  const isConfined = me?.project_ids != null;
  return useMay(needs) && !isConfined;
}

const ARTICLES: Record<Role, string> = {
  viewer: "a viewer",
  operator: "an operator",
  admin: "an admin",
  owner: "an owner",
};

/** "An admin may do this", for what is shown but cannot be used. */
export function whoMay(needs: Role): string {
  return `Your role may not do this; ${ARTICLES[needs]} may.`;
}
