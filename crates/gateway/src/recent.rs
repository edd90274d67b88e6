//! The last requests of each worker, for explanations by request id.
//!
//! A worker keeps its own in a ring that nobody else touches; a look-up comes as a message into the worker. Bounded in
//! number and in bytes: no credential, no query, no header but the two request ids.

use crate::explain::{Described, DescribedCredential};
use crate::worker_state::Worker;
use domain::client_certificate::ClientCertificate;
use domain::decide::Source;
use domain::denial::Denial;
use domain::ids::{ClientId, CollectionId, CredentialId, EndpointId, ProfileId, Revision};
use domain::limits::Readings;
use domain::method::Method;
use domain::time::Timestamp;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// Requests that one worker remembers.
const REMEMBERED: usize = 2_000;
/// Most characters of a path that are kept.
const PATH_CHARS: usize = 256;
/// Look-ups that may wait for one worker.
pub(crate) const LOOK_UPS: usize = 64;

/// What was found out about a request, and what became of it.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// Our id, which the caller was told.
    pub request_id: Box<str>,
    /// The id that a trusted proxy gave it.
    pub external_request_id: Option<Box<str>>,
    /// When it was taken up.
    pub received_at: Timestamp,
    /// Microseconds from then to the head of its answer.
    pub latency_micros: u64,
    /// How much of it the upstream took, from the decision to the head of its answer.
    pub upstream_micros: Option<u64>,
    /// `None`: it is none that is served, or the head could not be read.
    pub method: Option<Method>,
    /// The canonical path, or what was sent instead of one; at most 256 characters, never a query.
    pub path: String,
    /// Whether the path was longer.
    pub path_is_cut: bool,
    /// The custom domain that was called; `None`: another host.
    pub custom_domain: Option<Box<str>>,
    /// Where it came from.
    pub source: Source,
    /// The certificate that its connection was opened with.
    pub certificate: Option<Arc<ClientCertificate>>,
    /// Length of its body, where it was announced.
    pub body_bytes: Option<u64>,
    /// The profile, once it was found.
    pub profile: Option<ProfileId>,
    /// Its client.
    pub client: Option<ClientId>,
    /// The credential that an admitted request stood on.
    pub credential: Option<CredentialId>,
    /// The collection that the path led to.
    pub collection: Option<CollectionId>,
    /// The endpoint that was chosen.
    pub endpoint: Option<EndpointId>,
    /// The status that the caller saw.
    pub status: u16,
    /// The true reason of a refusal.
    pub denial: Option<Denial>,
    /// Revision of the directory that it was judged by.
    pub revision: Revision,
    /// What was left of each limit.
    pub limits: Readings,
}

impl Recorded {
    /// The request as it could be tried again today; `None` where too little of it is known: no profile was found, the
    /// path was cut, or the head could not be read.
    pub fn described(&self) -> Option<Described> {
        if self.path_is_cut {
            return None;
        }
        Some(Described {
            method: self.method?.as_str().to_owned(),
            url: match &self.custom_domain {
                Some(domain) => format!("http://{domain}{}", self.path),
                None => self.path.clone(),
            },
            credential: DescribedCredential::Profile(self.profile?),
            source: self.source,
            certificate: self.certificate.clone(),
            body_bytes: self.body_bytes,
        })
    }
}

/// Cuts a path to what is kept. Says whether something was cut.
pub(crate) fn kept_path(path: &str) -> (String, bool) {
    match path.char_indices().nth(PATH_CHARS) {
        None => (path.to_owned(), false),
        Some((end, _)) => (path.get(..end).unwrap_or_default().to_owned(), true),
    }
}

/// The ring of one worker.
#[derive(Debug, Default)]
pub(crate) struct Ring(RefCell<VecDeque<Rc<Recorded>>>);

impl Ring {
    /// Remembers a request, and forgets the oldest if there is one too many.
    pub(crate) fn push(&self, recorded: Rc<Recorded>) {
        let mut ring = self.0.borrow_mut();
        if ring.len() >= REMEMBERED {
            ring.pop_front();
        }
        ring.push_back(recorded);
    }

    fn find(&self, request_id: &str) -> Option<Recorded> {
        self.0.borrow().iter().rev().find(|one| *one.request_id == *request_id).map(|one| Recorded::clone(one))
    }
}

/// A question to one worker.
#[derive(Debug)]
pub(crate) struct LookUp {
    request_id: Box<str>,
    answer: oneshot::Sender<Option<Recorded>>,
}

/// Answers look-ups until nobody can ask any more.
pub(crate) async fn answer_look_ups(worker: Rc<Worker>, mut look_ups: mpsc::Receiver<LookUp>) {
    while let Some(LookUp { request_id, answer }) = look_ups.recv().await {
        // Whoever asked may have given up.
        let _gone = answer.send(worker.recent().find(&request_id));
    }
}

/// Asks the workers for recent requests. Cheap to clone; may be used on any runtime.
#[derive(Debug, Clone)]
pub struct RecentRequests {
    workers: Arc<[mpsc::Sender<LookUp>]>,
}

impl RecentRequests {
    pub(crate) fn new(workers: Vec<mpsc::Sender<LookUp>>) -> Self {
        Self { workers: workers.into() }
    }

    /// The request with this id, if a worker still remembers it.
    pub async fn find(&self, request_id: &str) -> Option<Recorded> {
        for worker in &*self.workers {
            let (answer, answered) = oneshot::channel();
            // A worker that has ended remembers nothing.
            if worker.send(LookUp { request_id: request_id.into(), answer }).await.is_ok()
                && let Ok(Some(recorded)) = answered.await
            {
                return Some(recorded);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cut_at_a_character() {
        assert_eq!(kept_path("/a"), ("/a".to_owned(), false));
        let whole = "\u{e9}".repeat(PATH_CHARS);
        assert_eq!(kept_path(&whole), (whole.clone(), false));
        assert_eq!(kept_path(&format!("{whole}x")), (whole, true));
    }
}
