//! Making, changing and deleting collections.

use super::list::get_collection;
use super::secret;
use super::{CollectionRow, CollectionUpdate, NewCollection, RemovedFrom};
use crate::actor::Actor;
use crate::audit::{ELSEWHERE as AUDIT_ELSEWHERE, Event};
use crate::changes::ChangeKind;
use crate::dialect::DbConnection;
use crate::endpoints::{NewEndpoint, check_new_endpoints, insert_endpoint};
use crate::error::{Faults, StoreError};
use crate::projects::check_project;
use crate::row::{Named, name, to_json};
use crate::scope::Scope;
use crate::secret_key::SecretKey;
use crate::store::Store;
use crate::tx::Committed;
use domain::api_collection::ApiCollection;
use domain::text::Description;
use domain::time::Timestamp;
use domain::{ClientId, CollectionId, ProfileId, ProjectId};
use serde_json::{Value, json};

const INSERT_COLLECTION: &str = "insert into api_collections (project_id, name, name_folded, version, version_folded, \
     path, description, enabled, upstream, limits, cors, allow_query_token, upstream_secret, forwarding, created_at, \
     updated_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15) returning id";
const UPDATE_COLLECTION: &str = "update api_collections set project_id = $2, name = $3, name_folded = $4, \
     version = $5, version_folded = $6, path = $7, description = $8, enabled = $9, upstream = $10, limits = $11, \
     cors = $12, allow_query_token = $13, upstream_secret = $14, forwarding = $15, updated_at = $16 where id = $1";
const DELETE_COLLECTION: &str = "delete from api_collections where id = $1";
const COLLECTION_NAME_TAKEN: &str =
    "select count(*) from api_collections where name_folded = $1 and version_folded = $2 and id <> $3";
const COLLECTION_PATH_TAKEN: &str = "select count(*) from api_collections where path = $1 and id <> $2";
const CLIENTS_WITH_COLLECTION: &str = "select c.id, c.name, c.project_id from terms_collections tc join terms x on x.id = tc.terms_id \
     join clients c on c.id = x.client_id where tc.collection_id = $1 order by c.id";
const PROFILES_WITH_COLLECTION: &str = "select p.id, p.name, c.project_id from terms_collections tc join terms x on x.id = tc.terms_id \
     join access_profiles p on p.id = x.profile_id join clients c on c.id = p.client_id where tc.collection_id = $1 order by p.id";
const TOUCH_CLIENTS: &str = "update clients set updated_at = $2 where id in (select x.client_id from terms x \
     join terms_collections tc on tc.terms_id = x.id where tc.collection_id = $1 and x.client_id is not null)";
const TOUCH_PROFILES: &str = "update access_profiles set updated_at = $2 where id in (select x.profile_id from terms x \
     join terms_collections tc on tc.terms_id = x.id where tc.collection_id = $1 and x.profile_id is not null)";

impl Store {
    /// Makes a collection with its first endpoints. Faults of the endpoints are at `endpoints[0].path`.
    pub async fn create_collection(
        &self,
        actor: &Actor,
        now: Timestamp,
        new: NewCollection,
        endpoints: Vec<NewEndpoint>,
    ) -> Result<Committed<CollectionRow>, StoreError> {
        let mut tx = self.begin(actor, now).await?;
        let mut faults = Faults::default();
        check_project(&mut tx, new.project_id, &mut faults).await?;
        check(tx.db(), &new, 0, &mut faults).await?;
        check_new_endpoints(&endpoints, &mut faults);
        faults.check()?;
        let id = insert_collection(tx.db(), self.key(), &new, now).await?;
        for endpoint in &endpoints {
            insert_endpoint(tx.db(), id, endpoint, now).await?;
        }
        tx.changed(ChangeKind::Collection, id.0);
        let row = get_collection(tx.db(), self.key(), id).await?;
        let mut after = state(&row.collection);
        if let Some(fields) = after.as_object_mut() {
            fields.insert("endpoints_count".to_owned(), json!(row.endpoints_count));
        }
        tx.commit(Event::new("api_collection.created", id.0, label(&row.collection)).after(after), row).await
    }

