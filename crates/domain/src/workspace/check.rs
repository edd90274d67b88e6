//! What would be wrong with the result, each problem at its place in the document.

use super::diff::What;
use super::entries::{ClientEntry, CollectionEntry, ProfileEntry, TermsEntry, Workspace};
use super::merge::{Merged, Object, Repeated};
use super::plan::{MergedClient, Plan, identifier_kind, list, method};
use crate::access_profile::CredentialKind;
use crate::cert_bundle::CertBundle;
use crate::terms::AuthMethod;
use crate::token::TokenDigest;
use crate::webhook::MAX_WEBHOOKS;
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// Limits that the workspace's owner sets.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Most access profiles of one client.
    pub profiles_per_client: usize,
}

/// What sort of problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProblemKind {
    /// The value itself is not acceptable.
    Bad,
    /// It refers to something that is not there.
    Missing,
    /// It clashes with something else.
    Conflict,
}

/// A problem, at its place in the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The path of the field, as `clients[3].default_terms.policy`.
    pub field: String,
    /// What sort of problem.
    pub kind: ProblemKind,
    /// Reads after the field.
    pub message: String,
}

/// Most notes that are listed.
const MAX_NOTES: usize = 100;

/// Names of what there is in the result.
struct Known {
    projects: HashSet<String>,
    policies: HashSet<String>,
    bundles: HashSet<String>,
    collections: HashSet<String>,
}

/// Where references of an object are: in the document, or nowhere, if the document does not name it.
struct Place {
    path: Option<String>,
    /// What it is called where it has no place.
    label: String,
}

impl Place {
    fn inside(&self, name: &str) -> Self {
        let path = self.path.as_ref().map(|path| format!("{path}.{name}"));
        Self { path, label: self.label.clone() }
    }
}

/// Collects problems.
#[derive(Default)]
pub(super) struct Problems(Vec<Problem>);

impl Problems {
    pub(super) fn into_all(self) -> Vec<Problem> {
        self.0
    }

    pub(super) fn repeated(&mut self, section: &str, twice: &Repeated) {
        let message = format!("stands in the document twice: first at {section}[{}]", twice.first);
        self.add(format!("{section}[{}]", twice.at), ProblemKind::Bad, message);
    }

    fn add(&mut self, field: String, kind: ProblemKind, message: impl Into<String>) {
        self.0.push(Problem { field, kind, message: message.into() });
    }

    /// A name that refers to nothing: at its place, or at the section where what it means is left out.
    fn unknown(&mut self, place: &Place, section: &str, noun: &str, name: &str) {
        if let Some(path) = &place.path {
            self.add(path.clone(), ProblemKind::Missing, format!("unknown {noun} {name:?}"));
        } else {
            let message = format!("{noun} {name:?} can't be deleted: it is in use by {}", place.label);
            self.add(section.to_owned(), ProblemKind::Conflict, message);
        }
    }

    pub(super) fn check(&mut self, plan: &Plan, present: &Workspace, bounds: Bounds) {
        let known = Known::of(plan);
        self.check_names(plan);
        for policy in &plan.policies.kept {
            if let (Some(at), None, None) = (policy.file, policy.entry.rate_limit, policy.entry.usage_quota) {
                let field = format!("policies[{at}].rate_limit");
                self.add(field, ProblemKind::Bad, "can't be blank without usage_quota");
            }
        }
        let most = usize::try_from(CertBundle::MAX_PER_WORKSPACE).unwrap_or(usize::MAX);
        if plan.cert_bundles.kept.len() > most {
            let message = format!("a workspace has at most {most} certificate bundles");
            self.add("cert_bundles".to_owned(), ProblemKind::Missing, message);
        }
        if plan.webhooks.kept.len() > usize::try_from(MAX_WEBHOOKS).unwrap_or(usize::MAX) {
            let message = format!("a workspace has at most {MAX_WEBHOOKS} webhooks");
            self.add("webhooks".to_owned(), ProblemKind::Missing, message);
        }
        for collection in &plan.collections {
            self.check_collection(&collection.own, &known);
        }
        for client in &plan.clients {
            let before = client.own.present.and_then(|at| list(present.clients.as_deref()).get(at));
            self.check_client(client, before, &known, bounds);
        }
        self.check_credentials(plan);
        self.check_claims(plan);
    }

