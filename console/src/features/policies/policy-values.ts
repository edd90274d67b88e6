/** The policy form's values: empty, of a stored policy, and as the API takes them. */
import type { NewPolicy, Policy } from "../../api/types";

export const RATE_INTERVALS = ["second", "minute", "hour"] as const;
export const QUOTA_INTERVALS = [
  "day",
  "week",
  "month",
  "30 days",
  "60 days",
  "90 days",
  "year",
] as const;
const FAIL_MODES = ["deny", "allow_local"] as const;

export const MAX_LIMIT = 1_000_000_000;

type RateInterval = (typeof RATE_INTERVALS)[number];
type QuotaInterval = (typeof QUOTA_INTERVALS)[number];
type FailMode = (typeof FAIL_MODES)[number];

export interface PolicyValues {
  name: string;
  description: string;
  hasRate: boolean;
  rateLimit: number | string;
  rateInterval: RateInterval;
  hasQuota: boolean;
  quotaLimit: number | string;
  quotaInterval: QuotaInterval;
  quotaFailMode: FailMode;
}

/** Where the API's fields stand in the form. */
export const POLICY_PLACES = {
  name: "name",
  description: "description",
  rate_limit: "rateLimit",
  usage_quota: "quotaLimit",
  on_store_failure: "quotaFailMode",
} as const;

export function emptyPolicy(): PolicyValues {
  return {
    name: "",
    description: "",
    hasRate: true,
    rateLimit: "",
    rateInterval: "minute",
    hasQuota: true,
    quotaLimit: "",
    quotaInterval: "30 days",
    quotaFailMode: "deny",
  };
}

function among<Choice extends string>(
  choices: readonly Choice[],
  text?: string,
): Choice | undefined {
  return choices.find((choice) => choice === text);
}

export function valuesOf(policy: Policy): PolicyValues {
  const empty = emptyPolicy();
  const { rate_limit: rate, usage_quota: quota } = policy;
  return {
    name: policy.name,
    description: policy.description ?? "",
    hasRate: rate != null,
    rateLimit: rate?.limit ?? "",
    rateInterval: among(RATE_INTERVALS, rate?.interval) ?? empty.rateInterval,
    hasQuota: quota != null,
    quotaLimit: quota?.limit ?? "",
    quotaInterval: among(QUOTA_INTERVALS, quota?.interval) ?? empty.quotaInterval,
    quotaFailMode: among(FAIL_MODES, policy.on_store_failure.quota) ?? empty.quotaFailMode,
  };
}

function isLimit(limit: number | string): boolean {
  return limit !== "" && Number(limit) >= 1 && Number(limit) <= MAX_LIMIT;
}

type PolicyErrors = Partial<Record<keyof PolicyValues, string>>;

/** What can be seen to be wrong before asking the server. */
export function checkPolicy(values: PolicyValues): PolicyErrors {
  const errors: PolicyErrors = {};
  const range = "1 to 1,000,000,000 calls";
  if (values.name.trim() === "") errors.name = "Give the policy a name";
  if (values.hasRate && !isLimit(values.rateLimit)) errors.rateLimit = range;
  if (values.hasQuota && !isLimit(values.quotaLimit)) errors.quotaLimit = range;
  if (!values.hasRate && !values.hasQuota) {
    errors.quotaLimit = "A policy has at least one of the two limits";
  }
  return errors;
}

/** The two limits as the API takes them; what is not filled in is none. */
export function limitsOf(values: PolicyValues) {
  const { rateLimit, rateInterval, quotaLimit, quotaInterval } = values;
  const hasRate = values.hasRate && isLimit(rateLimit);
  const hasQuota = values.hasQuota && isLimit(quotaLimit);
  return {
    rate_limit: hasRate ? { limit: Number(rateLimit), interval: rateInterval } : null,
    usage_quota: hasQuota ? { limit: Number(quotaLimit), interval: quotaInterval } : null,
  };
}

export function policyBodyOf(values: PolicyValues): NewPolicy {
  const description = values.description.trim();
  return {
    name: values.name.trim(),
    description: description === "" ? null : description,
    ...limitsOf(values),
    on_store_failure: { quota: values.quotaFailMode },
  };
}

/** Whether saving begins the period of profiles that use the policy at 0: its quota counts by another interval. */
export function startsAnew(policy: Policy | null, values: PolicyValues): boolean {
  const quota = policy?.usage_quota;
  if (!policy || !quota || policy.profiles_count + policy.clients_count === 0) return false;
  return values.hasQuota && values.quotaInterval !== quota.interval;
}
