//! The one list of checks. Their order is part of the contract.
//!
//! | # | check | file |
//! | --- | --- | --- |
//! | 0 | this worker has room | answered by the gateway before a request is read |
//! | 1 | framing, target, header sizes, method | found by the gateway, `facts.framing` |
//! | 2 | a credential is present, exactly one kind | `credential_present.rs` |
//! | 3 | it is genuine | `credential_genuine.rs` |
//! | 4 | mutual TLS, where the profile asks for it | `mutual_tls.rs` |
//! | 5 | client and profile are enabled | `enabled.rs` |
//! | 6 | source address: deny list, then allow list | `source_address.rs` |
//! | 7 | host, prefix, collection | `route.rs` |
//! | 8 | the profile's terms include the collection | `granted.rs` |
//! | 9 | endpoint, method, active, body length | `endpoint.rs` |
//! | 10 | rate limits | `rate_limit.rs` |
//! | 11 | usage quotas | come with a later version; a policy with one cannot be stored |
//! | 12 | forward | the gateway, with the permit |

mod credential_genuine;
mod credential_present;
mod enabled;
mod endpoint;
mod facts;
mod granted;
mod mutual_tls;
mod rate_limit;
mod route;
mod source_address;
#[cfg(test)]
mod tests;

pub use facts::{FoundCredentials, RequestFacts, Source};

use crate::denial::Denial;
use crate::directory::{Directory, MethodSet};
use crate::ids::{ClientId, ProfileId};
use crate::limits::RateRefused;
use crate::permit::Permit;
use crate::time::Now;
use std::sync::Arc;

/// A refused request: the true reason, and what the answer or the log needs besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub denial: Denial,
    /// The profile, once its credential was found to be genuine.
    pub profile: Option<ProfileId>,
    /// Its client.
    pub client: Option<ClientId>,
    /// For 429: how long to wait, and what is left.
    pub rate: Option<RateRefused>,
    /// Active methods of the path, for 405.
    pub allow: MethodSet,
}

impl Refusal {
    /// A refusal before any profile was found.
    pub fn early(denial: Denial) -> Self {
        Self { denial, profile: None, client: None, rate: None, allow: MethodSet::default() }
    }
}

/// Runs every check in order. Takes from the limits only if all others passed; never waits.
pub fn decide(directory: &Directory, facts: &RequestFacts<'_>, now: Now) -> Result<Permit, Refusal> {
    let early = Refusal::early;
    facts.framing.map_err(early)?;
    let token = credential_present::check(&facts.credentials).map_err(early)?;
    let profile = credential_genuine::check(directory, token).map_err(early)?;
    let found = |denial| Refusal { profile: Some(profile.id()), client: Some(profile.client_id()), ..early(denial) };
    // A profile without its client cannot be stored; were it so, it would count as unknown.
    let client = directory.client(profile.client_id()).ok_or_else(|| early(Denial::CredentialUnknown))?;
    let terms = directory.terms_of(profile, client);
    credential_genuine::check_method(terms).map_err(found)?;
    mutual_tls::check(terms).map_err(found)?;
    enabled::check(client, profile).map_err(found)?;
    source_address::check(profile, facts.source).map_err(found)?;
    let route = route::check(facts.route.as_ref()).map_err(found)?;
    let terms = granted::check(terms, route).map_err(found)?;
    let endpoint =
        endpoint::check(route, facts.body_bytes).map_err(|(denial, allow)| Refusal { allow, ..found(denial) })?;
    let rate = rate_limit::check(directory, profile, terms, now)
        .map_err(|(denial, rate)| Refusal { rate, ..found(denial) })?;
    Ok(Permit::new(Arc::clone(profile), Arc::clone(&route.collection), endpoint, rate))
}