    /// Two projects may have met under one name, two collections under one path.
    fn check_names(&mut self, plan: &Plan) {
        let mut names = BTreeSet::new();
        for project in &plan.projects.kept {
            if !names.insert(project.entry.name.folded()) {
                let at = project.file.unwrap_or_default();
                self.add(format!("projects[{at}].name"), ProblemKind::Conflict, "has already been taken");
            }
            if project.entry.default && project.present.is_none() {
                let at = project.file.unwrap_or_default();
                self.add(format!("projects[{at}].default"), ProblemKind::Bad, "is for one project only");
            }
        }
        // Those of the document come last, so that the clash is said at a place that can be changed.
        let mut paths: BTreeMap<&str, String> = BTreeMap::new();
        let (others, filed): (Vec<_>, Vec<_>) = plan.collections.iter().partition(|merged| merged.own.file.is_none());
        for merged in others.into_iter().chain(filed) {
            let entry = &merged.own.entry;
            if let Some(holder) = paths.insert(entry.path.as_str(), entry.label()) {
                let field = format!("collections[{}].path", merged.own.file.unwrap_or_default());
                self.add(field, ProblemKind::Conflict, format!("has already been taken by {holder}"));
            }
        }
    }

    fn check_collection(&mut self, merged: &Merged<CollectionEntry>, known: &Known) {
        let entry = &merged.entry;
        let path = merged.file.map(|at| format!("collections[{at}]"));
        let place = Place { path, label: format!("API collection {:?}", entry.label()) };
        if let Some(project) = &entry.project
            && !known.projects.contains(&project.folded())
        {
            self.unknown(&place.inside("project"), "projects", "project", project.as_str());
        }
        let sets_authorization = entry.upstream.auth.way.header() == Some("authorization");
        if let (Some(path), true, true) = (&place.path, entry.forwarding.pass_authorization, sets_authorization) {
            let message = "must be false where upstream.auth sets Authorization";
            self.add(format!("{path}.pass_authorization"), ProblemKind::Bad, message);
        }
    }

    fn check_client(&mut self, client: &MergedClient, before: Option<&ClientEntry>, known: &Known, bounds: Bounds) {
        let entry = &client.own.entry;
        let path = client.own.file.map(|at| format!("clients[{at}]"));
        let place = Place { path, label: format!("client {:?}", entry.label()) };
        if let Some(project) = &entry.project
            && !known.projects.contains(&project.folded())
        {
            self.unknown(&place.inside("project"), "projects", "project", project.as_str());
        }
        if let Some(policy) = &entry.shared_policy
            && !known.policies.contains(&policy.folded())
        {
            self.unknown(&place.inside("shared_policy"), "policies", "access policy", policy.as_str());
        }
        if let Some(terms) = &entry.default_terms {
            self.check_terms(terms, &place.inside("default_terms"), known);
        }
        let most = bounds.profiles_per_client;
        let is_more = client.profiles.kept.iter().any(|profile| profile.present.is_none());
        if let (Some(path), true, true) = (&place.path, is_more, client.profiles.kept.len() > most) {
            let message = format!("a client has at most {most} access profiles");
            self.add(format!("{path}.profiles"), ProblemKind::Missing, message);
        }
        for profile in &client.profiles.kept {
            self.check_profile(profile, entry, &place, known);
        }
        self.check_method(client, before, &place);
    }

    /// Profiles that stay with the client's terms would lose their credentials with the method.
    fn check_method(&mut self, client: &MergedClient, before: Option<&ClientEntry>, place: &Place) {
        let former = before.and_then(|before| before.default_terms.as_ref()).map(|terms| terms.auth_type);
        let next = client.own.entry.default_terms.as_ref().map(|terms| terms.auth_type);
        let (Some(former), Some(next), Some(path)) = (former, next, &place.path) else { return };
        if former == next {
            return;
        }
        let there = before.map(|before| list(before.profiles.as_deref())).unwrap_or_default();
        let used = |profile: &&Merged<ProfileEntry>| {
            let before = profile.present.and_then(|at| there.get(at));
            profile.entry.own_terms.is_none() && before.is_some_and(|before| before.own_terms.is_none())
        };
        let users: Vec<String> =
            client.profiles.kept.iter().filter(used).take(20).map(|profile| profile.entry.name.to_string()).collect();
        if !users.is_empty() {
            let message = format!("can't be changed while access profiles use it: {}", users.join(", "));
            self.add(format!("{path}.default_terms.auth_type"), ProblemKind::Conflict, message);
        }
    }

