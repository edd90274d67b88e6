//! Check 10: the rate limit of the profile. Taken last, so that a refused call takes nothing.

use crate::denial::Denial;
use crate::directory::{Directory, ProfileEntry};
use crate::terms::Terms;
use crate::time::Now;

/// With a refusal, nanoseconds until one call would be admitted.
pub(super) fn check(
    directory: &Directory,
    profile: &ProfileEntry,
    terms: &Terms,
    now: Now,
) -> Result<(), (Denial, Option<u64>)> {
    let Some(policy_id) = terms.policy_id else { return Ok(()) };
    // A policy in use cannot be deleted; were it gone, the call would be refused rather than pass unlimited.
    let policy = directory.policy(policy_id).ok_or((Denial::LimitStoreUnavailable, None))?;
    let Some(rate) = policy.rate_limit else { return Ok(()) };
    profile.counters().take(rate, directory.revision(), now.monotonic).map_err(|wait| (Denial::RateLimited, Some(wait)))
}
