//! Writing what terms refer to: settings, projects, policies, certificate bundles, collections.

use super::read::{Present, collection_id};
use super::write::{Ids, Writing};
use crate::api_collections::{NewCollection, insert_collection, remove_collection, write_collection};
use crate::cert_bundles::{NewCertBundle, insert_bundle, remove_bundle, write_bundle};
use crate::changes::ChangeKind;
use crate::endpoints::{NewEndpoint, delete_endpoint, insert_endpoint, update_endpoint};
use crate::error::StoreError;
use crate::policies::{NewPolicy, insert_policy, remove_policy, write_policy};
use crate::projects::{DEFAULT_PROJECT, NewProject, insert_project, remove_project, write_project};
use crate::settings::put_settings;
use domain::workspace::{
    CertBundleEntry, CollectionEntry, EndpointEntry, MergedCollection, Plan, PolicyEntry, ProjectEntry,
};
use domain::{CollectionId, ProjectId};

/// Frees the path of a collection that gets another one; no collection can have such a path.
const PARK_PATH: &str = "update api_collections set path = '~' || cast(id as text) where id = $1";

/// Writes settings, projects, policies and bundles, and notes their ids.
pub(super) async fn write_first(
    writing: &mut Writing<'_, '_>,
    present: &Present,
    plan: &Plan,
    ids: &mut Ids,
) -> Result<(), StoreError> {
    let now = writing.tx.now;
    if let Some(settings) = &plan.settings {
        put_settings(&mut writing.tx, settings).await?;
        writing.note("settings", "settings", 1, None);
    }
    // A name may move from one project to another: changes come before new ones.
    let mut projects: Vec<_> = plan.projects.kept.iter().collect();
    projects.sort_by_key(|merged| merged.present.is_none());
    for merged in projects {
        let id = match merged.present.and_then(|place| present.projects.get(place)) {
            Some(id) => {
                if merged.changed {
                    write_project(writing.tx.db(), *id, &new_project(&merged.entry), now).await?;
                }
                *id
            }
            None => insert_project(writing.tx.db(), &new_project(&merged.entry), now).await?,
        };
        ids.projects.insert(merged.entry.name.folded(), id);
        if merged.changed {
            writing.tx.touched("project", id.0);
            writing.note("project", merged.entry.name.as_str(), id.0, Some(id));
        }
    }
    for merged in &plan.policies.kept {
        let id = match merged.present.and_then(|place| present.policies.get(place)) {
            Some(id) => {
                if merged.changed {
                    write_policy(writing.tx.db(), *id, &new_policy(&merged.entry), now).await?;
                }
                *id
            }
            None => insert_policy(writing.tx.db(), &new_policy(&merged.entry), now).await?,
        };
        ids.policies.insert(merged.entry.name.folded(), id);
        if merged.changed {
            writing.tx.changed(ChangeKind::Policy, id.0);
            writing.note("access_policy", merged.entry.name.as_str(), id.0, None);
        }
    }
    for merged in &plan.cert_bundles.kept {
        let id = match merged.present.and_then(|place| present.cert_bundles.get(place)) {
            Some(id) => {
                if merged.changed {
                    write_bundle(writing.tx.db(), *id, &new_bundle(&merged.entry), now).await?;
                }
                *id
            }
            None => insert_bundle(writing.tx.db(), &new_bundle(&merged.entry), now).await?,
        };
        ids.bundles.insert(merged.entry.name.folded(), id);
        if merged.changed {
            writing.tx.changed(ChangeKind::CertBundle, id.0);
            writing.note("cert_bundle", merged.entry.name.as_str(), id.0, None);
        }
    }
    Ok(())
}

/// Writes the collections with their endpoints, and notes their ids. Those that go free their paths first.
pub(super) async fn write_collections(
    writing: &mut Writing<'_, '_>,
    present: &Present,
    plan: &Plan,
    ids: &mut Ids,
) -> Result<(), StoreError> {
    for (own, _) in plan.collections_gone.iter().filter_map(|place| present.collections.get(*place)) {
        remove_collection(writing.tx.db(), own.id).await?;
        writing.tx.changed(ChangeKind::Collection, own.id.0);
        let label = format!("{} {}", own.name, own.version);
        writing.note("api_collection", &label, own.id.0, Some(own.project_id));
    }
    for merged in &plan.collections {
        let before = merged.own.present.and_then(|place| present.collections.get(place));
        if let Some((own, _)) = before
            && own.path != merged.own.entry.path
        {
            sqlx::query(PARK_PATH).bind(own.id.0).execute(writing.tx.db()).await?;
        }
    }
    for merged in &plan.collections {
        let place = merged.own.present;
        let id = write_one(writing, merged, place.and_then(|place| collection_id(present, place)), ids).await?;
        ids.collections.insert(merged.own.entry.path.as_str().to_owned(), id);
        write_endpoints(writing, present, merged, id, ids).await?;
    }
    Ok(())
}

