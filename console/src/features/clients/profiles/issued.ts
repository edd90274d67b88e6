/** What a profile authenticates with, as the one answer that holds it says. */
import type { Profile } from "../../../api/types";
import { type Method, methodOf } from "./auth/auth-values";

export interface Issued {
  name: string;
  method: Method;
  /** Token or client secret in full; for JWT and OpenID Connect the key id. */
  credential: string;
  /** Key id or client id; for tokens masked. */
  identifier: string;
  /** The claim that carries the key id. */
  claim: string;
  collectionIds: number[];
}

export function issuedOf(profile: Profile): Issued {
  const method = methodOf(profile.auth_type);
  return {
    name: profile.name,
    method,
    credential: profile.auth_token,
    identifier: profile.api_key,
    claim: profile.access_profile_claim ?? "sub",
    collectionIds: profile.api_collection_ids,
  };
}

/** Whether the credential is a secret that no later answer shows. */
export function isSecret(method: Method): boolean {
  return method === "token" || method === "oauth2";
}

const NOUNS: Readonly<Record<Method, string>> = {
  token: "API key",
  oauth2: "Client secret",
  jwt: "Key id",
  oidc: "Key id",
};

/** What the credential is called: "API key". */
export function credentialNoun(method: Method): string {
  return NOUNS[method];
}
