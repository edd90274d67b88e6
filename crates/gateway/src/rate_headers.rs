//! `RateLimit` and `RateLimit-Policy` on answers through a policy (IETF httpapi draft, two-field form).

use crate::seam::Fields;
use domain::access_policy::RateLimit;
use domain::directory::Directory;
use domain::ids::ProfileId;
use domain::limits::RateState;
use domain::time::Monotonic;

/// The limit of a profile and what is left of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RateShown {
    rate: RateLimit,
    state: RateState,
}

/// What an answer to this profile shows; `None` without a rate limit.
pub(crate) fn of_profile(directory: &Directory, id: ProfileId, now: Monotonic) -> Option<RateShown> {
    let profile = directory.profile(id)?;
    let client = directory.client(profile.client_id())?;
    let rate = directory.policy(directory.terms_of(profile, client)?.policy_id?)?.rate_limit?;
    Some(RateShown { rate, state: profile.counters().peek(rate, now) })
}

impl RateShown {
    /// Adds the two fields.
    pub(crate) fn push(&self, fields: &mut Fields) {
        let window = self.rate.interval().seconds();
        let resets = self.state.resets_in_nanos.div_ceil(1_000_000_000);
        fields.push("ratelimit-policy", format!(r#""default";q={};w={window}"#, self.rate.limit()));
        fields.push("ratelimit", format!(r#""default";r={};t={resets}"#, self.state.remaining));
    }
}
