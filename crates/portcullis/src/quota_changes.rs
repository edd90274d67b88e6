//! Whose quota a change of the directory touches: the lease keeper must know before the change is answered.

use domain::directory::{ClientEntry, Directory, ProfileEntry};
use domain::ids::{ClientId, PolicyId, ProfileId};
use domain::limits::{QuotaRule, Subject, SubjectKey};
use gateway::limits::QuotaSubject;
use std::collections::HashSet;
use std::sync::Arc;
use store::ChangeKind;

/// Subjects whose quota may have changed, and subjects that are gone.
#[derive(Debug, Default)]
pub(crate) struct QuotaChanges {
    /// With the quota that is in force now.
    pub(crate) changed: Vec<QuotaSubject>,
    /// Deleted ones.
    pub(crate) gone: Vec<SubjectKey>,
    known: HashSet<SubjectKey>,
}

/// Compares two directories as far as these objects go. Looks at all profiles only where something changed that all of
/// them may depend on.
pub(crate) fn between(old: &Directory, new: &Directory, touched: &[(ChangeKind, i64)]) -> QuotaChanges {
    let mut changes = QuotaChanges::default();
    for &(kind, id) in touched {
        match kind {
            ChangeKind::Profile => changes.profile(old, new, ProfileId(id)),
            ChangeKind::Client => changes.client(old, new, ClientId(id)),
            ChangeKind::Policy
            | ChangeKind::Settings
            | ChangeKind::Collection
            | ChangeKind::CertBundle
            | ChangeKind::AccessTokenKeys => {}
        }
    }
    let other_policy = |&(kind, id): &(ChangeKind, i64)| {
        let quota = |directory: &Directory| directory.policy(PolicyId(id)).and_then(|policy| policy.usage_quota);
        kind == ChangeKind::Policy && quota(old) != quota(new)
    };
    if old.settings().zone != new.settings().zone || touched.iter().any(other_policy) {
        changes.everybody(old, new);
    }
    changes
}

/// Everybody who has a quota: at start, where the periods on file may be of other settings.
pub(crate) fn all(directory: &Directory) -> Vec<QuotaSubject> {
    let mut changes = QuotaChanges::default();
    changes.everybody(&Directory::empty(), directory);
    changes.changed
}

impl QuotaChanges {
    fn profile(&mut self, old: &Directory, new: &Directory, id: ProfileId) {
        match new.profile(id) {
            Some(profile) => self.add(old.profile(id).and_then(|own| of_profile(old, own)), of_profile(new, profile)),
            None => self.gone.push(SubjectKey::Profile(id)),
        }
    }

    fn client(&mut self, old: &Directory, new: &Directory, id: ClientId) {
        let Some(client) = new.client(id) else { return self.gone.push(SubjectKey::Client(id)) };
        let former = old.client(id);
        self.add(former.and_then(|own| of_client(old, own)), of_client(new, client));
        let default_policy = |client: &ClientEntry| client.default_terms().and_then(|terms| terms.policy_id);
        if former.and_then(|own| default_policy(own)) != default_policy(client) {
            let users = new.profiles().filter(|profile| profile.client_id() == id && profile.own_terms().is_none());
            for profile in users {
                self.profile(old, new, profile.id());
            }
        }
    }

    fn everybody(&mut self, old: &Directory, new: &Directory) {
        for profile in new.profiles() {
            self.profile(old, new, profile.id());
        }
        for client in new.clients() {
            self.add(old.client(client.id()).and_then(|own| of_client(old, own)), of_client(new, client));
        }
    }

    fn add(&mut self, old: Option<QuotaSubject>, new: Option<QuotaSubject>) {
        let Some(new) = new else { return };
        let same = old.is_some_and(|old| (old.quota, &old.zone, old.anchor) == (new.quota, &new.zone, new.anchor));
        if !same && self.known.insert(new.key) {
            self.changed.push(new);
        }
    }
}

/// A profile's quota, if it has one.
pub(crate) fn of_profile(directory: &Directory, profile: &ProfileEntry) -> Option<QuotaSubject> {
    let client = directory.client(profile.client_id())?;
    let terms = directory.terms_of(profile, client)?;
    subject(&directory.limits_of_profile(profile, terms).ok()?)
}

/// The quota that all profiles of a client share, if there is one.
pub(crate) fn of_client(directory: &Directory, client: &ClientEntry) -> Option<QuotaSubject> {
    subject(&directory.limits_of_client(client).ok()??)
}

fn subject(subject: &Subject<'_>) -> Option<QuotaSubject> {
    let QuotaRule { quota, zone, anchor, on_failure } = subject.limits.quota?;
    Some(QuotaSubject {
        key: subject.key,
        counters: Arc::clone(subject.counters),
        quota,
        zone: zone.clone(),
        anchor,
        on_failure,
    })
}