async fn write_one(
    writing: &mut Writing<'_, '_>,
    merged: &MergedCollection,
    present: Option<CollectionId>,
    ids: &Ids,
) -> Result<CollectionId, StoreError> {
    let (now, entry) = (writing.tx.now, &merged.own.entry);
    let new = new_collection(entry, ids.project(entry.project.as_ref())?);
    let id = match present {
        Some(id) => {
            if merged.own.changed {
                write_collection(writing.tx.db(), writing.key, id, &new, now).await?;
            }
            id
        }
        None => insert_collection(writing.tx.db(), writing.key, &new, now).await?,
    };
    if merged.own.changed {
        writing.tx.changed(ChangeKind::Collection, id.0);
        writing.note("api_collection", &format!("{} {}", entry.name, entry.version), id.0, Some(new.project_id));
    }
    Ok(id)
}

async fn write_endpoints(
    writing: &mut Writing<'_, '_>,
    present: &Present,
    merged: &MergedCollection,
    collection: CollectionId,
    ids: &Ids,
) -> Result<(), StoreError> {
    let now = writing.tx.now;
    let before = merged.own.present.and_then(|place| present.collections.get(place));
    let there = before.map(|(_, endpoints)| endpoints.as_slice()).unwrap_or_default();
    let owner = format!("{} {}", merged.own.entry.name, merged.own.entry.version);
    let project = Some(ids.project(merged.own.entry.project.as_ref())?);
    let label = |method: &str, path: &str| format!("{owner} / {method} /{}", path.trim_start_matches('/'));
    for own in merged.endpoints.gone.iter().filter_map(|place| there.get(*place)) {
        delete_endpoint(writing.tx.db(), own.id).await?;
        writing.tx.changed(ChangeKind::Collection, collection.0);
        writing.note("endpoint", &label(own.method.as_str(), own.path.as_str()), own.id.0, project);
    }
    for endpoint in merged.endpoints.kept.iter().filter(|endpoint| endpoint.changed) {
        let new = new_endpoint(&endpoint.entry);
        let id = match endpoint.present.and_then(|place| there.get(place)) {
            Some(own) => {
                update_endpoint(writing.tx.db(), own.id, &new, now).await?;
                own.id
            }
            None => insert_endpoint(writing.tx.db(), collection, &new, now).await?,
        };
        writing.tx.changed(ChangeKind::Collection, collection.0);
        writing.tx.touched("endpoint", id.0);
        writing.note("endpoint", &label(new.method.as_str(), new.path.as_str()), id.0, project);
    }
    Ok(())
}

/// Removes policies, bundles and projects that go: nothing names them any more.
pub(super) async fn remove_last(
    writing: &mut Writing<'_, '_>,
    present: &Present,
    plan: &Plan,
) -> Result<(), StoreError> {
    let names = &present.workspace;
    for place in &plan.policies.gone {
        let (Some(id), Some(entry)) = (present.policies.get(*place), at(names.policies.as_deref(), *place)) else {
            continue;
        };
        remove_policy(writing.tx.db(), *id).await?;
        writing.tx.changed(ChangeKind::Policy, id.0);
        writing.note("access_policy", entry.name.as_str(), id.0, None);
    }
    for place in &plan.cert_bundles.gone {
        let (Some(id), Some(entry)) = (present.cert_bundles.get(*place), at(names.cert_bundles.as_deref(), *place))
        else {
            continue;
        };
        remove_bundle(writing.tx.db(), *id).await?;
        writing.tx.changed(ChangeKind::CertBundle, id.0);
        writing.note("cert_bundle", entry.name.as_str(), id.0, None);
    }
    for place in &plan.projects.gone {
        let (Some(id), Some(entry)) = (present.projects.get(*place), at(names.projects.as_deref(), *place)) else {
            continue;
        };
        if *id == DEFAULT_PROJECT {
            continue;
        }
        remove_project(writing.tx.db(), *id).await?;
        writing.note("project", entry.name.as_str(), id.0, Some(*id));
    }
    Ok(())
}

fn at<T>(section: Option<&[T]>, place: usize) -> Option<&T> {
    section?.get(place)
}

fn new_project(entry: &ProjectEntry) -> NewProject {
    NewProject { name: entry.name.clone(), description: entry.description.clone() }
}

fn new_policy(entry: &PolicyEntry) -> NewPolicy {
    NewPolicy {
        name: entry.name.clone(),
        description: entry.description.clone(),
        rate_limit: entry.rate_limit,
        usage_quota: entry.usage_quota,
        on_store_failure: entry.on_store_failure,
    }
}

fn new_bundle(entry: &CertBundleEntry) -> NewCertBundle {
    NewCertBundle { name: entry.name.clone(), authorities: entry.authorities.clone() }
}

fn new_collection(entry: &CollectionEntry, project_id: ProjectId) -> NewCollection {
    NewCollection {
        project_id,
        name: entry.name.clone(),
        version: entry.version.clone(),
        path: entry.path.clone(),
        description: entry.description.clone(),
        enabled: entry.enabled,
        upstream: entry.upstream.clone(),
        limits: entry.limits,
        cors: entry.cors.clone(),
        allow_query_token: entry.allow_query_token,
        forwarding: entry.forwarding,
    }
}

fn new_endpoint(entry: &EndpointEntry) -> NewEndpoint {
    NewEndpoint {
        name: entry.name.clone(),
        method: entry.method,
        path: entry.path.clone(),
        description: entry.description.clone(),
        upstream_path: entry.upstream_path.clone(),
        active: entry.active,
    }
}