    fn check_profile(&mut self, merged: &Merged<ProfileEntry>, client: &ClientEntry, owner: &Place, known: &Known) {
        let entry = &merged.entry;
        let path = owner.path.as_ref().zip(merged.file).map(|(path, at)| format!("{path}.profiles[{at}]"));
        let place = Place { path, label: format!("access profile {:?}", format!("{} / {}", client.name, entry.name)) };
        match &entry.own_terms {
            Some(terms) => self.check_terms(terms, &place.inside("own_terms"), known),
            None if client.default_terms.is_none() => {
                let (field, message) = match (&place.path, &owner.path) {
                    (Some(path), _) => {
                        (format!("{path}.own_terms"), "can't be blank: the client has no default terms".to_owned())
                    }
                    (None, path) => {
                        let path = path.clone().unwrap_or_else(|| "clients".to_owned());
                        (format!("{path}.default_terms"), format!("can't be blank: {} uses them", place.label))
                    }
                };
                self.add(field, ProblemKind::Missing, message);
            }
            None => {}
        }
        let asks = identifier_kind(method(entry, client.default_terms.as_ref())).is_some();
        if let (Some(path), false, Some(_)) = (&place.path, asks, &entry.api_key) {
            let message = "is not for the method token";
            self.add(format!("{path}.api_key"), ProblemKind::Bad, message);
        }
    }

    fn check_terms(&mut self, terms: &TermsEntry, place: &Place, known: &Known) {
        for (at, path) in terms.collections.iter().enumerate() {
            if !known.collections.contains(path.as_str()) {
                let place = place.inside(&format!("collections[{at}]"));
                self.unknown(&place, "collections", "API collection", path.as_str());
            }
        }
        if let Some(policy) = &terms.policy
            && !known.policies.contains(&policy.folded())
        {
            self.unknown(&place.inside("policy"), "policies", "access policy", policy.as_str());
        }
        for (at, bundle) in terms.cert_bundles.iter().enumerate() {
            if !known.bundles.contains(&bundle.folded()) {
                let place = place.inside(&format!("cert_bundles[{at}]"));
                self.unknown(&place, "cert_bundles", "certificate bundle", bundle.as_str());
            }
        }
        let Some(path) = &place.path else { return };
        if terms.cert_bundles.len() > CertBundle::MAX_PER_TERMS {
            let message = format!("has too many entries (maximum is {})", CertBundle::MAX_PER_TERMS);
            self.add(format!("{path}.cert_bundles"), ProblemKind::Bad, message);
        }
        if terms.cert_bundles.is_empty() && terms.mtls_enabled {
            let message = "can't be blank with mtls_enabled";
            self.add(format!("{path}.cert_bundles"), ProblemKind::Bad, message);
        }
    }

    /// One claim name per issuer: the gateway picks the claim before it knows whose token it has.
    fn check_claims(&mut self, plan: &Plan) {
        let mut claims: BTreeMap<&str, &str> = BTreeMap::new();
        for client in &plan.clients {
            let path = client.own.file.map(|at| format!("clients[{at}]"));
            let default = client.own.entry.default_terms.as_ref();
            let default = default.map(|terms| (path.as_ref().map(|path| format!("{path}.default_terms")), terms));
            let own = client.profiles.kept.iter().filter_map(|profile| {
                let path = path.as_ref().zip(profile.file);
                let path = path.map(|(path, at)| format!("{path}.profiles[{at}].own_terms"));
                Some((path, profile.entry.own_terms.as_ref()?))
            });
            for (path, terms) in default.into_iter().chain(own) {
                let Some(claim) = terms.access_profile_claim.as_deref().filter(|_| terms.verifies_tokens()) else {
                    continue;
                };
                for issuer in claim_issuers(terms) {
                    let other = *claims.entry(issuer).or_insert(claim);
                    if other != claim {
                        let path = path.clone().unwrap_or_else(|| "clients".to_owned());
                        let message = format!("is {other} for the issuer {issuer} elsewhere: one name per issuer");
                        self.add(format!("{path}.access_profile_claim"), ProblemKind::Conflict, message);
                    }
                }
            }
        }
    }

