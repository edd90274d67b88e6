//! Importing endpoints again: what is new is added, what is there is brought up to date, what is gone may be deleted.

use super::change::label;
use super::list::get_collection;
use crate::actor::Actor;
use crate::audit::Event;
use crate::changes::ChangeKind;
use crate::endpoints::{
    NewEndpoint, check_new_endpoints, delete_endpoint, get_endpoint, insert_endpoint, load_endpoints, update_endpoint,
};
use crate::error::{Faults, StoreError};
use crate::store::Store;
use crate::tx::Committed;
use domain::CollectionId;
use domain::endpoint::{Endpoint, UpstreamPath};
use domain::time::Timestamp;
use serde_json::json;
use std::collections::BTreeMap;

/// What happens to endpoints that the import does not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prune {
    /// They stay.
    Keep,
    /// They are deleted.
    Delete,
}

/// What an import changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportDifference {
    /// New endpoints, inactive unless the import said otherwise.
    pub added: Vec<Endpoint>,
    /// Endpoints with a new name, description or path parameter; shown as they are now.
    pub updated: Vec<Endpoint>,
    /// Endpoints that are gone.
    pub deleted: Vec<Endpoint>,
    /// Endpoints that were right already.
    pub unchanged: usize,
}

impl Store {
    /// Brings a collection's endpoints up to what was imported, matched by method and path. Whether an endpoint is
    /// active and where it is rewritten to stays as its owner set it.
    pub async fn import_endpoints(
        &self,
        actor: &Actor,
        now: Timestamp,
        id: CollectionId,
        imported: Vec<NewEndpoint>,
        prune: Prune,
    ) -> Result<Committed<ImportDifference>, StoreError> {
        let mut tx = self.begin(actor, now).await?;
        tx.sees_collection(id).await?;
        let collection = get_collection(tx.db(), self.key(), id).await?.collection;
        let mut faults = Faults::default();
        check_new_endpoints(&imported, &mut faults);
        faults.check()?;
        let present = load_endpoints(tx.db(), Some(id)).await?;
        let mut present: BTreeMap<_, _> =
            present.into_iter().map(|endpoint| ((endpoint.method, endpoint.path.shape()), endpoint)).collect();
        let mut difference = ImportDifference::default();
        for new in imported {
            match present.remove(&(new.method, new.path.shape())) {
                None => {
                    let id = insert_endpoint(tx.db(), id, &new, now).await?;
                    difference.added.push(get_endpoint(tx.db(), id).await?.endpoint);
                }
                Some(old) => {
                    let wanted = merge(&old, new);
                    if wanted == as_new(&old) {
                        difference.unchanged += 1;
                    } else {
                        update_endpoint(tx.db(), old.id, &wanted, now).await?;
                        difference.updated.push(get_endpoint(tx.db(), old.id).await?.endpoint);
                    }
                }
            }
        }
        if prune == Prune::Delete {
            for (_, endpoint) in present {
                delete_endpoint(tx.db(), endpoint.id).await?;
                difference.deleted.push(endpoint);
            }
        } else {
            difference.unchanged += present.len();
        }
        tx.changed(ChangeKind::Collection, id.0);
        for endpoint in &difference.updated {
            tx.touched("endpoint", endpoint.id.0);
        }
        let names = |endpoints: &[Endpoint]| -> Vec<String> {
            endpoints.iter().map(|endpoint| format!("{} /{}", endpoint.method.as_str(), endpoint.path)).collect()
        };
        let event = Event::new("api_collection.imported", id.0, label(&collection)).after(json!({
            "added": names(&difference.added),
            "updated": names(&difference.updated),
            "deleted": names(&difference.deleted),
        }));
        tx.commit(event, difference).await
    }
}

/// The endpoint as it shall be. Where the rewrite uses parameters that the imported path calls otherwise, the path
/// keeps the names it has.
fn merge(old: &Endpoint, new: NewEndpoint) -> NewEndpoint {
    let rewrite_fits =
        old.upstream_path.as_ref().is_none_or(|rewrite| UpstreamPath::parse(rewrite.as_str(), &new.path).is_ok());
    NewEndpoint {
        name: new.name,
        method: old.method,
        path: if rewrite_fits { new.path } else { old.path.clone() },
        description: new.description,
        upstream_path: old.upstream_path.clone(),
        active: old.active,
    }
}

fn as_new(endpoint: &Endpoint) -> NewEndpoint {
    NewEndpoint {
        name: endpoint.name.clone(),
        method: endpoint.method,
        path: endpoint.path.clone(),
        description: endpoint.description.clone(),
        upstream_path: endpoint.upstream_path.clone(),
        active: endpoint.active,
    }
}
