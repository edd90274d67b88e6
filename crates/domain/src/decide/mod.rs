//! The one list of checks. Their order is part of the contract.
//!
//! | # | check | file |
//! | --- | --- | --- |
//! | 0 | this worker has room; the directory is not too old | the former answered by the gateway before a request is read |
//! | 1 | framing, target, header sizes, method | found by the gateway, `facts.framing` |
//! | 2 | a credential is present, exactly one kind | `credential_present.rs` |
//! | 3 | it is genuine | `credential_genuine.rs`, `json_web_token.rs`, `access_token.rs` |
//! | 4 | mutual TLS, where the profile asks for it | `mutual_tls.rs` |
//! | 5 | client and profile are enabled | `enabled.rs` |
//! | 6 | source address: deny list, then allow list | `source_address.rs` |
//! | 7 | host, prefix, collection | `route.rs` |
//! | 8 | the profile's terms include the collection | `granted.rs` |
//! | 9 | endpoint, method, active, body length | `endpoint.rs` |
//! | 10, 11 | rate limits and usage quotas, in one step | `limits.rs` |
//! | 12 | forward | the gateway, with the permit |
//!
//! [`decide`] judges a request, [`explain`] runs the same steps on counters that it only reads and never lets a
//! permit out, [`identify`] ends after check 6 for what the gateway answers itself, [`grant_access_token`] runs
//! checks 3 to 6 for a client that asks for an access token.

mod access_token;
mod credential_genuine;
mod credential_present;
mod enabled;
mod endpoint;
mod explain;
mod facts;
mod granted;
mod json_web_token;
mod limits;
mod mutual_tls;
mod recorder;
mod route;
mod source_address;
#[cfg(test)]
mod tests;
mod token_request;
mod verified;

pub use explain::{Explanation, ExplanationRow, RowOutcome, explain};
pub use facts::{Claimant, FoundCredentials, RequestFacts, Source};
pub use recorder::Value;
pub use token_request::{GrantedToken, TokenRefused, grant_access_token};
pub use verified::{NoMemory, REMEMBER_NANOS, VerifiedCache, VerifiedToken};

use crate::denial::{Check, Denial};
use crate::directory::{ClientEntry, Directory, Freshness, MethodSet, ProfileEntry};
use crate::ids::{ClientId, CredentialId, ProfileId};
use crate::limits::{Counting, LeaseNeed, LimitRefused};
use crate::permit::Permit;
use crate::terms::KeySource;
use crate::time::Now;
use credential_genuine::{Identity, Unidentified};
use recorder::{NoRecord, Recorder};
use std::sync::Arc;

/// A refused request: the true reason, and what the answer or the log needs besides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub denial: Denial,
    /// The profile, once it was found.
    pub profile: Option<ProfileId>,
    /// Its client.
    pub client: Option<ClientId>,
    /// For 429: how long to wait, and what is left.
    pub limits: Option<Box<LimitRefused>>,
    /// Active methods of the path, for 405.
    pub allow: MethodSet,
}

impl Refusal {
    /// A refusal before any profile was found.
    pub fn early(denial: Denial) -> Self {
        Self { denial, profile: None, client: None, limits: None, allow: MethodSet::default() }
    }
}

/// What a request must wait for before it can be decided on.
#[derive(Debug, Clone)]
pub enum Wait {
    /// A key set that is not there, or lacks the key that the token names.
    Keys(KeySource),
    /// A block of calls from the authority of a quota.
    Lease(Box<LeaseNeed>),
}

/// What a request has waited for already. It does not wait for the same again: without it, it is refused.
#[derive(Debug, Clone, Copy, Default)]
pub struct Waited {
    /// It waited for a key set.
    pub for_keys: bool,
    /// It waited for a lease.
    pub for_lease: bool,
}

/// What becomes of a request.
#[derive(Debug)]
#[must_use]
pub enum Decision {
    /// It passed every check and is counted.
    Admit(Permit),
    /// A check stopped it.
    Refuse(Refusal),
    /// It cannot be decided on yet; nothing was taken.
    Wait(Wait),
}

/// Who asks, with what the worker remembers.
struct Asker<'a, V> {
    source: Source,
    verified: &'a mut V,
    waited: Waited,
    now: Now,
}

/// Why the checks ended.
enum Stop {
    Refused(Refusal),
    Wait(Wait),
}

impl Stop {
    fn early(denial: Denial) -> Self {
        Self::Refused(Refusal::early(denial))
    }

    fn of(identity: &Identity<'_>, denial: Denial) -> Self {
        Self::Refused(refusal_of(identity.profile, identity.client, denial))
    }
}

impl From<Unidentified<'_>> for Stop {
    fn from(stopped: Unidentified<'_>) -> Self {
        match stopped {
            Unidentified::Wait(wait) => Self::Wait(wait),
            Unidentified::Refused(denial, None) => Self::early(denial),
            Unidentified::Refused(denial, Some((profile, client))) => {
                Self::Refused(refusal_of(profile, client, denial))
            }
        }
    }
}

fn refusal_of(profile: &ProfileEntry, client: &ClientEntry, denial: Denial) -> Refusal {
    Refusal { profile: Some(profile.id()), client: Some(client.id()), ..Refusal::early(denial) }
}