    /// No two profiles have one credential.
    fn check_credentials(&mut self, plan: &Plan) {
        let mut holders: BTreeMap<[u8; 32], String> = BTreeMap::new();
        for client in &plan.clients {
            for profile in &client.profiles.kept {
                let label = format!("{} / {}", client.own.entry.name, profile.entry.name);
                for own in profile.entry.credentials.iter().flatten() {
                    let TokenDigest(digest) = own.digest;
                    let Some(holder) = holders.insert(digest, label.clone()) else { continue };
                    let at = match (client.own.file, profile.file) {
                        (Some(client), Some(profile)) => format!("clients[{client}].profiles[{profile}]"),
                        (Some(_) | None, _) => "clients".to_owned(),
                    };
                    let field = if own.kind.is_identifier() { "api_key" } else { "credentials" };
                    let message = format!("of {label:?} has already been taken by {holder:?}");
                    self.add(format!("{at}.{field}"), ProblemKind::Conflict, message);
                }
            }
        }
    }
}

/// Issuers for whose tokens a claim names the profile.
fn claim_issuers(terms: &TermsEntry) -> impl Iterator<Item = &str> {
    let in_use = terms.oidc_issuer.as_deref().filter(|_| terms.key_text().is_none());
    terms.allowed_issuers.iter().map(String::as_str).chain(in_use)
}

impl Known {
    fn of(plan: &Plan) -> Self {
        Self {
            projects: plan.projects.kept.iter().map(|own| own.entry.name.folded()).collect(),
            policies: plan.policies.kept.iter().map(|own| own.entry.name.folded()).collect(),
            bundles: plan.cert_bundles.kept.iter().map(|own| own.entry.name.folded()).collect(),
            collections: plan.collections.iter().map(|own| own.own.entry.path.as_str().to_owned()).collect(),
        }
    }
}

/// Says what an owner should know of objects that are made or changed: what is still missing for calls to be admitted.
pub(super) fn note(plan: &mut Plan) {
    let touched: BTreeSet<(&'static str, &str)> = plan
        .difference
        .changes
        .iter()
        .filter(|change| change.what != What::Deleted)
        .map(|change| (change.noun, change.name.as_str()))
        .collect();
    let mut notes = Vec::new();
    for collection in &plan.collections {
        let entry = &collection.own.entry;
        let auth = &entry.upstream.auth;
        if auth.way.secret_field().is_some()
            && auth.secret.is_none()
            && touched.contains(&("api_collection", &*entry.label()))
        {
            notes.push(format!("API collection {:?}: the upstream's secret is not set", entry.label()));
        }
    }
    for client in &plan.clients {
        let entry = &client.own.entry;
        let default = entry.default_terms.as_ref();
        if touched.contains(&("client", entry.name.as_str())) {
            note_terms(&format!("client {:?}", entry.label()), default, &mut notes);
        }
        for profile in &client.profiles.kept {
            let label = format!("{} / {}", entry.name, profile.entry.name);
            if !touched.contains(&("access_profile", &*label)) {
                continue;
            }
            let label = format!("access profile {label:?}");
            note_terms(&label, profile.entry.own_terms.as_ref(), &mut notes);
            let needs = match method(&profile.entry, default) {
                AuthMethod::Token => CredentialKind::Token,
                AuthMethod::Oauth2 => CredentialKind::ClientSecret,
                AuthMethod::Jwt | AuthMethod::Oidc => continue,
            };
            let mut held = profile.entry.credentials.iter().flatten();
            if !held.any(|own| own.kind == needs) {
                notes.push(format!("{label} has no credential: refresh it to issue one; its calls get 401 until then"));
            }
        }
    }
    for webhook in &plan.webhooks.kept {
        let entry = &webhook.entry;
        if entry.secret.is_none() && touched.contains(&("webhook", entry.name.as_str())) {
            notes.push(format!(
                "webhook {:?} gets a secret that nobody has seen: give it a new one to see it",
                entry.name
            ));
        }
    }
    let more = notes.len().saturating_sub(MAX_NOTES);
    notes.truncate(MAX_NOTES);
    if more > 0 {
        notes.push(format!("and {more} more like these"));
    }
    plan.difference.notes = notes;
}

fn note_terms(label: &str, terms: Option<&TermsEntry>, notes: &mut Vec<String>) {
    let Some(terms) = terms else { return };
    if terms.collections.is_empty() {
        notes.push(format!("{label}: the terms grant no API collection"));
    }
    if terms.has_shared_secret() && terms.jwt_secret.is_none() {
        notes.push(format!("{label}: jwt_secret is not set; calls get 401 until then"));
    }
}
