/** The profile form's values: empty, of a stored profile, and as the API takes them. */
import type { FormErrors } from "@mantine/form";
import type { NewProfile, Profile, ProfileChange } from "../../../api/types";
import { type Label, labelsOf, rowsOf } from "./labels-input";
import type { TermsValues } from "./terms-fields";

export interface ProfileValues extends TermsValues {
  name: string;
  /** Whose terms count. */
  termsOf: "client" | "own";
  ipAllowList: string[];
  ipDenyList: string[];
  labels: Label[];
}

/** Where the API's fields stand in the form. */
export const PROFILE_PLACES = {
  name: "name",
  api_collection_ids: "collectionIds",
  api_policy_id: "policyId",
  auth_type: "method",
  own_terms: "termsOf",
  ip_allow_list: "ipAllowList",
  ip_deny_list: "ipDenyList",
  labels: "labels",
} as const;

export function emptyProfile(): ProfileValues {
  return {
    name: "",
    termsOf: "own",
    collectionIds: [],
    policyId: null,
    ipAllowList: [],
    ipDenyList: [],
    labels: [],
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
    labels: rowsOf(profile.labels),
  };
}

/** What can be seen to be wrong before asking the server. */
export function checkProfile(values: ProfileValues): FormErrors {
  const errors: FormErrors = {};
  if (values.name.trim() === "") errors.name = "Give the profile a name";
  if (values.termsOf === "own" && values.collectionIds.length === 0) {
    errors.collectionIds = "Choose at least one API collection";
  }
  return errors;
}

/** The terms as the API takes them. */
export function termsOf(values: TermsValues) {
  return {
    api_collection_ids: values.collectionIds.map(Number),
    api_policy_id: values.policyId === null ? null : Number(values.policyId),
    auth_type: "token" as const,
  };
}

function ownFields(values: ProfileValues) {
  return {
    name: values.name.trim(),
    ip_allow_list: values.ipAllowList,
    ip_deny_list: values.ipDenyList,
    labels: labelsOf(values.labels),
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