/// Runs every check in order. Takes from the limits only if all others passed; never waits.
pub fn decide(
    directory: &Directory,
    facts: &RequestFacts<'_>,
    verified: &mut impl VerifiedCache,
    waited: Waited,
    now: Now,
) -> Decision {
    if let Err(refusal) = require_credentials(facts) {
        return Decision::Refuse(refusal);
    }
    let mut asker = Asker { source: facts.source, verified, waited, now };
    match run(directory, facts, &mut asker, Counting::Take, &mut NoRecord) {
        Ok(permit) => Decision::Admit(permit),
        Err(Stop::Refused(refusal)) => Decision::Refuse(refusal),
        Err(Stop::Wait(wait)) => Decision::Wait(wait),
    }
}

/// What was recorded of a request is no proof.
fn require_credentials(facts: &RequestFacts<'_>) -> Result<(), Refusal> {
    match facts.claimant {
        Claimant::Credentials(_) => Ok(()),
        Claimant::Recorded(_) => Err(Refusal::early(Denial::CredentialMissing)),
    }
}

/// Checks 1 to 6, for what the gateway answers itself to those who may call.
pub fn identify(
    directory: &Directory,
    facts: &RequestFacts<'_>,
    verified: &mut impl VerifiedCache,
    waited: Waited,
    now: Now,
) -> Result<Caller, NotIdentified> {
    require_credentials(facts).map_err(NotIdentified::Refused)?;
    let mut asker = Asker { source: facts.source, verified, waited, now };
    match who(directory, facts, &mut asker, &mut NoRecord) {
        Ok(identity) => Ok(Caller {
            profile: Arc::clone(identity.profile),
            client: Arc::clone(identity.client),
            credential: identity.credential,
        }),
        Err(Stop::Refused(refusal)) => Err(NotIdentified::Refused(refusal)),
        Err(Stop::Wait(wait)) => Err(NotIdentified::Wait(wait)),
    }
}

/// Somebody who passed checks 1 to 6.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The profile.
    pub profile: Arc<ProfileEntry>,
    /// Its client.
    pub client: Arc<ClientEntry>,
    /// The credential that was shown.
    pub credential: Option<CredentialId>,
}

/// Why a caller was not identified.
#[derive(Debug)]
pub enum NotIdentified {
    /// A check stopped the request.
    Refused(Refusal),
    /// It cannot be told yet.
    Wait(Wait),
}

/// The steps that all of the above share.
fn run(
    directory: &Directory,
    facts: &RequestFacts<'_>,
    asker: &mut Asker<'_, impl VerifiedCache>,
    counting: Counting,
    recorder: &mut impl Recorder,
) -> Result<Permit, Stop> {
    let identity = who(directory, facts, asker, recorder)?;
    let found = |denial| Stop::of(&identity, denial);
    recorder.note(Check::Route, |values| route::values(directory, facts.route.as_ref(), values));
    let route = route::check(facts.route.as_ref()).map_err(found)?;
    recorder.note(Check::Granted, |values| granted::values(identity.terms, route, values));
    let terms = granted::check(identity.terms, route).map_err(found)?;
    recorder.note(Check::Endpoint, |values| endpoint::values(route, facts.body_bytes, values));
    let endpoint = endpoint::check(route, facts.body_bytes).map_err(|(denial, allow)| {
        Stop::Refused(Refusal { allow, ..refusal_of(identity.profile, identity.client, denial) })
    })?;
    let taken = limits::check(directory, &identity, terms, counting, asker, recorder)?;
    Ok(Permit::new(Arc::clone(identity.profile), Arc::clone(&route.collection), endpoint, identity.credential, taken))
}

/// Nobody is judged by a directory that is too old.
fn require_fresh(directory: &Directory) -> Result<(), Denial> {
    match directory.freshness() {
        Freshness::Fresh => Ok(()),
        Freshness::Stale => Err(Denial::ConfigurationStale),
    }
}

/// Checks 1 to 6.
fn who<'d>(
    directory: &'d Directory,
    facts: &RequestFacts<'_>,
    asker: &mut Asker<'_, impl VerifiedCache>,
    recorder: &mut impl Recorder,
) -> Result<Identity<'d>, Stop> {
    // Found first whatever the directory is: after some faults the connection must be closed.
    facts.framing.map_err(Stop::early)?;
    require_fresh(directory).map_err(Stop::early)?;
    let identity = match &facts.claimant {
        Claimant::Credentials(found) => {
            let presented = credential_present::check(found, facts.route.as_ref()).map_err(Stop::early)?;
            recorder.note(Check::CredentialPresent, |values| values.add("presented", presented.name()));
            credential_genuine::check(directory, &presented, asker)?
        }
        Claimant::Recorded(id) => {
            let profile = directory.profile(*id).ok_or_else(|| Stop::early(Denial::CredentialUnknown))?;
            let identity = credential_genuine::identity_of(directory, profile, None).map_err(Stop::early)?;
            credential_genuine::check_expiry(&identity, asker.now.wall)?;
            identity
        }
    };
    let found = |denial| Stop::of(&identity, denial);
    recorder.identified(identity.profile, identity.client, identity.terms);
    recorder.note(Check::MutualTls, |values| {
        mutual_tls::values(directory, identity.terms, facts.certificate, asker.now.wall, values);
    });
    mutual_tls::check(directory, identity.terms, facts.certificate, asker.now.wall).map_err(found)?;
    recorder.note(Check::Enabled, |values| enabled::values(identity.client, identity.profile, values));
    enabled::check(identity.client, identity.profile).map_err(found)?;
    recorder.note(Check::SourceAddress, |values| source_address::values(identity.profile, facts.source, values));
    source_address::check(identity.profile, facts.source).map_err(found)?;
    Ok(identity)
}