    /// Changes a collection.
    pub async fn update_collection(
        &self,
        actor: &Actor,
        now: Timestamp,
        id: CollectionId,
        update: CollectionUpdate,
    ) -> Result<Committed<CollectionRow>, StoreError> {
        let mut tx = self.begin(actor, now).await?;
        tx.sees_collection(id).await?;
        let before = get_collection(tx.db(), self.key(), id).await?.collection;
        let event_type = event_type(&update);
        let wanted = merge(&before, update);
        let mut faults = Faults::default();
        if wanted.project_id != before.project_id {
            check_project(&mut tx, wanted.project_id, &mut faults).await?;
        }
        check(tx.db(), &wanted, id.0, &mut faults).await?;
        faults.check()?;
        write_collection(tx.db(), self.key(), id, &wanted, now).await?;
        tx.changed(ChangeKind::Collection, id.0);
        let row = get_collection(tx.db(), self.key(), id).await?;
        let mut after = state(&row.collection);
        secret::note_change(&before.upstream, &row.collection.upstream, &mut after);
        let event = Event::new(event_type, id.0, label(&row.collection)).before(state(&before)).after(after);
        tx.commit(event, row).await
    }

    /// Deletes a collection with its endpoints and takes it out of all terms.
    pub async fn delete_collection(
        &self,
        actor: &Actor,
        now: Timestamp,
        id: CollectionId,
    ) -> Result<Committed<RemovedFrom>, StoreError> {
        let mut tx = self.begin(actor, now).await?;
        tx.sees_collection(id).await?;
        let before = get_collection(tx.db(), self.key(), id).await?.collection;
        let clients = users(tx.db(), CLIENTS_WITH_COLLECTION, id, ClientId).await?;
        let profiles = users(tx.db(), PROFILES_WITH_COLLECTION, id, ProfileId).await?;
        sqlx::query(TOUCH_CLIENTS).bind(id.0).bind(now.0).execute(tx.db()).await?;
        sqlx::query(TOUCH_PROFILES).bind(id.0).bind(now.0).execute(tx.db()).await?;
        // Endpoints and links from terms go with it, by their foreign keys.
        remove_collection(tx.db(), id).await?;
        tx.changed(ChangeKind::Collection, id.0);
        for client in &clients {
            tx.changed(ChangeKind::Client, client.named.id.0);
        }
        for profile in &profiles {
            tx.changed(ChangeKind::Profile, profile.named.id.0);
        }
        let removed_from = |of: Of| json!({ "clients": names(&clients, of), "access_profiles": names(&profiles, of) });
        let after = json!({
            "removed_from": removed_from(Of::Project(before.project_id)),
            AUDIT_ELSEWHERE: removed_from(Of::OthersThan(before.project_id)),
        });
        let event = Event::new("api_collection.deleted", id.0, label(&before)).before(state(&before)).after(after);
        let removed = RemovedFrom { clients: seen(self.scope(), clients), profiles: seen(self.scope(), profiles) };
        tx.commit(event, removed).await
    }
}

/// Stores a collection.
pub(crate) async fn insert_collection(
    db: &mut DbConnection,
    key: &SecretKey,
    new: &NewCollection,
    now: Timestamp,
) -> Result<CollectionId, StoreError> {
    let id: i64 = sqlx::query_scalar(INSERT_COLLECTION)
        .bind(new.project_id.0)
        .bind(new.name.as_str())
        .bind(new.name.folded())
        .bind(new.version.as_str())
        .bind(new.version.folded())
        .bind(new.path.as_str())
        .bind(new.description.as_ref().map(Description::as_str))
        .bind(new.enabled)
        .bind(to_json(&new.upstream)?)
        .bind(to_json(&new.limits)?)
        .bind(new.cors.as_ref().map(to_json).transpose()?)
        .bind(new.allow_query_token)
        .bind(secret::seal(key, &new.upstream)?)
        .bind(to_json(&new.forwarding)?)
        .bind(now.0)
        .fetch_one(db)
        .await?;
    Ok(CollectionId(id))
}

/// Gives a collection new contents.
pub(crate) async fn write_collection(
    db: &mut DbConnection,
    key: &SecretKey,
    id: CollectionId,
    wanted: &NewCollection,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(UPDATE_COLLECTION)
        .bind(id.0)
        .bind(wanted.project_id.0)
        .bind(wanted.name.as_str())
        .bind(wanted.name.folded())
        .bind(wanted.version.as_str())
        .bind(wanted.version.folded())
        .bind(wanted.path.as_str())
        .bind(wanted.description.as_ref().map(Description::as_str))
        .bind(wanted.enabled)
        .bind(to_json(&wanted.upstream)?)
        .bind(to_json(&wanted.limits)?)
        .bind(wanted.cors.as_ref().map(to_json).transpose()?)
        .bind(wanted.allow_query_token)
        .bind(secret::seal(key, &wanted.upstream)?)
        .bind(to_json(&wanted.forwarding)?)
        .bind(now.0)
        .execute(db)
        .await?;
    Ok(())
}

