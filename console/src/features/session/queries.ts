/** Who is signed in, and how to become that or stop being it. */
import { queryOptions } from "@tanstack/react-query";
import { api, send } from "../../api/client";

export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: () => send(api.GET("/api/users/me")),
  staleTime: Number.POSITIVE_INFINITY,
  meta: { askedSignedOut: true },
});

/** Whether the workspace still waits for its owner. */
export const needsSetupQuery = queryOptions({
  queryKey: ["setup"],
  queryFn: () => send(api.GET("/api/setup")).then((answer) => answer.data.needs_setup),
  staleTime: 0,
});

export interface SignIn {
  email: string;
  password: string;
}

export function signIn(body: SignIn) {
  return send(api.POST("/api/sessions", { body }));
}

export interface SetUp extends SignIn {
  token: string;
  name?: string;
}

export function setUp(body: SetUp) {
  return send(api.POST("/api/setup", { body }));
}

export function signOut() {
  return send(api.DELETE("/api/sessions/{id}", { params: { path: { id: "current" } } }));
}
