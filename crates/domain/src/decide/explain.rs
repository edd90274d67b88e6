//! Explanations: the same steps as [`super::decide`], on counters that are only read and without a memory of verified
//! tokens. Nothing is counted and no permit leaves.

use super::facts::Claimant;
use super::recorder::{Recorder, Value, Values};
use super::verified::NoMemory;
use super::{Asker, RequestFacts, Stop, Wait, Waited, run};
use crate::denial::{Check, Denial};
use crate::directory::{ClientEntry, Directory, ProfileEntry};
use crate::ids::{ClientId, CollectionId, EndpointId, ProfileId, Revision};
use crate::limits::Counting;
use crate::terms::Terms;
use crate::time::Now;

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowOutcome {
    /// It had nothing against the request.
    Passed,
    /// It stopped the request.
    Stopped,
    /// The request was stopped before it.
    NotReached,
}

impl RowOutcome {
    /// The name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Stopped => "stopped",
            Self::NotReached => "not_reached",
        }
    }
}

/// One check of an explanation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplanationRow {
    /// The check.
    pub check: Check,
    /// How it ended.
    pub outcome: RowOutcome,
    /// What it compared.
    pub values: Vec<Value>,
}

/// What would become of a request now.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// Revision of the directory that it was run on.
    pub revision: Revision,
    /// The reason that would stop it; `None`: it would be forwarded.
    pub denial: Option<Denial>,
    /// The profile, once it was found.
    pub profile: Option<ProfileId>,
    /// Its client.
    pub client: Option<ClientId>,
    /// The collection that the path leads to.
    pub collection: Option<CollectionId>,
    /// The endpoint that was chosen.
    pub endpoint: Option<EndpointId>,
    /// For 429: nanoseconds until one call would be admitted.
    pub wait_nanos: Option<u64>,
    /// Checks 1 to 11 in order; before them check 0, where it stopped the request.
    pub rows: Vec<ExplanationRow>,
}

/// The checks of an explanation; room (0) is shown where the directory is too old, forwarding (12) is not of the directory.
const EXPLAINED: [Check; 11] = [
    Check::Framing,
    Check::CredentialPresent,
    Check::CredentialGenuine,
    Check::MutualTls,
    Check::Enabled,
    Check::SourceAddress,
    Check::Route,
    Check::Granted,
    Check::Endpoint,
    Check::RateLimit,
    Check::Quota,
];

/// Explains what would become of a request now. Where a request would wait first, the explanation must too: what to
/// get is told, and with `waited` set its absence is explained.
pub fn explain(directory: &Directory, facts: &RequestFacts<'_>, waited: Waited, now: Now) -> Result<Explanation, Wait> {
    let mut asker = Asker { source: facts.source, verified: &mut NoMemory, waited, now };
    let mut notes = Notes::default();
    if let Claimant::Recorded(_) = facts.claimant {
        let as_recorded = |values: &mut Values| values.add("credential", "as recorded; not kept, so not checked again");
        notes.note(Check::CredentialPresent, as_recorded);
    }
    let outcome = run(directory, facts, &mut asker, Counting::ReadOnly, &mut notes);
    let refusal = match outcome {
        Ok(_permit) => None,
        Err(Stop::Refused(refusal)) => Some(refusal),
        Err(Stop::Wait(wait)) => return Err(wait),
    };
    let denial = refusal.as_ref().map(|refusal| refusal.denial);
    let route = facts.route.as_ref();
    let endpoint = route.and_then(|route| route.found_endpoint());
    Ok(Explanation {
        revision: directory.revision(),
        denial,
        profile: notes.profile.or(refusal.as_ref().and_then(|refusal| refusal.profile)),
        client: notes.client.or(refusal.as_ref().and_then(|refusal| refusal.client)),
        collection: route.map(|route| route.collection.id()),
        endpoint: endpoint.map(|endpoint| endpoint.id),
        wait_nanos: refusal.and_then(|refusal| refusal.limits).map(|limits| limits.wait_nanos),
        rows: rows(denial, notes.values),
    })
}

fn rows(denial: Option<Denial>, mut values: Vec<(Check, Vec<Value>)>) -> Vec<ExplanationRow> {
    let stopped = denial.map(Denial::check);
    let row = |check: Check| {
        let outcome = match stopped {
            Some(stopped) if stopped == check => RowOutcome::Stopped,
            Some(stopped) if stopped < check => RowOutcome::NotReached,
            Some(_) | None => RowOutcome::Passed,
        };
        let own = values.iter_mut().filter(|(of, _)| *of == check).flat_map(|(_, own)| std::mem::take(own)).collect();
        ExplanationRow { check, outcome, values: own }
    };
    let room = stopped.filter(|stopped| *stopped == Check::Room);
    room.into_iter().chain(EXPLAINED).map(row).collect()
}

#[derive(Default)]
struct Notes {
    values: Vec<(Check, Vec<Value>)>,
    profile: Option<ProfileId>,
    client: Option<ClientId>,
}

impl Recorder for Notes {
    fn note(&mut self, check: Check, fill: impl FnOnce(&mut Values)) {
        let mut values = Values::default();
        fill(&mut values);
        self.values.push((check, values.0));
    }

    fn identified(&mut self, profile: &ProfileEntry, client: &ClientEntry, terms: Option<&Terms>) {
        self.profile = Some(profile.id());
        self.client = Some(client.id());
        self.note(Check::CredentialGenuine, |values| {
            values.add("profile_id", profile.id());
            values.add("client_id", client.id());
            values.add("method", terms.map_or("token", |terms| terms.method.as_str()));
            if let Some(end) = profile.expires_at() {
                values.add("expires_at", jiff::Timestamp::from_microsecond(end.0).unwrap_or_default());
            }
        });
    }
}