/// Removes a collection; its endpoints and the links from terms go with it, by their foreign keys.
pub(crate) async fn remove_collection(db: &mut DbConnection, id: CollectionId) -> Result<(), StoreError> {
    sqlx::query(DELETE_COLLECTION).bind(id.0).execute(db).await?;
    Ok(())
}

fn merge(before: &ApiCollection, update: CollectionUpdate) -> NewCollection {
    NewCollection {
        project_id: update.project_id.unwrap_or(before.project_id),
        name: update.name.unwrap_or_else(|| before.name.clone()),
        version: update.version.unwrap_or_else(|| before.version.clone()),
        path: update.path.unwrap_or_else(|| before.path.clone()),
        description: update.description.unwrap_or_else(|| before.description.clone()),
        enabled: update.enabled.unwrap_or(before.enabled),
        upstream: match update.upstream {
            Some(next) => secret::with_present(next, &before.upstream),
            None => before.upstream.clone(),
        },
        limits: update.limits.unwrap_or(before.limits),
        cors: update.cors.unwrap_or_else(|| before.cors.clone()),
        allow_query_token: update.allow_query_token.unwrap_or(before.allow_query_token),
        forwarding: update.forwarding.of(before.forwarding),
    }
}

async fn check(
    db: &mut DbConnection,
    wanted: &NewCollection,
    own_id: i64,
    faults: &mut Faults,
) -> Result<(), StoreError> {
    secret::check(&wanted.upstream, wanted.forwarding.pass_authorization, faults);
    let taken: i64 = sqlx::query_scalar(COLLECTION_NAME_TAKEN)
        .bind(wanted.name.folded())
        .bind(wanted.version.folded())
        .bind(own_id)
        .fetch_one(&mut *db)
        .await?;
    if taken > 0 {
        faults.taken("name");
    }
    let taken: i64 =
        sqlx::query_scalar(COLLECTION_PATH_TAKEN).bind(wanted.path.as_str()).bind(own_id).fetch_one(db).await?;
    if taken > 0 {
        faults.taken("path");
    }
    Ok(())
}

/// Whose terms name a collection, and in which project that is.
struct User<Id> {
    named: Named<Id>,
    project: ProjectId,
}

async fn users<Id>(
    db: &mut DbConnection,
    text: &'static str,
    collection: CollectionId,
    id: fn(i64) -> Id,
) -> Result<Vec<User<Id>>, StoreError> {
    let rows: Vec<(i64, String, i64)> = sqlx::query_as(text).bind(collection.0).fetch_all(db).await?;
    let user = |(number, text, project): (i64, String, i64)| {
        Ok(User { named: Named { id: id(number), name: name(&text)? }, project: ProjectId(project) })
    };
    rows.into_iter().map(user).collect()
}

/// Whose users are named.
#[derive(Clone, Copy)]
enum Of {
    Project(ProjectId),
    OthersThan(ProjectId),
}

fn names<Id>(users: &[User<Id>], of: Of) -> Vec<&str> {
    let is_named = |user: &&User<Id>| match of {
        Of::Project(project) => user.project == project,
        Of::OthersThan(project) => user.project != project,
    };
    users.iter().filter(is_named).map(|user| user.named.name.as_str()).collect()
}

fn seen<Id>(scope: &Scope, users: Vec<User<Id>>) -> Vec<Named<Id>> {
    users.into_iter().filter(|user| scope.sees(user.project)).map(|user| user.named).collect()
}

fn event_type(update: &CollectionUpdate) -> &'static str {
    let switch_only = *update == CollectionUpdate { enabled: update.enabled, ..CollectionUpdate::default() };
    match update.enabled {
        Some(true) if switch_only => "api_collection.enabled",
        Some(false) if switch_only => "api_collection.disabled",
        Some(_) | None => "api_collection.updated",
    }
}

/// Name and version, as the audit log names a collection.
pub(super) fn label(collection: &ApiCollection) -> String {
    format!("{} {}", collection.name, collection.version)
}

fn state(collection: &ApiCollection) -> Value {
    json!({
        "name": collection.name,
        "version": collection.version,
        "project_id": collection.project_id,
        "path": collection.path,
        "description": collection.description,
        "enabled": collection.enabled,
        "upstream": collection.upstream,
        "limits": collection.limits,
        "cors": collection.cors,
        "allow_query_token": collection.allow_query_token,
        "forwarding": collection.forwarding,
    })
}
