//! Carrying a plan out: the order of writing, the ids of names, the audit log.

use super::clients::write_clients;
use super::plan::Planned;
use super::read::Present;
use super::shared::{remove_last, write_collections, write_first};
use super::webhooks::write_webhooks;
use crate::audit::Event;
use crate::error::StoreError;
use crate::projects::DEFAULT_PROJECT;
use crate::row::known;
use crate::secret_key::SecretKey;
use crate::tx::{Committed, Tx};
use crate::webhooks::told_url;
use domain::text::{Name, Slug};
use domain::webhook::WebhookUrl;
use domain::workspace::{Difference, FieldChange, ObjectChange, What};
use domain::{CertBundleId, CollectionId, PolicyId, ProjectId};
use serde_json::{Map, Value, json};
use std::collections::HashMap;

/// A change under way, and what the audit log will say of its objects.
pub(super) struct Writing<'a, 'k> {
    pub(super) tx: Tx<'a>,
    pub(super) key: &'k SecretKey,
    /// Id and project by noun and name, as in the difference.
    objects: HashMap<(&'static str, String), (i64, Option<ProjectId>)>,
}

impl Writing<'_, '_> {
    /// Notes which object has been written.
    pub(super) fn note(&mut self, noun: &'static str, name: &str, id: i64, project: Option<ProjectId>) {
        self.objects.insert((noun, name.to_owned()), (id, project));
    }
}

/// Ids by name, new ones too.
#[derive(Default)]
pub(super) struct Ids {
    pub(super) projects: HashMap<String, ProjectId>,
    pub(super) policies: HashMap<String, PolicyId>,
    pub(super) bundles: HashMap<String, CertBundleId>,
    pub(super) collections: HashMap<String, CollectionId>,
}

impl Ids {
    /// A project by name; the default one without.
    pub(super) fn project(&self, name: Option<&Name>) -> Result<ProjectId, StoreError> {
        match name {
            None => Ok(DEFAULT_PROJECT),
            Some(name) => known("a project's name", self.projects.get(&name.folded()).copied()),
        }
    }

    /// A policy by name.
    pub(super) fn policy(&self, name: &Name) -> Result<PolicyId, StoreError> {
        known("a policy's name", self.policies.get(&name.folded()).copied())
    }

    /// A certificate bundle by name.
    pub(super) fn bundle(&self, name: &Name) -> Result<CertBundleId, StoreError> {
        known("a bundle's name", self.bundles.get(&name.folded()).copied())
    }

    /// A collection by path.
    pub(super) fn collection(&self, path: &Slug) -> Result<CollectionId, StoreError> {
        known("a collection's path", self.collections.get(path.as_str()).copied())
    }
}

/// Writes everything that differs and commits.
pub(super) async fn write(
    tx: Tx<'_>,
    key: &SecretKey,
    present: &Present,
    planned: &mut Planned,
) -> Result<Committed<Difference>, StoreError> {
    let mut writing = Writing { tx, key, objects: HashMap::new() };
    let mut ids = Ids::default();
    write_first(&mut writing, present, &planned.plan, &mut ids).await?;
    write_collections(&mut writing, present, &planned.plan, &mut ids).await?;
    write_clients(&mut writing, present, planned, &ids).await?;
    write_webhooks(&mut writing, present, &planned.plan).await?;
    remove_last(&mut writing, present, &planned.plan).await?;
    let difference = std::mem::take(&mut planned.plan.difference);
    let Writing { mut tx, objects, .. } = writing;
    for change in &difference.changes {
        let key = (change.noun, change.name.clone());
        if let Some((id, project)) = objects.get(&key) {
            tx.also(*project, event(change, *id));
        }
    }
    let counts = json!({
        "created": difference.count(What::Created),
        "changed": difference.count(What::Changed),
        "deleted": difference.count(What::Deleted),
    });
    tx.commit(Event::new("workspace.applied", 1, "workspace").after(counts), difference).await
}

/// What the audit log says of one object: its fields that differ, in the words of the document.
fn event(change: &ObjectChange, id: i64) -> Event {
    let mut states = [Map::new(), Map::new()];
    for field in &change.fields {
        for (state, value) in states.iter_mut().zip([&field.before, &field.after]) {
            state.insert(field.field.clone(), value.as_ref().map_or(Value::Null, |value| told(change, field, value)));
        }
    }
    let [before, after] = states.map(Value::Object);
    let event = Event::new(event_type(change.noun, change.what), id, change.name.as_str());
    match change.what {
        What::Created => event.after(after),
        What::Changed => event.before(before).after(after),
        What::Deleted => event.before(before),
    }
}

/// A value as the audit log shows it: of a webhook's address without its query, as everywhere.
fn told(change: &ObjectChange, field: &FieldChange, value: &Value) -> Value {
    match (change.noun, field.field.as_str(), value.as_str().map(WebhookUrl::parse)) {
        ("webhook", "url", Some(Ok(url))) => told_url(&url).into(),
        _ => value.clone(),
    }
}

fn event_type(noun: &'static str, what: What) -> &'static str {
    match (noun, what) {
        ("project", What::Created) => "project.created",
        ("project", What::Changed) => "project.updated",
        ("project", What::Deleted) => "project.deleted",
        ("access_policy", What::Created) => "access_policy.created",
        ("access_policy", What::Changed) => "access_policy.updated",
        ("access_policy", What::Deleted) => "access_policy.deleted",
        ("cert_bundle", What::Created) => "cert_bundle.created",
        ("cert_bundle", What::Changed) => "cert_bundle.updated",
        ("cert_bundle", What::Deleted) => "cert_bundle.deleted",
        ("api_collection", What::Created) => "api_collection.created",
        ("api_collection", What::Changed) => "api_collection.updated",
        ("api_collection", What::Deleted) => "api_collection.deleted",
        ("endpoint", What::Created) => "endpoint.created",
        ("endpoint", What::Changed) => "endpoint.updated",
        ("endpoint", What::Deleted) => "endpoint.deleted",
        ("client", What::Created) => "client.created",
        ("client", What::Changed) => "client.updated",
        ("client", What::Deleted) => "client.deleted",
        ("access_profile", What::Created) => "access_profile.created",
        ("access_profile", What::Changed) => "access_profile.updated",
        ("access_profile", What::Deleted) => "access_profile.deleted",
        ("webhook", What::Created) => "webhook.created",
        ("webhook", What::Changed) => "webhook.updated",
        ("webhook", What::Deleted) => "webhook.deleted",
        _ => "settings.updated",
    }
}
