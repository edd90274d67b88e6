//! `<collection>/openapi.json`: the `OpenAPI` document of a collection's active endpoints, for those who may call it.

use super::{head, holders};
use crate::answer::Answer;
use crate::journal::Journal;
use crate::judge::Arrived;
use crate::worker_state::Worker;
use domain::decide::Refusal;
use domain::denial::Denial;
use domain::directory::CollectionEntry;
use domain::endpoint::Endpoint;
use domain::openapi::export;

/// Where it stands below the collection.
pub(super) const NAME: &str = "openapi.json";

/// Whether the collection has an endpoint of its own at this very path. Parameters and a catch-all do not count.
pub(super) fn is_declared(collection: &CollectionEntry) -> bool {
    let (_, endpoints) = collection.document();
    endpoints.iter().any(|endpoint| endpoint.path.to_string() == NAME)
}

pub(super) async fn answer(
    worker: &Worker,
    arrived: Arrived<'_>,
    (collection, url): (&CollectionEntry, &str),
    request_id: &str,
    journal: &mut Journal,
) -> Result<Answer, Refusal> {
    let caller = holders::identified(worker, arrived, journal).await?;
    let granted = {
        let directory = worker.directory();
        let terms = directory.terms_of(&caller.profile, &caller.client);
        terms.is_some_and(|terms| terms.grants(collection.id()))
    };
    if !granted {
        return Err(holders::of(&caller, Denial::CollectionNotGranted));
    }
    if !collection.is_enabled() {
        return Err(holders::of(&caller, Denial::CollectionDisabled));
    }
    let (described, endpoints) = collection.document();
    let active: Vec<Endpoint> = endpoints.iter().filter(|endpoint| endpoint.active).cloned().collect();
    let document = export(described, &active, url);
    Ok(Answer::whole(head(200, "application/json", request_id), document.to_string()))
}
