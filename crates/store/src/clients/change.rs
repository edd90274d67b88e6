//! Making, changing and deleting clients.

use super::list::get_client;
use super::{ClientUpdate, CreatedClient, DefaultTermsUpdate, NewClient};
use crate::access_profiles::{
    NewOwner, NewProfile, ProfilePlanner, get_profile, insert_profile, retire_all, tell_disabled_with_client,
};
use crate::actor::Actor;
use crate::audit::Event;
use crate::changes::ChangeKind;
use crate::clients::ClientRow;
use crate::dialect::DbConnection;
use crate::error::{FaultKind, Faults, StoreError};
use crate::projects::check_project;
use crate::row::name;
use crate::secret_key::SecretKey;
use crate::store::Store;
use crate::terms::{
    Place, Planner, StoredTerms, TermsOwner, TermsUpdate, check_policy, delete_terms, find_terms, put_terms,
    terms_state,
};
use crate::tx::{Committed, Tx};
use domain::client::Client;
use domain::terms::AuthMethod;
use domain::text::{Description, Email, Name};
use domain::time::Timestamp;
use domain::{ClientId, PolicyId, ProfileId};
use serde_json::{Value, json};

const INSERT_CLIENT: &str = "insert into clients (project_id, name, name_folded, description, email, enabled, \
     shared_policy_id, created_at, updated_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $8) returning id";
const UPDATE_CLIENT: &str = "update clients set project_id = $2, name = $3, name_folded = $4, description = $5, \
     email = $6, enabled = $7, shared_policy_id = $8, updated_at = $9 where id = $1";
const DELETE_CLIENT: &str = "delete from clients where id = $1";
const CLIENT_NAME_TAKEN: &str = "select count(*) from clients where name_folded = $1 and id <> $2";
const CLIENT_PROFILES: &str = "select id, name from access_profiles where client_id = $1 order by id";
const ACTIVE_PROFILES: &str = "select id, name from access_profiles where client_id = $1 and active order by id";
const DEFAULT_TERMS_USERS: &str = "select p.name from access_profiles p where p.client_id = $1 \
     and not exists (select 1 from terms o where o.profile_id = p.id) order by p.name_folded limit 20";

impl Store {
    /// Makes a client with its first profiles. Faults of the profiles are at `api_keys[0].name` and the like.
    pub async fn create_client(
        &self,
        actor: &Actor,
        now: Timestamp,
        new: NewClient,
        profiles: Vec<NewProfile>,
    ) -> Result<Committed<CreatedClient>, StoreError> {
        let mut tx = self.begin(actor, now).await?;
        let mut faults = Faults::default();
        let mut planner = Planner::new(self.key(), self.scope());
        check_project(&mut tx, new.project_id, &mut faults).await?;
        check_name(tx.db(), &new.name, 0, &mut faults).await?;
        check_shared_policy(tx.db(), new.shared_policy_id, &mut faults).await?;
        let place = Place { prefix: "", owner: None, fallback: None };
        let terms = match &new.default_terms {
            Some(update) => planner.plan(tx.db(), place, None, update, &mut faults).await?,
            None => None,
        };
        // Without a method there is a fault already: which one is taken for the profiles does not matter.
        let method = |terms: &TermsUpdate| terms.method.unwrap_or(AuthMethod::Token);
        let owner = NewOwner::Made { default_method: new.default_terms.as_ref().map(method) };
        let plans = ProfilePlanner::new(planner, owner).plan_all(tx.db(), &profiles, &mut faults).await?;
        faults.check()?;

        let id = insert_client(tx.db(), &new, now).await?;
        tx.changed(ChangeKind::Client, id.0);
        if let Some(terms) = &terms {
            put_terms(tx.db(), TermsOwner::Client(id), terms).await?;
        }
        let mut ids = Vec::with_capacity(profiles.len());
        for (profile, plan) in profiles.iter().zip(&plans) {
            ids.push(insert_profile(&mut tx, id, profile, plan).await?);
        }
        let created = read_created(&mut tx, self.key(), id, &ids).await?;
        let names: Vec<_> = profiles.iter().map(|profile| profile.name.as_str()).collect();
        let after = with_profiles(state(&created.client.client), &names);
        tx.commit(Event::new("client.created", id.0, new.name.as_str()).after(after), created).await
    }

