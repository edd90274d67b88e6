//! Management writes without end, and what of them was acknowledged.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use anyhow::{Context as _, Result, ensure};
use e2e::{Answer, Api};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

const WRITERS: usize = 4;

#[derive(Default, Clone)]
struct Log {
    /// For each client its last name.
    names: BTreeMap<u64, String>,
    writes: usize,
    revision: i64,
}

/// What the server has acknowledged.
#[derive(Clone, Default)]
pub(crate) struct Acknowledged(Arc<Mutex<Log>>);

impl Acknowledged {
    /// How many writes.
    pub(crate) fn count(&self) -> usize {
        self.log().writes
    }

    /// The newest revision that an answer named.
    pub(crate) fn revision(&self) -> i64 {
        self.log().revision
    }

    /// As it is now.
    pub(crate) fn at_this_moment(&self) -> Self {
        Self(Arc::new(Mutex::new(self.log())))
    }

    /// Everything acknowledged is there.
    pub(crate) async fn check(&self, api: &Api) -> Result<()> {
        let found: BTreeMap<u64, String> = api
            .all("/api/v2/api_clients")
            .await?
            .iter()
            .filter_map(|row| Some((row.get("id")?.as_u64()?, row.get("name")?.as_str()?.to_owned())))
            .collect();
        let lost = self.log().names.into_iter().filter(|(id, name)| {
            // A rename that was under way may have happened or not.
            let now = found.get(id);
            now != Some(name) && now != Some(&renamed(name))
        });
        let lost: Vec<_> = lost.collect();
        ensure!(lost.is_empty(), "acknowledged and lost: {lost:?}");
        Ok(())
    }

    fn note(&self, id: u64, name: &str, answer: &Answer) {
        let mut log = self.0.lock().expect("no writer panicked");
        log.names.insert(id, name.to_owned());
        log.writes += 1;
        let revision = answer.header("portcullis-revision").and_then(|text| text.parse().ok()).unwrap_or_default();
        log.revision = log.revision.max(revision);
    }

    fn log(&self) -> Log {
        self.0.lock().expect("no writer panicked").clone()
    }
}

/// Several that write at once until the server is gone.
pub(crate) struct Writers(Vec<JoinHandle<Result<()>>>);

impl Writers {
    /// Starts them; `round` keeps their names apart from those of other rounds.
    pub(crate) fn start(api: &Api, acknowledged: &Acknowledged, round: &str) -> Self {
        let write = |writer| write(api.clone(), acknowledged.clone(), format!("{round}-{writer}"));
        Self((0..WRITERS).map(|writer| tokio::spawn(write(writer))).collect())
    }

    /// Waits until each has noticed.
    pub(crate) async fn ended(self) -> Result<()> {
        for writer in self.0 {
            writer.await.context("writer")??;
        }
        Ok(())
    }
}

/// Makes clients and renames each.
async fn write(api: Api, acknowledged: Acknowledged, writer: String) -> Result<()> {
    for number in 0.. {
        let name = format!("client {writer}-{number}");
        let Ok(made) = api.post("/api/v2/api_clients", &json!({"name": name})).await else { break };
        let body = made.clone().good()?;
        let id = body.pointer("/data/id").and_then(Value::as_u64).context("id")?;
        acknowledged.note(id, &name, &made);
        let rename = json!({"name": renamed(&name)});
        let Ok(changed) = api.put(&format!("/api/v2/api_clients/{id}"), &rename).await else { break };
        changed.clone().good()?;
        acknowledged.note(id, &renamed(&name), &changed);
    }
    Ok(())
}

fn renamed(name: &str) -> String {
    format!("{name} renamed")
}
