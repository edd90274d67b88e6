//! Making, changing and deleting endpoints. For gateways each is a change of the collection.

use super::list::get_endpoint;
use super::{EndpointRow, EndpointUpdate, NewEndpoint};
use crate::actor::Actor;
use crate::api_collections::get_collection;
use crate::audit::Event;
use crate::changes::ChangeKind;
use crate::dialect::DbConnection;
use crate::error::{FaultKind, Faults, StoreError};
use crate::store::Store;
use crate::tx::Committed;
use domain::endpoint::{Endpoint, UpstreamPath};
use domain::text::Description;
use domain::time::Timestamp;
use domain::{CollectionId, EndpointId};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const INSERT_ENDPOINT: &str = "insert into endpoints (collection_id, name, name_folded, method, path, path_shape, \
     description, upstream_path, active, created_at, updated_at) \
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10) returning id";
const UPDATE_ENDPOINT: &str = "update endpoints set name = $2, name_folded = $3, method = $4, path = $5, \
     path_shape = $6, description = $7, upstream_path = $8, active = $9, updated_at = $10 where id = $1";
const DELETE_ENDPOINT: &str = "delete from endpoints where id = $1";
const ENDPOINT_TAKEN: &str =
    "select count(*) from endpoints where collection_id = $1 and method = $2 and path_shape = $3 and id <> $4";

impl Store {
    /// Makes an endpoint in a collection.
    pub async fn create_endpoint(
        &self,
        actor: &Actor,
        now: Timestamp,
        collection_id: CollectionId,
        new: NewEndpoint,
    ) -> Result<Committed<EndpointRow>, StoreError> {
        let mut tx = self.begin(actor, now).await?;
        tx.sees_collection(collection_id).await?;
        get_collection(tx.db(), self.key(), collection_id).await?;
        check(tx.db(), collection_id, &new, 0).await?;
        let id = insert_endpoint(tx.db(), collection_id, &new, now).await?;
        tx.changed(ChangeKind::Collection, collection_id.0);
        let row = get_endpoint(tx.db(), id).await?;
        let event = Event::new("endpoint.created", id.0, row.endpoint.name.as_str()).after(state(&row.endpoint));
        tx.commit(event, row).await
    }

    /// Changes an endpoint.
    pub async fn update_endpoint(
        &self,
        actor: &Actor,
        now: Timestamp,
        id: EndpointId,
        update: EndpointUpdate,
    ) -> Result<Committed<EndpointRow>, StoreError> {
        let mut tx = self.begin(actor, now).await?;
        tx.sees_endpoint(id).await?;
        let before = get_endpoint(tx.db(), id).await?.endpoint;
        let event_type = event_type(&update);
        let wanted = merge(&before, update);
        check(tx.db(), before.collection_id, &wanted, id.0).await?;
        update_endpoint(tx.db(), id, &wanted, now).await?;
        tx.changed(ChangeKind::Collection, before.collection_id.0);
        let row = get_endpoint(tx.db(), id).await?;
        let event =
            Event::new(event_type, id.0, row.endpoint.name.as_str()).before(state(&before)).after(state(&row.endpoint));
        tx.commit(event, row).await
    }

    /// Deletes an endpoint.
    pub async fn delete_endpoint(
        &self,
        actor: &Actor,
        now: Timestamp,
        id: EndpointId,
    ) -> Result<Committed<()>, StoreError> {
        let mut tx = self.begin(actor, now).await?;
        tx.sees_endpoint(id).await?;
        let before = get_endpoint(tx.db(), id).await?.endpoint;
        delete_endpoint(tx.db(), id).await?;
        tx.changed(ChangeKind::Collection, before.collection_id.0);
        let event = Event::new("endpoint.deleted", id.0, before.name.as_str()).before(state(&before));
        tx.commit(event, ()).await
    }
}

/// Notes endpoints of one input that share method and path, at `endpoints[3].path`.
pub(crate) fn check_new_endpoints(endpoints: &[NewEndpoint], faults: &mut Faults) {
    let mut seen = BTreeSet::new();
    for (at, endpoint) in endpoints.iter().enumerate() {
        if !seen.insert((endpoint.method, endpoint.path.shape())) {
            faults.taken(format!("endpoints[{at}].path"));
        }
    }
}

