//! Making, changing and deleting access profiles.

use super::credential::{check_credential, insert_credential};
use super::list::get_profile;
use super::{MAX_PROFILES_PER_CLIENT, NewProfile, OwnTermsUpdate, ProfileRow, ProfileUpdate};
use crate::actor::Actor;
use crate::audit::Event;
use crate::changes::ChangeKind;
use crate::clients::get_client;
use crate::dialect::DbConnection;
use crate::error::{FaultKind, Faults, StoreError};
use crate::row::to_json;
use crate::store::Store;
use crate::terms::{TermsOwner, check_new_terms, check_terms, delete_terms, merge, put_terms, terms_state};
use crate::tx::{Committed, Tx};
use domain::access_profile::AccessProfile;
use domain::client::Client;
use domain::terms::{AuthMethod, Terms};
use domain::text::Name;
use domain::time::Timestamp;
use domain::{ClientId, ProfileId};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const INSERT_PROFILE: &str = "insert into access_profiles (client_id, name, name_folded, ip_allow_list, ip_deny_list, \
     active, active_since, labels, created_at, updated_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9) returning id";
const UPDATE_PROFILE: &str = "update access_profiles set name = $2, name_folded = $3, ip_allow_list = $4, \
     ip_deny_list = $5, active = $6, active_since = $7, labels = $8, updated_at = $9 where id = $1";
const DELETE_PROFILE: &str = "delete from access_profiles where id = $1";
const PROFILE_NAME_TAKEN: &str =
    "select count(*) from access_profiles where client_id = $1 and name_folded = $2 and id <> $3";
const COUNT_PROFILES: &str = "select count(*) from access_profiles where client_id = $1";

impl Store {
    /// Makes a profile of a client.
    pub async fn create_profile(
        &self,
        actor: &Actor,
        now: Timestamp,
        client_id: ClientId,
        new: NewProfile,
    ) -> Result<Committed<ProfileRow>, StoreError> {
        let mut tx = self.begin(actor, now).await?;
        let client = get_client(tx.db(), client_id).await?.client;
        let mut faults = Faults::default();
        let profiles = std::slice::from_ref(&new);
        check_new_profiles(tx.db(), Some(&client), client.default_terms.is_some(), profiles, &mut faults).await?;
        faults.check()?;
        let id = insert_profile(&mut tx, client_id, &new).await?;
        let row = get_profile(tx.db(), id).await?;
        let event = Event::new("access_profile.created", id.0, new.name.as_str()).after(state(&row.profile));
        tx.commit(event, row).await
    }

    /// Changes a profile. Its credential, counters and last use stay.
    pub async fn update_profile(
        &self,
        actor: &Actor,
        now: Timestamp,
        id: ProfileId,
        update: ProfileUpdate,
    ) -> Result<Committed<ProfileRow>, StoreError> {
        let mut tx = self.begin(actor, now).await?;
        let before = get_profile(tx.db(), id).await?.profile;
        let event_type = event_type(&update);
        let mut faults = Faults::default();
        let name = update.name.unwrap_or_else(|| before.name.clone());
        check_name(tx.db(), before.client_id, &name, id.0, "", &mut faults).await?;
        let terms = match update.own_terms {
            Some(change) => Some(plan_own_terms(tx.db(), &before, change, &mut faults).await?),
            None => None,
        };
        faults.check()?;

        let active = update.active.unwrap_or(before.active);
        let active_since = if active && !before.active { Some(now) } else { before.active_since };
        sqlx::query(UPDATE_PROFILE)
            .bind(id.0)
            .bind(name.as_str())
            .bind(name.folded())
            .bind(to_json(update.ip_allow_list.as_ref().unwrap_or(&before.ip_allow_list))?)
            .bind(to_json(update.ip_deny_list.as_ref().unwrap_or(&before.ip_deny_list))?)
            .bind(active)
            .bind(active_since.map(|time| time.0))
            .bind(to_json(update.labels.as_ref().unwrap_or(&before.labels))?)
            .bind(now.0)
            .execute(tx.db())
            .await?;
        match terms {
            Some(Some(terms)) => put_terms(tx.db(), TermsOwner::Profile(id), &terms).await?,
            Some(None) => delete_terms(tx.db(), TermsOwner::Profile(id)).await?,
            None => {}
        }
        tx.changed(ChangeKind::Profile, id.0);
        let row = get_profile(tx.db(), id).await?;
        let event = Event::new(event_type, id.0, name.as_str()).before(state(&before)).after(state(&row.profile));
        tx.commit(event, row).await
    }

    /// Deletes a profile; its credential ends at once.
    pub async fn delete_profile(
        &self,
        actor: &Actor,
        now: Timestamp,
        id: ProfileId,
    ) -> Result<Committed<()>, StoreError> {
        let mut tx = self.begin(actor, now).await?;
        let before = get_profile(tx.db(), id).await?.profile;
        sqlx::query(DELETE_PROFILE).bind(id.0).execute(tx.db()).await?;
        tx.changed(ChangeKind::Profile, id.0);
        let event = Event::new("access_profile.deleted", id.0, before.name.as_str()).before(state(&before));
        tx.commit(event, ()).await
    }
}

