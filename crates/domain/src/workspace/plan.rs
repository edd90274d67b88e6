//! From what is there and what a document says to what shall be.

use super::check::{Bounds, Problem, Problems};
use super::diff::{Difference, ObjectChange, What, between, change, fields_of};
use super::entries::{
    CertBundleEntry, ClientEntry, CollectionEntry, CredentialEntry, EndpointEntry, PolicyEntry, ProfileEntry,
    ProjectEntry, TermsEntry, WebhookEntry, Workspace,
};
use super::merge::{Merge, Merged, Object, Prune, Repeated, merge};
use crate::access_profile::CredentialKind;
use crate::key_id::KeyId;
use crate::settings::Settings;
use crate::terms::AuthMethod;
use crate::text::Name;
use crate::token::TokenDigest;

/// A collection of the result. Its entry has no endpoints: they stand beside it.
#[derive(Clone)]
pub struct MergedCollection {
    /// The collection itself.
    pub own: Merged<CollectionEntry>,
    /// Its endpoints.
    pub endpoints: Merge<EndpointEntry>,
}

/// A client of the result. Its entry has no profiles: they stand beside it.
#[derive(Clone)]
pub struct MergedClient {
    /// The client itself.
    pub own: Merged<ClientEntry>,
    /// Its profiles; their credentials are those that they shall have.
    pub profiles: Merge<ProfileEntry>,
}

/// What shall be, beside what is there.
pub struct Plan {
    /// The settings, if they are to change.
    pub settings: Option<Settings>,
    /// The projects.
    pub projects: Merge<ProjectEntry>,
    /// The access policies.
    pub policies: Merge<PolicyEntry>,
    /// The certificate bundles.
    pub cert_bundles: Merge<CertBundleEntry>,
    /// The collections.
    pub collections: Vec<MergedCollection>,
    /// Places of collections that go.
    pub collections_gone: Vec<usize>,
    /// The clients.
    pub clients: Vec<MergedClient>,
    /// Places of clients that go.
    pub clients_gone: Vec<usize>,
    /// The webhooks.
    pub webhooks: Merge<WebhookEntry>,
    /// What that changes.
    pub difference: Difference,
}

impl Plan {
    /// Compares a document with what is there, and says everything that would be wrong with the result. `present`
    /// must have all sections.
    pub fn new(present: &Workspace, mut file: Workspace, prune: Prune, bounds: Bounds) -> (Self, Vec<Problem>) {
        let mut problems = Problems::default();
        let settings = file.settings.take().filter(|settings| present.settings.as_ref() != Some(settings));
        let projects = merge_projects(list(present.projects.as_deref()), file.projects.take(), prune, &mut problems);
        let policies = merge(list(present.policies.as_deref()), file.policies.take(), prune, |twice| {
            problems.repeated("policies", &twice);
        });
        let cert_bundles = merge(list(present.cert_bundles.as_deref()), file.cert_bundles.take(), prune, |twice| {
            problems.repeated("cert_bundles", &twice);
        });
        let (mut collections, collections_gone) =
            merge_collections(list(present.collections.as_deref()), file.collections.take(), prune, &mut problems);
        let (mut clients, clients_gone) =
            merge_clients(list(present.clients.as_deref()), file.clients.take(), prune, &mut problems);
        let webhooks = merge_webhooks(list(present.webhooks.as_deref()), file.webhooks.take(), prune, &mut problems);
        let default = projects.kept.iter().find(|project| project.entry.default).map(|project| &project.entry.name);
        for collection in &mut collections {
            forget_default(&mut collection.own.entry.project, default);
        }
        for client in &mut clients {
            forget_default(&mut client.own.entry.project, default);
        }
        let mut plan = Self {
            settings,
            projects,
            policies,
            cert_bundles,
            collections,
            collections_gone,
            clients,
            clients_gone,
            webhooks,
            difference: Difference::default(),
        };
        problems.check(&plan, present, bounds);
        plan.difference = plan.compare(present);
        super::check::note(&mut plan);
        (plan, problems.into_all())
    }

