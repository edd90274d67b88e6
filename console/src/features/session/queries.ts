/** How to become signed in, and how to stop being it. */
import { queryOptions } from "@tanstack/react-query";
import { api, send } from "../../api/client";

/** Whether the workspace still waits for its owner, and by whom else one may sign in. */
export const setupStateQuery = queryOptions({
  queryKey: ["setup"],
  queryFn: () => send(api.GET("/api/setup")).then((answer) => answer.data),
  staleTime: 0,
});

export interface SignIn {
  email: string;
  password: string;
  /** Of the authenticator app, or a recovery code; only where one is asked for. */
  code?: string;
}

export function signIn(body: SignIn) {
  return send(api.POST("/api/sessions", { body }));
}

export interface SetUp extends Omit<SignIn, "code"> {
  token: string;
  name?: string;
}

export function setUp(body: SetUp) {
  return send(api.POST("/api/setup", { body }));
}

export function signOut() {
  return send(api.DELETE("/api/sessions/{id}", { params: { path: { id: "current" } } }));
}
