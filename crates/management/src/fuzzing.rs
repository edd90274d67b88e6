//! What fuzzing reaches of the reading of bodies, without a server. No part of what this crate offers.

use crate::api_policies::create::PolicyInput;
use crate::api_policies::update::PolicyChange;
use crate::extract::{parse, read_object};
use crate::wire::Field;
use domain::access_policy::{OnStoreFailure, RateLimit, UsageQuota};

/// What a body says of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyBody {
    /// Its name, where one is given.
    pub name: Option<String>,
    /// Its rate limit.
    pub rate_limit: Option<RateLimit>,
    /// Its usage quota.
    pub usage_quota: Option<UsageQuota>,
    /// Its fail modes, where any are given.
    pub on_store_failure: Option<OnStoreFailure>,
}

/// Reads the body of a new policy; `None`: it has a fault.
pub fn new_policy(body: &[u8]) -> Option<PolicyBody> {
    let (input, faults) = read_object::<PolicyInput>(&parse(body).ok()?).ok()?;
    faults.check().ok()?;
    let PolicyInput { name, rate_limit, usage_quota, on_store_failure, .. } = input;
    Some(policy_body(name.value().map(|name| name.to_string()), rate_limit, usage_quota, on_store_failure))
}

/// Reads the body of a change of a policy; `None`: it has a fault.
pub fn policy_change(body: &[u8]) -> Option<PolicyBody> {
    let (input, faults) = read_object::<PolicyChange>(&parse(body).ok()?).ok()?;
    faults.check().ok()?;
    let PolicyChange { name, rate_limit, usage_quota, on_store_failure, .. } = input;
    Some(policy_body(name.value().map(|name| name.to_string()), rate_limit, usage_quota, on_store_failure))
}

fn policy_body(
    name: Option<String>,
    rate_limit: Field<Option<RateLimit>>,
    usage_quota: Field<Option<UsageQuota>>,
    on_store_failure: Field<Option<crate::api_policies::FailModes>>,
) -> PolicyBody {
    PolicyBody {
        name,
        rate_limit: rate_limit.flat(),
        usage_quota: usage_quota.flat(),
        on_store_failure: on_store_failure.flat().map(|modes| modes.0),
    }
}