    fn compare(&mut self, present: &Workspace) -> Difference {
        let mut difference = Difference::default();
        if let Some(settings) = &self.settings {
            let before = present.settings.as_ref().map(|own| fields_of(own, "")).unwrap_or_default();
            let fields = between(before, fields_of(settings, ""));
            let name = "settings".to_owned();
            difference.changes.push(ObjectChange { noun: "settings", name, what: What::Changed, fields });
        } else {
            difference.unchanged += 1;
        }
        difference.add("", list(present.projects.as_deref()), &mut self.projects);
        difference.add("", list(present.policies.as_deref()), &mut self.policies);
        difference.add("", list(present.cert_bundles.as_deref()), &mut self.cert_bundles);
        self.compare_collections(list(present.collections.as_deref()), &mut difference);
        self.compare_clients(list(present.clients.as_deref()), &mut difference);
        difference.add("", list(present.webhooks.as_deref()), &mut self.webhooks);
        difference
    }

    fn compare_collections(&mut self, present: &[CollectionEntry], difference: &mut Difference) {
        let mut order: Vec<(String, Option<&mut MergedCollection>, Option<&CollectionEntry>)> = Vec::new();
        for merged in &mut self.collections {
            let before = merged.own.present.and_then(|place| present.get(place));
            order.push((merged.own.entry.label().to_lowercase(), Some(merged), before));
        }
        for before in self.collections_gone.iter().filter_map(|place| present.get(*place)) {
            order.push((before.label().to_lowercase(), None, Some(before)));
        }
        order.sort_by(|(one, ..), (other, ..)| one.cmp(other));
        for (_, merged, before) in order {
            let changed = note(difference, change("", before, merged.as_ref().map(|merged| &merged.own.entry)));
            if let Some(merged) = merged {
                merged.own.changed = changed;
                let endpoints = before.map(|before| list(before.endpoints.as_deref())).unwrap_or_default();
                difference.add(&merged.own.entry.label(), endpoints, &mut merged.endpoints);
            }
        }
    }

    fn compare_clients(&mut self, present: &[ClientEntry], difference: &mut Difference) {
        let mut order: Vec<(String, Option<&mut MergedClient>, Option<&ClientEntry>)> = Vec::new();
        for merged in &mut self.clients {
            let before = merged.own.present.and_then(|place| present.get(place));
            order.push((merged.own.entry.name.folded(), Some(merged), before));
        }
        for before in self.clients_gone.iter().filter_map(|place| present.get(*place)) {
            order.push((before.name.folded(), None, Some(before)));
        }
        order.sort_by(|(one, ..), (other, ..)| one.cmp(other));
        for (_, merged, before) in order {
            let changed = note(difference, change("", before, merged.as_ref().map(|merged| &merged.own.entry)));
            if let Some(merged) = merged {
                merged.own.changed = changed;
                let profiles = before.map(|before| list(before.profiles.as_deref())).unwrap_or_default();
                difference.add(&merged.own.entry.label(), profiles, &mut merged.profiles);
            }
        }
    }
}

/// Notes what becomes of an object; tells whether anything does.
fn note(difference: &mut Difference, change: Option<ObjectChange>) -> bool {
    let changed = change.is_some();
    match change {
        Some(change) => difference.changes.push(change),
        None => difference.unchanged += 1,
    }
    changed
}

/// A section, empty where there is none.
pub(super) fn list<T>(section: Option<&[T]>) -> &[T] {
    section.unwrap_or_default()
}

/// The default project is named by leaving its name out.
fn forget_default(project: &mut Option<Name>, default: Option<&Name>) {
    let is_default = |name: &Name| default.is_some_and(|default| default.folded() == name.folded());
    if project.as_ref().is_some_and(is_default) {
        *project = None;
    }
}

/// The default project stays, and is also found by its name where the document marks none as the default one.
fn merge_projects(
    present: &[ProjectEntry],
    mut file: Option<Vec<ProjectEntry>>,
    prune: Prune,
    problems: &mut Problems,
) -> Merge<ProjectEntry> {
    let default = present.iter().find(|project| project.default);
    if let (Some(default), Some(projects)) = (default, &mut file)
        && !projects.iter().any(|project| project.default)
        && let Some(same) = projects.iter_mut().find(|project| project.name.folded() == default.name.folded())
    {
        same.default = true;
    }
    let mut merged = merge(present, file, prune, |twice| problems.repeated("projects", &twice));
    let is_default = |place: &usize| present.get(*place).is_some_and(|project| project.default);
    if let Some(at) = merged.gone.iter().position(is_default) {
        let place = merged.gone.remove(at);
        if let Some(entry) = present.get(place).cloned() {
            merged.kept.push(Merged { entry, file: None, present: Some(place), changed: false });
        }
    }
    merged
}

