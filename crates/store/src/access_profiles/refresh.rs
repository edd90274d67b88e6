//! Refreshing credentials: a new one begins, the old one ends at once or after an overlap. At most two live.

use super::ProfileRow;
use super::change::{credentials_state, method};
use super::credential::{FreshCredentials, check_unused, insert_credential, refreshed, retire, retire_passed};
use super::list::get_profile;
use super::told::tell_refreshed;
use crate::actor::Actor;
use crate::audit::Event;
use crate::changes::ChangeKind;
use crate::error::{FaultKind, Faults, StoreError};
use crate::store::Store;
use crate::tx::Committed;
use domain::ProfileId;
use domain::time::Timestamp;
use serde_json::json;
use std::collections::BTreeSet;

pub(super) const SET_END: &str = "update credentials set ends_at = $2 where id = $1";

/// How long an old credential works beside the new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Overlap(u32);

impl Overlap {
    /// Shortest overlap in seconds.
    pub const MIN_SECONDS: u32 = 60;
    /// Longest overlap in seconds: 30 days.
    pub const MAX_SECONDS: u32 = 2_592_000;

    /// An overlap of 60 to 2,592,000 seconds; `None` outside of that.
    pub fn new(seconds: u32) -> Option<Self> {
        (Self::MIN_SECONDS..=Self::MAX_SECONDS).contains(&seconds).then_some(Self(seconds))
    }

    fn end(self, now: Timestamp) -> Timestamp {
        Timestamp(now.0.saturating_add(i64::from(self.0) * 1_000_000))
    }
}

impl Store {
    /// Refreshes a profile's credential: token, client secret or key id, as its method has one. The one before it ends
    /// at the end of the overlap, or at once without one; an older one, still in an overlap, ends at once. Nothing else
    /// of the profile changes.
    pub async fn refresh_credential(
        &self,
        actor: &Actor,
        now: Timestamp,
        id: ProfileId,
        fresh: FreshCredentials,
        overlap: Option<Overlap>,
    ) -> Result<Committed<ProfileRow>, StoreError> {
        let mut tx = self.begin(actor, now).await?;
        tx.sees_profile(id).await?;
        let before = get_profile(tx.db(), self.key(), id).await?;
        let new = refreshed(method(before.effective_terms.as_ref()), &fresh);
        let mut faults = Faults::default();
        check_unused(tx.db(), "", std::slice::from_ref(&new), &[], &mut BTreeSet::new(), &mut faults).await?;
        faults.check()?;
        let live = retire_passed(tx.db(), &before.profile.credentials, now).await?;
        for old in live.iter().filter(|old| old.kind.is_refreshed()) {
            match overlap {
                Some(overlap) if old.ends_at.is_none() && old.kind == new.kind => {
                    sqlx::query(SET_END).bind(old.id.0).bind(overlap.end(now).0).execute(tx.db()).await?;
                }
                Some(_) | None => retire(tx.db(), old.id, now).await?,
            }
        }
        insert_credential(tx.db(), id, &new, now).await?;
        tx.changed(ChangeKind::Profile, id.0);
        let row = get_profile(tx.db(), self.key(), id).await?;
        let event = Event::new("access_profile.credential_replaced", id.0, row.profile.name.as_str())
            .before(json!({ "credentials": credentials_state(&before.profile) }))
            .after(json!({ "credentials": credentials_state(&row.profile) }));
        tell_refreshed(&mut tx, &row).await?;
        tx.commit(event, row).await
    }

    /// Ends the older credential of an overlap at once. A conflict at `previous_credential` where there is none.
    pub async fn finish_overlap(
        &self,
        actor: &Actor,
        now: Timestamp,
        id: ProfileId,
    ) -> Result<Committed<ProfileRow>, StoreError> {
        let mut tx = self.begin(actor, now).await?;
        tx.sees_profile(id).await?;
        let before = get_profile(tx.db(), self.key(), id).await?.profile;
        if before.previous_credential(now).is_none() {
            return Err(StoreError::fault("previous_credential", FaultKind::Conflict, "there is no overlap to finish"));
        }
        for old in before.credentials.iter().filter(|old| old.ends_at.is_some()) {
            retire(tx.db(), old.id, now).await?;
        }
        tx.changed(ChangeKind::Profile, id.0);
        let row = get_profile(tx.db(), self.key(), id).await?;
        let event = Event::new("access_profile.overlap_finished", id.0, row.profile.name.as_str())
            .before(json!({ "credentials": credentials_state(&before) }))
            .after(json!({ "credentials": credentials_state(&row.profile) }));
        tx.commit(event, row).await
    }
}