    /// Changes a client. A change of its default terms acts on all profiles that use them, in this one revision.
    pub async fn update_client(
        &self,
        actor: &Actor,
        now: Timestamp,
        id: ClientId,
        update: ClientUpdate,
    ) -> Result<Committed<ClientRow>, StoreError> {
        let mut tx = self.begin(actor, now).await?;
        tx.sees_client(id).await?;
        let before = get_client(tx.db(), self.key(), id).await?.client;
        let event_type = event_type(&update);
        let mut faults = Faults::default();
        let project_id = update.project_id.unwrap_or(before.project_id);
        if project_id != before.project_id {
            check_project(&mut tx, project_id, &mut faults).await?;
        }
        let name = update.name.unwrap_or_else(|| before.name.clone());
        check_name(tx.db(), &name, id.0, &mut faults).await?;
        let terms = match update.default_terms {
            Some(change) => Some(plan_default_terms(tx.db(), self, &before, change, &mut faults).await?),
            None => None,
        };
        let shared_policy_id = update.shared_policy_id.unwrap_or(before.shared_policy_id);
        check_shared_policy(tx.db(), shared_policy_id, &mut faults).await?;
        faults.check()?;

        let wanted = NewClient {
            project_id,
            name: name.clone(),
            description: update.description.unwrap_or_else(|| before.description.clone()),
            email: update.email.unwrap_or_else(|| before.email.clone()),
            enabled: update.enabled.unwrap_or(before.enabled),
            default_terms: None,
            shared_policy_id,
        };
        write_client(tx.db(), id, &wanted, now).await?;
        match terms {
            Some(Some(terms)) => put_terms(tx.db(), TermsOwner::Client(id), &terms).await?,
            Some(None) => delete_terms(tx.db(), TermsOwner::Client(id)).await?,
            None => {}
        }
        tx.changed(ChangeKind::Client, id.0);
        let row = get_client(tx.db(), self.key(), id).await?;
        if before.enabled && !row.client.enabled {
            tell_switched_off(&mut tx, &row.client).await?;
        }
        let event = Event::new(event_type, id.0, name.as_str()).before(state(&before)).after(state(&row.client));
        tx.commit(event, row).await
    }

    /// Deletes a client with its profiles; their credentials end at once.
    pub async fn delete_client(
        &self,
        actor: &Actor,
        now: Timestamp,
        id: ClientId,
    ) -> Result<Committed<()>, StoreError> {
        let mut tx = self.begin(actor, now).await?;
        tx.sees_client(id).await?;
        let before = get_client(tx.db(), self.key(), id).await?.client;
        let profiles = remove_client(&mut tx, id).await?;
        let names: Vec<_> = profiles.iter().map(|(_, name)| name.as_str()).collect();
        let state = with_profiles(state(&before), &names);
        tx.commit(Event::new("client.deleted", id.0, before.name.as_str()).before(state), ()).await
    }
}

/// Stores a client, without its terms.
pub(crate) async fn insert_client(
    db: &mut DbConnection,
    new: &NewClient,
    now: Timestamp,
) -> Result<ClientId, StoreError> {
    let id: i64 = sqlx::query_scalar(INSERT_CLIENT)
        .bind(new.project_id.0)
        .bind(new.name.as_str())
        .bind(new.name.folded())
        .bind(new.description.as_ref().map(Description::as_str))
        .bind(new.email.as_ref().map(Email::as_str))
        .bind(new.enabled)
        .bind(new.shared_policy_id.map(|id| id.0))
        .bind(now.0)
        .fetch_one(db)
        .await?;
    Ok(ClientId(id))
}

/// Gives a client new contents; its terms are written apart.
pub(crate) async fn write_client(
    db: &mut DbConnection,
    id: ClientId,
    wanted: &NewClient,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(UPDATE_CLIENT)
        .bind(id.0)
        .bind(wanted.project_id.0)
        .bind(wanted.name.as_str())
        .bind(wanted.name.folded())
        .bind(wanted.description.as_ref().map(Description::as_str))
        .bind(wanted.email.as_ref().map(Email::as_str))
        .bind(wanted.enabled)
        .bind(wanted.shared_policy_id.map(|id| id.0))
        .bind(now.0)
        .execute(db)
        .await?;
    Ok(())
}

/// Removes a client with its profiles, whose credentials end; answers what they were called.
pub(crate) async fn remove_client(tx: &mut Tx<'_>, id: ClientId) -> Result<Vec<(i64, String)>, StoreError> {
    let now = tx.now;
    let profiles: Vec<(i64, String)> = sqlx::query_as(CLIENT_PROFILES).bind(id.0).fetch_all(tx.db()).await?;
    for (profile, _) in &profiles {
        retire_all(tx.db(), ProfileId(*profile), now).await?;
    }
    sqlx::query(DELETE_CLIENT).bind(id.0).execute(tx.db()).await?;
    tx.changed(ChangeKind::Client, id.0);
    for (profile, _) in &profiles {
        tx.changed(ChangeKind::Profile, *profile);
    }
    Ok(profiles)
}