fn merge_collections(
    present: &[CollectionEntry],
    file: Option<Vec<CollectionEntry>>,
    prune: Prune,
    problems: &mut Problems,
) -> (Vec<MergedCollection>, Vec<usize>) {
    let merged = merge(present, file, prune, |twice: Repeated| problems.repeated("collections", &twice));
    let with_endpoints = |mut own: Merged<CollectionEntry>| {
        let before = own.present.and_then(|place| present.get(place));
        let endpoints = own.entry.endpoints.take().filter(|_| own.file.is_some());
        let at = format!("collections[{}].endpoints", own.file.unwrap_or_default());
        let there = before.map(|before| list(before.endpoints.as_deref())).unwrap_or_default();
        let endpoints = merge(there, endpoints, prune, |twice| problems.repeated(&at, &twice));
        if let Some(before) = before {
            let auth = &mut own.entry.upstream.auth;
            if auth.secret.is_none() && before.upstream.may_keep_secret(&own.entry.upstream) {
                own.entry.upstream.auth.secret.clone_from(&before.upstream.auth.secret);
            }
        }
        MergedCollection { own, endpoints }
    };
    (merged.kept.into_iter().map(with_endpoints).collect(), merged.gone)
}

fn merge_clients(
    present: &[ClientEntry],
    file: Option<Vec<ClientEntry>>,
    prune: Prune,
    problems: &mut Problems,
) -> (Vec<MergedClient>, Vec<usize>) {
    let merged = merge(present, file, prune, |twice: Repeated| problems.repeated("clients", &twice));
    let with_profiles = |mut own: Merged<ClientEntry>| {
        let before = own.present.and_then(|place| present.get(place));
        let profiles = own.entry.profiles.take().filter(|_| own.file.is_some());
        let at = format!("clients[{}].profiles", own.file.unwrap_or_default());
        let there = before.map(|before| list(before.profiles.as_deref())).unwrap_or_default();
        let mut profiles = merge(there, profiles, prune, |twice| problems.repeated(&at, &twice));
        let old_terms = before.and_then(|before| before.default_terms.as_ref());
        keep_secret(own.entry.default_terms.as_mut(), old_terms);
        for profile in &mut profiles.kept {
            let before = profile.present.and_then(|place| there.get(place));
            let method_before = before.map(|before| method(before, old_terms));
            let method = method(&profile.entry, own.entry.default_terms.as_ref());
            complete(&mut profile.entry, method, before.zip(method_before));
        }
        MergedClient { own, profiles }
    };
    (merged.kept.into_iter().map(with_profiles).collect(), merged.gone)
}

/// A secret of which a document says nothing stays.
fn merge_webhooks(
    present: &[WebhookEntry],
    file: Option<Vec<WebhookEntry>>,
    prune: Prune,
    problems: &mut Problems,
) -> Merge<WebhookEntry> {
    let mut merged = merge(present, file, prune, |twice| problems.repeated("webhooks", &twice));
    for webhook in &mut merged.kept {
        if webhook.entry.secret.is_none()
            && let Some(before) = webhook.present.and_then(|place| present.get(place))
        {
            webhook.entry.secret.clone_from(&before.secret);
        }
    }
    merged
}

/// The method in force for a profile.
pub(super) fn method(profile: &ProfileEntry, default: Option<&TermsEntry>) -> AuthMethod {
    profile.own_terms.as_ref().or(default).map_or(AuthMethod::Token, |terms| terms.auth_type)
}

