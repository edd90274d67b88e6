//! What owners do to the counters of a profile, for the audit log. The counters themselves are not in this database.

use super::list::get_profile;
use crate::actor::Actor;
use crate::audit::Event;
use crate::error::StoreError;
use crate::store::Store;
use crate::tx::Committed;
use domain::ProfileId;
use domain::time::Timestamp;
use serde_json::json;

impl Store {
    /// Notes that a profile was granted so many calls more in the present period of its quota.
    pub async fn note_counter_grant(
        &self,
        actor: &Actor,
        now: Timestamp,
        id: ProfileId,
        amount: u32,
    ) -> Result<Committed<()>, StoreError> {
        let mut tx = self.begin(actor, now).await?;
        tx.sees_profile(id).await?;
        let profile = get_profile(tx.db(), self.key(), id).await?.profile;
        let event = Event::new("access_profile.quota_granted", id.0, profile.name.as_str());
        tx.commit(event.after(json!({ "amount": amount })), ()).await
    }

    /// Notes that the counters of a profile were set back.
    pub async fn note_counter_reset(
        &self,
        actor: &Actor,
        now: Timestamp,
        id: ProfileId,
    ) -> Result<Committed<()>, StoreError> {
        let mut tx = self.begin(actor, now).await?;
        tx.sees_profile(id).await?;
        let profile = get_profile(tx.db(), self.key(), id).await?.profile;
        tx.commit(Event::new("access_profile.counters_reset", id.0, profile.name.as_str()), ()).await
    }
}
