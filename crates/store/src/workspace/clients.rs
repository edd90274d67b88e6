//! Writing clients, profiles, their terms and credentials.

use super::plan::Planned;
use super::read::Present;
use super::write::{Ids, Writing};
use crate::access_profiles::{
    delete_profile_row, end_credentials, insert_whole, issue_credentials, tell_disabled_with_client, tell_whole,
    write_whole,
};
use crate::changes::ChangeKind;
use crate::clients::{NewClient, insert_client, remove_client, write_client};
use crate::error::StoreError;
use crate::terms::{StoredTerms, TermsOwner, delete_terms, put_terms};
use domain::access_profile::{AccessProfile, Credential};
use domain::client::Client;
use domain::workspace::{ClientEntry, CredentialEntry, MergedClient, ProfileEntry, TermsEntry};
use domain::{ClientId, ProfileId, ProjectId};

/// Credentials that a profile shall have, beside those that it has.
struct Issue<'a> {
    profile: ProfileId,
    present: &'a [Credential],
    wanted: &'a [CredentialEntry],
    former: Option<&'a AccessProfile>,
    entry: &'a ProfileEntry,
}

/// Writes clients and profiles. All credentials that end do so before any begins: a value may go from one to another.
pub(super) async fn write_clients(
    writing: &mut Writing<'_, '_>,
    present: &Present,
    planned: &Planned,
    ids: &Ids,
) -> Result<(), StoreError> {
    let plan = &planned.plan;
    for (own, profiles) in plan.clients_gone.iter().filter_map(|place| present.clients.get(*place)) {
        remove_client(&mut writing.tx, own.id).await?;
        writing.note("client", own.name.as_str(), own.id.0, Some(own.project_id));
        for profile in profiles {
            writing.tx.changed(ChangeKind::Profile, profile.id.0);
        }
    }
    let mut issues = Vec::new();
    for (at, merged) in plan.clients.iter().enumerate() {
        let before = merged.own.present.and_then(|place| present.clients.get(place));
        let project = ids.project(merged.own.entry.project.as_ref())?;
        let id = write_client_row(writing, merged, before.map(|(own, _)| own), project, ids).await?;
        write_default_terms(writing, merged, id, planned.terms.get(&(at, None)), ids).await?;
        let profiles = before.map(|(_, profiles)| profiles.as_slice()).unwrap_or_default();
        if before.is_some_and(|(own, _)| own.enabled) && !merged.own.entry.enabled {
            tell_switched_off(writing, merged, id, profiles).await?;
        }
        remove_profiles(writing, merged, profiles, project).await?;
        for (place, profile) in merged.profiles.kept.iter().enumerate() {
            let former = profile.present.and_then(|place| profiles.get(place));
            let terms = planned.terms.get(&(at, Some(place)));
            if !profile.changed && terms.is_none() {
                continue;
            }
            let profile_id = match former {
                Some(former) => {
                    if profile.changed {
                        write_whole(&mut writing.tx, former, &profile.entry).await?;
                    }
                    former.id
                }
                None => insert_whole(&mut writing.tx, id, &profile.entry).await?,
            };
            write_own_terms(writing, profile_id, former, profile.entry.own_terms.as_ref(), terms, ids).await?;
            writing.tx.changed(ChangeKind::Profile, profile_id.0);
            if profile.changed {
                let label = format!("{} / {}", merged.own.entry.name, profile.entry.name);
                writing.note("access_profile", &label, profile_id.0, Some(project));
                issues.push(Issue {
                    profile: profile_id,
                    present: former.map(|former| former.credentials.as_slice()).unwrap_or_default(),
                    wanted: profile.entry.credentials.as_deref().unwrap_or_default(),
                    former,
                    entry: &profile.entry,
                });
            }
        }
    }
    let now = writing.tx.now;
    for issue in &issues {
        end_credentials(writing.tx.db(), issue.present, issue.wanted, now).await?;
    }
    for issue in &issues {
        issue_credentials(writing.tx.db(), issue.profile, issue.present, issue.wanted, now).await?;
    }
    for (former, entry) in issues.iter().filter_map(|issue| Some((issue.former?, issue.entry))) {
        tell_whole(&mut writing.tx, writing.key, former, entry).await?;
    }
    Ok(())
}

/// Tells webhooks of profiles that are off with their client. Those that go, or that are switched off themselves, are not among them.
async fn tell_switched_off(
    writing: &mut Writing<'_, '_>,
    merged: &MergedClient,
    id: ClientId,
    profiles: &[AccessProfile],
) -> Result<(), StoreError> {
    let kept = merged.profiles.kept.iter().filter(|profile| profile.entry.active);
    let before = kept.filter_map(|profile| Some((profile, profiles.get(profile.present?)?)));
    let were_on = before.filter(|(_, before)| before.active);
    let told: Vec<_> = were_on.map(|(profile, before)| (before.id, &profile.entry.name)).collect();
    tell_disabled_with_client(&mut writing.tx, (id, &merged.own.entry.name), &told).await
}