/// Tells webhooks of each profile that was on and is off with its client.
async fn tell_switched_off(tx: &mut Tx<'_>, client: &Client) -> Result<(), StoreError> {
    let rows: Vec<(i64, String)> = sqlx::query_as(ACTIVE_PROFILES).bind(client.id.0).fetch_all(tx.db()).await?;
    let mut profiles = Vec::with_capacity(rows.len());
    for (id, text) in rows {
        profiles.push((ProfileId(id), name(&text)?));
    }
    let profiles: Vec<_> = profiles.iter().map(|(id, name)| (*id, name)).collect();
    tell_disabled_with_client(tx, (client.id, &client.name), &profiles).await
}

async fn read_created(
    tx: &mut Tx<'_>,
    key: &SecretKey,
    id: ClientId,
    ids: &[ProfileId],
) -> Result<CreatedClient, StoreError> {
    let client = get_client(tx.db(), key, id).await?;
    let mut profiles = Vec::with_capacity(ids.len());
    for id in ids {
        profiles.push(get_profile(tx.db(), key, *id).await?);
    }
    Ok(CreatedClient { client, profiles })
}

/// The default terms after a change: `None` without any.
async fn plan_default_terms(
    db: &mut DbConnection,
    store: &Store,
    before: &Client,
    change: DefaultTermsUpdate,
    faults: &mut Faults,
) -> Result<Option<StoredTerms>, StoreError> {
    let owner = TermsOwner::Client(before.id);
    let old = find_terms(db, store.key(), owner).await?;
    let new = match change {
        DefaultTermsUpdate::Remove => None,
        DefaultTermsUpdate::Change(update) => {
            let place = Place { prefix: "", owner: Some(owner), fallback: None };
            let planned =
                Planner::new(store.key(), store.scope()).plan(db, place, old.as_ref(), &update, faults).await?;
            let Some(planned) = planned else { return Ok(None) };
            Some(planned)
        }
    };
    let method = |stored: &Option<StoredTerms>| stored.as_ref().map(|stored| stored.terms.method);
    if old.is_some() && method(&old) != method(&new) {
        let users: Vec<String> = sqlx::query_scalar(DEFAULT_TERMS_USERS).bind(before.id.0).fetch_all(db).await?;
        if !users.is_empty() {
            let message = format!("can't be changed while access profiles use it: {}", users.join(", "));
            faults.add("auth_type", FaultKind::Conflict, message);
        }
    }
    Ok(new)
}

/// Notes a fault where the policy that all profiles share is not there.
async fn check_shared_policy(
    db: &mut DbConnection,
    id: Option<PolicyId>,
    faults: &mut Faults,
) -> Result<(), StoreError> {
    match id {
        Some(id) => check_policy(db, "shared_api_policy_id", id, faults).await,
        None => Ok(()),
    }
}

async fn check_name(db: &mut DbConnection, name: &Name, own_id: i64, faults: &mut Faults) -> Result<(), StoreError> {
    let taken: i64 = sqlx::query_scalar(CLIENT_NAME_TAKEN).bind(name.folded()).bind(own_id).fetch_one(db).await?;
    if taken > 0 {
        faults.taken("name");
    }
    Ok(())
}

fn event_type(update: &ClientUpdate) -> &'static str {
    match update {
        ClientUpdate {
            project_id: None,
            name: None,
            description: None,
            email: None,
            enabled: Some(enabled),
            default_terms: None,
            shared_policy_id: None,
        } => {
            if *enabled {
                "client.enabled"
            } else {
                "client.disabled"
            }
        }
        _ => "client.updated",
    }
}

fn state(client: &Client) -> Value {
    json!({
        "name": client.name,
        "project_id": client.project_id,
        "description": client.description,
        "email": client.email,
        "enabled": client.enabled,
        "default_terms": client.default_terms.as_ref().map(terms_state),
        "shared_api_policy_id": client.shared_policy_id,
    })
}

fn with_profiles(mut state: Value, names: &[&str]) -> Value {
    if let Some(fields) = state.as_object_mut() {
        fields.insert("access_profiles".to_owned(), json!(names));
    }
    state
}
