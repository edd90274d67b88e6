//! What owners do to the leases of nodes, for the audit log. The leases themselves are not in this database.

use crate::actor::Actor;
use crate::audit::Event;
use crate::error::StoreError;
use crate::store::Store;
use crate::tx::Committed;
use domain::time::Timestamp;
use serde_json::{Value, json};

impl Store {
    /// Notes that stranded calls of a node were handed back: of whom, and how many.
    pub async fn note_leases_returned(
        &self,
        actor: &Actor,
        now: Timestamp,
        node: i64,
        leases: Vec<Value>,
    ) -> Result<Committed<()>, StoreError> {
        let tx = self.begin(actor, now).await?;
        let event = Event::new("node.leases_returned", node, format!("node {node}"));
        tx.commit(event.after(json!({ "leases": leases })), ()).await
    }
}