async fn write_client_row(
    writing: &mut Writing<'_, '_>,
    merged: &MergedClient,
    before: Option<&Client>,
    project: ProjectId,
    ids: &Ids,
) -> Result<ClientId, StoreError> {
    let (now, entry) = (writing.tx.now, &merged.own.entry);
    let new = new_client(entry, project, ids)?;
    let id = match before {
        Some(own) => {
            if merged.own.changed {
                write_client(writing.tx.db(), own.id, &new, now).await?;
            }
            own.id
        }
        None => insert_client(writing.tx.db(), &new, now).await?,
    };
    if merged.own.changed {
        writing.tx.changed(ChangeKind::Client, id.0);
        writing.note("client", entry.name.as_str(), id.0, Some(project));
    }
    Ok(id)
}

async fn write_default_terms(
    writing: &mut Writing<'_, '_>,
    merged: &MergedClient,
    id: ClientId,
    terms: Option<&StoredTerms>,
    ids: &Ids,
) -> Result<(), StoreError> {
    let owner = TermsOwner::Client(id);
    match (terms, &merged.own.entry.default_terms) {
        (Some(stored), Some(entry)) => {
            put_terms(writing.tx.db(), owner, &resolved(stored, entry, ids)?).await?;
            writing.tx.changed(ChangeKind::Client, id.0);
        }
        (None, None) if merged.own.changed && merged.own.present.is_some() => {
            delete_terms(writing.tx.db(), owner).await?;
        }
        (Some(_) | None, _) => {}
    }
    Ok(())
}

async fn write_own_terms(
    writing: &mut Writing<'_, '_>,
    id: ProfileId,
    former: Option<&AccessProfile>,
    entry: Option<&TermsEntry>,
    terms: Option<&StoredTerms>,
    ids: &Ids,
) -> Result<(), StoreError> {
    let owner = TermsOwner::Profile(id);
    match (terms, entry) {
        (Some(stored), Some(entry)) => put_terms(writing.tx.db(), owner, &resolved(stored, entry, ids)?).await,
        (None, None) if former.is_some_and(|former| former.own_terms.is_some()) => {
            delete_terms(writing.tx.db(), owner).await
        }
        (Some(_) | None, _) => Ok(()),
    }
}

async fn remove_profiles(
    writing: &mut Writing<'_, '_>,
    merged: &MergedClient,
    profiles: &[AccessProfile],
    project: ProjectId,
) -> Result<(), StoreError> {
    let now = writing.tx.now;
    for profile in merged.profiles.gone.iter().filter_map(|place| profiles.get(*place)) {
        end_credentials(writing.tx.db(), &profile.credentials, &[], now).await?;
        delete_profile_row(writing.tx.db(), profile.id).await?;
        writing.tx.changed(ChangeKind::Profile, profile.id.0);
        let label = format!("{} / {}", merged.own.entry.name, profile.name);
        writing.note("access_profile", &label, profile.id.0, Some(project));
    }
    Ok(())
}

/// Terms with the ids of what they name.
fn resolved(stored: &StoredTerms, entry: &TermsEntry, ids: &Ids) -> Result<StoredTerms, StoreError> {
    let mut whole = stored.clone();
    let mut collections = Vec::with_capacity(entry.collections.len());
    for path in &entry.collections {
        collections.push(ids.collection(path)?);
    }
    collections.sort_unstable();
    collections.dedup();
    let mut bundles = Vec::with_capacity(entry.cert_bundles.len());
    for name in &entry.cert_bundles {
        bundles.push(ids.bundle(name)?);
    }
    bundles.sort_unstable();
    bundles.dedup();
    whole.terms.collection_ids = collections;
    whole.terms.cert_bundle_ids = bundles;
    whole.terms.policy_id = entry.policy.as_ref().map(|name| ids.policy(name)).transpose()?;
    Ok(whole)
}

fn new_client(entry: &ClientEntry, project_id: ProjectId, ids: &Ids) -> Result<NewClient, StoreError> {
    Ok(NewClient {
        project_id,
        name: entry.name.clone(),
        description: entry.description.clone(),
        email: entry.email.clone(),
        enabled: entry.enabled,
        default_terms: None,
        shared_policy_id: entry.shared_policy.as_ref().map(|name| ids.policy(name)).transpose()?,
    })
}