/// Stores an endpoint.
pub(crate) async fn insert_endpoint(
    db: &mut DbConnection,
    collection_id: CollectionId,
    new: &NewEndpoint,
    now: Timestamp,
) -> Result<EndpointId, StoreError> {
    let id: i64 = sqlx::query_scalar(INSERT_ENDPOINT)
        .bind(collection_id.0)
        .bind(new.name.as_str())
        .bind(new.name.folded())
        .bind(new.method.as_str())
        .bind(new.path.as_str())
        .bind(new.path.shape())
        .bind(new.description.as_ref().map(Description::as_str))
        .bind(new.upstream_path.as_ref().map(UpstreamPath::as_str))
        .bind(new.active)
        .bind(now.0)
        .fetch_one(db)
        .await?;
    Ok(EndpointId(id))
}

/// Gives an endpoint new contents.
pub(crate) async fn update_endpoint(
    db: &mut DbConnection,
    id: EndpointId,
    wanted: &NewEndpoint,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(UPDATE_ENDPOINT)
        .bind(id.0)
        .bind(wanted.name.as_str())
        .bind(wanted.name.folded())
        .bind(wanted.method.as_str())
        .bind(wanted.path.as_str())
        .bind(wanted.path.shape())
        .bind(wanted.description.as_ref().map(Description::as_str))
        .bind(wanted.upstream_path.as_ref().map(UpstreamPath::as_str))
        .bind(wanted.active)
        .bind(now.0)
        .execute(db)
        .await?;
    Ok(())
}

/// Removes an endpoint.
pub(crate) async fn delete_endpoint(db: &mut DbConnection, id: EndpointId) -> Result<(), StoreError> {
    sqlx::query(DELETE_ENDPOINT).bind(id.0).execute(db).await?;
    Ok(())
}

fn merge(before: &Endpoint, update: EndpointUpdate) -> NewEndpoint {
    NewEndpoint {
        name: update.name.unwrap_or_else(|| before.name.clone()),
        method: update.method.unwrap_or(before.method),
        path: update.path.unwrap_or_else(|| before.path.clone()),
        description: update.description.unwrap_or_else(|| before.description.clone()),
        upstream_path: update.upstream_path.unwrap_or_else(|| before.upstream_path.clone()),
        active: update.active.unwrap_or(before.active),
    }
}

async fn check(
    db: &mut DbConnection,
    collection_id: CollectionId,
    wanted: &NewEndpoint,
    own_id: i64,
) -> Result<(), StoreError> {
    let mut faults = Faults::default();
    let taken: i64 = sqlx::query_scalar(ENDPOINT_TAKEN)
        .bind(collection_id.0)
        .bind(wanted.method.as_str())
        .bind(wanted.path.shape())
        .bind(own_id)
        .fetch_one(db)
        .await?;
    if taken > 0 {
        faults.taken("path");
    }
    if let Some(rewrite) = &wanted.upstream_path
        && let Err(message) = UpstreamPath::parse(rewrite.as_str(), &wanted.path)
    {
        faults.add("upstream_path", FaultKind::Bad, message);
    }
    faults.check()
}

fn event_type(update: &EndpointUpdate) -> &'static str {
    let switch_only = *update == EndpointUpdate { active: update.active, ..EndpointUpdate::default() };
    match update.active {
        Some(true) if switch_only => "endpoint.enabled",
        Some(false) if switch_only => "endpoint.disabled",
        Some(_) | None => "endpoint.updated",
    }
}

fn state(endpoint: &Endpoint) -> Value {
    json!({
        "name": endpoint.name,
        "api_collection_id": endpoint.collection_id,
        "method": endpoint.method.as_str(),
        "path": endpoint.path,
        "description": endpoint.description,
        "upstream_path": endpoint.upstream_path.as_ref().map(UpstreamPath::as_str),
        "active": endpoint.active,
    })
}
