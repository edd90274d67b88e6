/** Mutual TLS in terms: the form's values, of stored terms, and as the API takes them. */
import type { Client, Profile } from "../../../../api/types";
import { ruleProblem } from "./rule";

export interface MtlsValues {
  asksForCertificate: boolean;
  bundleIds: string[];
  rule: string;
}

/** Where the API's fields stand in the form. */
export const MTLS_PLACES = {
  mtls_enabled: "asksForCertificate",
  cert_bundle_ids: "bundleIds",
  validation_formula: "rule",
} as const;

/** Most bundles of one set of terms. */
export const MAX_BUNDLES = 5;

export function emptyMtls(): MtlsValues {
  return { asksForCertificate: false, bundleIds: [], rule: "" };
}

/** The form's values of stored terms: a client's defaults, or those in force for a profile. */
export function mtlsOf(terms: Client | Profile): MtlsValues {
  return {
    asksForCertificate: terms.mtls_enabled ?? false,
    bundleIds: (terms.cert_bundle_ids ?? []).map(String),
    rule: terms.validation_formula ?? "",
  };
}

/** What can be seen to be wrong before asking the server. */
export function checkMtls(values: MtlsValues): Partial<Record<keyof MtlsValues, string>> {
  if (!values.asksForCertificate) return {};
  const problem = ruleProblem(values.rule);
  return {
    ...(values.bundleIds.length === 0 && { bundleIds: "Choose at least one certificate bundle" }),
    ...(problem && { rule: problem }),
  };
}

/** Mutual TLS as the API takes it. Bundles and rule are kept while it is switched off; a rule that is none is not. */
export function mtlsFields({ asksForCertificate, bundleIds, rule }: MtlsValues) {
  const keeps = rule.trim() !== "" && (asksForCertificate || ruleProblem(rule) === null);
  return {
    mtls_enabled: asksForCertificate,
    cert_bundle_ids: bundleIds.map(Number),
    validation_formula: keeps ? rule.trim() : null,
  };
}

/** "2 bundles, CN=shop"; null where no certificate is asked for. */
export function mtlsInWords(terms: Client | Profile): string | null {
  if (!terms.mtls_enabled) return null;
  const count = terms.cert_bundle_ids?.length ?? 0;
  const bundles = `of ${count} certificate ${count === 1 ? "bundle" : "bundles"}`;
  return terms.validation_formula ? `${bundles}, with ${terms.validation_formula}` : bundles;
}
