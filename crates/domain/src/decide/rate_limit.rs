//! Check 10: the rate limit of the profile. Taken last, so that a refused call takes nothing.

use crate::denial::Denial;
use crate::directory::{Directory, ProfileEntry};
use crate::limits::{RateReading, RateRefused};
use crate::terms::Terms;
use crate::time::Now;

/// What is left of the limit, if there is one; with a refusal also how long to wait.
pub(super) fn check(
    directory: &Directory,
    profile: &ProfileEntry,
    terms: &Terms,
    now: Now,
) -> Result<Option<RateReading>, (Denial, Option<RateRefused>)> {
    let Some(policy_id) = terms.policy_id else { return Ok(None) };
    // A policy in use cannot be deleted; were it gone, the call would be refused rather than pass unlimited.
    let policy = directory.policy(policy_id).ok_or((Denial::LimitStoreUnavailable, None))?;
    let Some(rate) = policy.rate_limit else { return Ok(None) };
    let taken = profile.counters().take(rate, directory.revision(), now.monotonic);
    taken.map(Some).map_err(|refused| (Denial::RateLimited, Some(refused)))
}
