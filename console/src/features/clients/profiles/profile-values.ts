/** The profile form's values: empty, of a stored profile, and as the API takes them. */
import type { FormErrors } from "@mantine/form";
import type { NewProfile, Profile, ProfileChange } from "../../../api/types";
import { toIso, toLocalInput } from "../../../ui/date-time";
import { authOf, emptyAuth } from "./auth/auth-values";
import { type Label, labelsOf, rowsOf } from "./labels-input";
import { emptyMtls, mtlsOf } from "./mtls/mtls-values";
import { checkTerms, TERMS_PLACES, type TermsValues, termsOf } from "./terms-fields";

export interface ProfileValues extends TermsValues {
  name: string;
  /** Whose terms count. */
  termsOf: "client" | "own";
  ipAllowList: string[];
  ipDenyList: string[];
  /** As a date-time input holds it, in the viewer's zone; empty: never. */
  expiresAt: string;
  labels: Label[];
  /** Brought-in token or client secret; empty: generated, or unchanged. */
  authToken: string;
  /** Chosen key id or client id; empty: generated, or unchanged. */
  apiKey: string;
}

/** Where the API's fields stand in the form. */
export const PROFILE_PLACES = {
  name: "name",
  own_terms: "termsOf",
  ip_allow_list: "ipAllowList",
  ip_deny_list: "ipDenyList",
  expires_at: "expiresAt",
  labels: "labels",
  auth_token: "authToken",
  api_key: "apiKey",
  ...TERMS_PLACES,
} as const;

export function emptyProfile(): ProfileValues {
  return {
    name: "",
    termsOf: "own",
    collectionIds: [],
    policyId: null,
    ipAllowList: [],
    ipDenyList: [],
    expiresAt: "",
    labels: [],
    authToken: "",
    apiKey: "",
    ...emptyAuth(),
    ...emptyMtls(),
  };
}

export function valuesOf(profile: Profile): ProfileValues {
  return {
    name: profile.name,
    termsOf: profile.own_terms ? "own" : "client",
    collectionIds: profile.api_collection_ids.map(String),
    policyId: profile.api_policy_id == null ? null : String(profile.api_policy_id),
    ipAllowList: profile.ip_allow_list,
    ipDenyList: profile.ip_deny_list,
    expiresAt: toLocalInput(profile.expires_at),
    labels: rowsOf(profile.labels),
    authToken: "",
    apiKey: "",
    ...authOf(profile),
    ...mtlsOf(profile),
  };
}

/** What can be seen to be wrong before asking the server. */
export function checkProfile(values: ProfileValues): FormErrors {
  const errors: FormErrors = values.termsOf === "own" ? { ...checkTerms(values) } : {};
  if (values.name.trim() === "") errors.name = "Give the profile a name";
  if (values.expiresAt !== "" && toIso(values.expiresAt) === null) {
    errors.expiresAt = "This is no date and time";
  }
  return errors;
}

function ownFields(values: ProfileValues) {
  return {
    name: values.name.trim(),
    ip_allow_list: values.ipAllowList,
    ip_deny_list: values.ipDenyList,
    expires_at: toIso(values.expiresAt),
    labels: labelsOf(values.labels),
    ...(values.authToken.trim() !== "" && { auth_token: values.authToken.trim() }),
    ...(values.apiKey.trim() !== "" && { api_key: values.apiKey.trim() }),
  };
}

/** A new profile; it starts disabled and is switched on deliberately. */
export function newProfileOf(values: ProfileValues): NewProfile {
  const terms = values.termsOf === "own" ? termsOf(values) : {};
  return { ...ownFields(values), active: false, ...terms };
}

export function profileChangeOf(values: ProfileValues): ProfileChange {
  const terms = values.termsOf === "own" ? termsOf(values) : { own_terms: false };
  return { ...ownFields(values), ...terms };
}