/// Notes what is wrong with new profiles: of a client that is there (fields by their names), or of one that is made
/// together with them (fields as `api_keys[0].name`).
pub(crate) async fn check_new_profiles(
    db: &mut DbConnection,
    client: Option<&Client>,
    has_default_terms: bool,
    profiles: &[NewProfile],
    faults: &mut Faults,
) -> Result<(), StoreError> {
    let present: i64 = match client {
        Some(client) => sqlx::query_scalar(COUNT_PROFILES).bind(client.id.0).fetch_one(&mut *db).await?,
        None => 0,
    };
    let room = i64::try_from(MAX_PROFILES_PER_CLIENT).unwrap_or(i64::MAX) - present;
    if i64::try_from(profiles.len()).unwrap_or(i64::MAX) > room {
        let field = if client.is_some() { "name" } else { "api_keys" };
        let message = format!("a client has at most {MAX_PROFILES_PER_CLIENT} access profiles");
        faults.add(field, FaultKind::Missing, message);
    }
    let mut names = BTreeSet::new();
    for (at, profile) in profiles.iter().enumerate() {
        let prefix = if client.is_some() { String::new() } else { format!("api_keys[{at}].") };
        if !names.insert(profile.name.folded()) {
            faults.taken(format!("{prefix}name"));
        }
        if let Some(client) = client {
            check_name(db, client.id, &profile.name, 0, &prefix, faults).await?;
        }
        match &profile.own_terms {
            Some(terms) => check_new_terms(db, &prefix, terms, faults).await?,
            None if has_default_terms => {}
            None => no_default_terms(&prefix, faults),
        }
        check_credential(db, &prefix, &profile.credential, faults).await?;
    }
    Ok(())
}

/// Stores a checked profile with its terms and credential.
pub(crate) async fn insert_profile(
    tx: &mut Tx<'_>,
    client_id: ClientId,
    new: &NewProfile,
) -> Result<ProfileId, StoreError> {
    let now = tx.now;
    let id: i64 = sqlx::query_scalar(INSERT_PROFILE)
        .bind(client_id.0)
        .bind(new.name.as_str())
        .bind(new.name.folded())
        .bind(to_json(&new.ip_allow_list)?)
        .bind(to_json(&new.ip_deny_list)?)
        .bind(new.active)
        .bind(new.active.then_some(now.0))
        .bind(to_json(&new.labels)?)
        .bind(now.0)
        .fetch_one(tx.db())
        .await?;
    let id = ProfileId(id);
    if let Some(terms) = &new.own_terms {
        put_terms(tx.db(), TermsOwner::Profile(id), terms).await?;
    }
    insert_credential(tx.db(), id, &new.credential, now).await?;
    tx.changed(ChangeKind::Profile, id.0);
    Ok(id)
}

/// The own terms after a change: `None` where the client's default terms are used.
async fn plan_own_terms(
    db: &mut DbConnection,
    before: &AccessProfile,
    change: OwnTermsUpdate,
    faults: &mut Faults,
) -> Result<Option<Terms>, StoreError> {
    let client = get_client(db, before.client_id).await?.client;
    match change {
        OwnTermsUpdate::UseClients => {
            if client.default_terms.is_none() {
                no_default_terms("", faults);
            }
            Ok(None)
        }
        OwnTermsUpdate::Change(update) => {
            let base = before.own_terms.as_ref().or(client.default_terms.as_ref());
            let Some(terms) = merge(base, update, Some(AuthMethod::Token), faults) else { return Ok(None) };
            check_terms(db, "", &terms, faults).await?;
            Ok(Some(terms))
        }
    }
}

fn no_default_terms(prefix: &str, faults: &mut Faults) {
    let message = "can't be blank: the client has no default terms";
    faults.add(format!("{prefix}api_collection_ids"), FaultKind::Missing, message);
}

async fn check_name(
    db: &mut DbConnection,
    client_id: ClientId,
    name: &Name,
    own_id: i64,
    prefix: &str,
    faults: &mut Faults,
) -> Result<(), StoreError> {
    let taken: i64 =
        sqlx::query_scalar(PROFILE_NAME_TAKEN).bind(client_id.0).bind(name.folded()).bind(own_id).fetch_one(db).await?;
    if taken > 0 {
        faults.taken(format!("{prefix}name"));
    }
    Ok(())
}

fn event_type(update: &ProfileUpdate) -> &'static str {
    let switch_only = *update == ProfileUpdate { active: update.active, ..ProfileUpdate::default() };
    match update.active {
        Some(true) if switch_only => "access_profile.enabled",
        Some(false) if switch_only => "access_profile.disabled",
        Some(_) | None => "access_profile.updated",
    }
}

fn state(profile: &AccessProfile) -> Value {
    json!({
        "name": profile.name,
        "api_client_id": profile.client_id,
        "own_terms": profile.own_terms.as_ref().map(terms_state),
        "ip_allow_list": profile.ip_allow_list,
        "ip_deny_list": profile.ip_deny_list,
        "active": profile.active,
        "labels": profile.labels,
    })
}