/// A shared secret of which a document says nothing stays.
fn keep_secret(terms: Option<&mut TermsEntry>, before: Option<&TermsEntry>) {
    let (Some(terms), Some(before)) = (terms, before) else { return };
    if terms.jwt_secret.is_none() && terms.has_shared_secret() && before.has_shared_secret() {
        terms.jwt_secret.clone_from(&before.jwt_secret);
    }
}

/// Gives a profile of a document what it keeps, and the credentials that it shall have.
fn complete(profile: &mut ProfileEntry, method: AuthMethod, before: Option<(&ProfileEntry, AuthMethod)>) {
    let same_method = before.filter(|(_, former)| *former == method).map(|(before, _)| before);
    if let Some((before, _)) = before {
        keep_secret(profile.own_terms.as_mut(), before.own_terms.as_ref());
        profile.period_anchor = profile.period_anchor.or(before.period_anchor);
    }
    let kept = same_method.and_then(|before| before.credentials.clone());
    let said = profile.credentials.is_some();
    let mut credentials = profile.credentials.take().or(kept).unwrap_or_default();
    credentials.retain(|own| is_for(method, own.kind));
    match (&profile.api_key, identifier_kind(method)) {
        (Some(chosen), Some(kind)) => replace_identifier(&mut credentials, kind, chosen),
        // Nothing is said of it: it stays as it is.
        (None, Some(kind)) if !said || !credentials.iter().any(|own| own.kind == kind) => {
            if let Some(own) = same_method.and_then(|before| before.api_key.clone()) {
                replace_identifier(&mut credentials, kind, &own);
            }
        }
        (None, _) | (Some(_), None) => {}
    }
    let current = |own: &&CredentialEntry| own.kind.is_identifier() && own.ends_at.is_none();
    if identifier_kind(method).is_some() {
        profile.api_key = credentials.iter().find(current).and_then(|own| own.identifier.clone());
    }
    credentials.sort_by_key(|own| (own.kind.as_str(), own.digest.0, own.ends_at.map(|at| at.0)));
    credentials.dedup();
    profile.credentials = Some(credentials);
}

fn replace_identifier(credentials: &mut Vec<CredentialEntry>, kind: CredentialKind, id: &KeyId) {
    let entry = identifier_entry(kind, id);
    if credentials.contains(&entry) {
        return;
    }
    credentials.retain(|own| own.kind != kind);
    credentials.push(entry);
}

/// An identifier as a credential.
pub(super) fn identifier_entry(kind: CredentialKind, id: &KeyId) -> CredentialEntry {
    let text = id.as_str();
    CredentialEntry {
        kind,
        digest: TokenDigest::of(text.as_bytes()),
        identifier: Some(id.clone()),
        last4: text.get(text.len().saturating_sub(4)..).unwrap_or(text).to_owned(),
        ends_at: None,
    }
}

/// The kind of identifier that profiles under a method have.
pub(super) fn identifier_kind(method: AuthMethod) -> Option<CredentialKind> {
    match method {
        AuthMethod::Token => None,
        AuthMethod::Oauth2 => Some(CredentialKind::ClientId),
        AuthMethod::Jwt | AuthMethod::Oidc => Some(CredentialKind::KeyId),
    }
}

fn is_for(method: AuthMethod, kind: CredentialKind) -> bool {
    match kind {
        CredentialKind::Token => method == AuthMethod::Token,
        CredentialKind::ClientSecret => method == AuthMethod::Oauth2,
        CredentialKind::KeyId | CredentialKind::ClientId => identifier_kind(method) == Some(kind),
    }
}

impl ProfileEntry {
    /// Gives a profile whose method asks for an identifier the one that was made for it.
    pub fn identify(&mut self, method: AuthMethod, id: &KeyId) {
        if let (Some(kind), None) = (identifier_kind(method), &self.api_key) {
            self.credentials.get_or_insert_default().push(identifier_entry(kind, id));
            self.api_key = Some(id.clone());
        }
    }

    /// The method in force, under the default terms of its client.
    pub fn method(&self, default: Option<&TermsEntry>) -> AuthMethod {
        method(self, default)
    }

    /// Whether its method asks for an identifier and it has none.
    pub fn needs_identifier(&self, default: Option<&TermsEntry>) -> bool {
        identifier_kind(method(self, default)).is_some() && self.api_key.is_none()
    }
}
