//! The whole workspace at once: read as one document, compared with one, and changed to what one says.
//!
//! [`Store::apply_workspace`] does everything in one transaction: it reads what is there, asks
//! [`domain::workspace::Plan`] what shall be, and writes the objects that differ, in the order in which they refer to
//! each other. Whatever is wrong with the document is said at once, before anything is written. The audit log gets an entry for
//! each object and one for the whole.

mod clients;
mod plan;
mod read;
mod shared;
mod webhooks;
mod write;

use crate::actor::Actor;
use crate::dialect::BEGIN_SNAPSHOT;
use crate::error::StoreError;
use crate::store::{Store, current_revision};
use crate::tx::Committed;
use domain::Revision;
use domain::time::Timestamp;
use domain::workspace::{Difference, Prune, Workspace};
use plan::plan;
use read::Present;
use sqlx::Connection;

impl Store {
    /// Everything, as of one revision, in the order of names. Secrets stand in it, beside what is serialised.
    pub async fn export_workspace(&self) -> Result<(Revision, Workspace), StoreError> {
        let mut db = self.reader().await?;
        let mut snapshot = db.begin_with(BEGIN_SNAPSHOT).await?;
        let revision = current_revision(&mut snapshot).await?;
        let present = Present::load(&mut snapshot, self.key()).await?;
        Ok((revision, present.workspace))
    }

    /// What a document would change, as of one revision. Nothing is written.
    pub async fn compare_workspace(&self, file: Workspace, prune: Prune) -> Result<(Revision, Difference), StoreError> {
        let mut db = self.reader().await?;
        let mut snapshot = db.begin_with(BEGIN_SNAPSHOT).await?;
        let revision = current_revision(&mut snapshot).await?;
        let present = Present::load(&mut snapshot, self.key()).await?;
        let planned = plan(&present, file, prune, self.key())?;
        Ok((revision, planned.plan.difference))
    }

    /// Changes the workspace to what a document says, whole or not at all. Where nothing differs, nothing is written and
    /// the revision stays.
    pub async fn apply_workspace(
        &self,
        actor: &Actor,
        now: Timestamp,
        file: Workspace,
        prune: Prune,
    ) -> Result<Committed<Difference>, StoreError> {
        let mut tx = self.begin(actor, now).await?;
        let present = Present::load(tx.db(), self.key()).await?;
        let mut planned = plan(&present, file, prune, self.key())?;
        if planned.plan.difference.changes.is_empty() {
            let revision = current_revision(tx.db()).await?;
            return Ok(Committed { value: planned.plan.difference, revision });
        }
        write::write(tx, self.key(), &present, &mut planned).await
    }
}
