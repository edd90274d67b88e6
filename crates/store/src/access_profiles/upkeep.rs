//! What happens to credentials without an owner: use is noted, overlaps pass, tombstones are forgotten.

use super::credential::{TOMBSTONE_MICROS, retire};
use crate::actor::Actor;
use crate::audit::Event;
use crate::changes::ChangeKind;
use crate::dialect::BEGIN_CHANGE;
use crate::error::StoreError;
use crate::store::Store;
use crate::tx::Committed;
use domain::time::Timestamp;
use domain::{CredentialId, ProfileId};
use serde_json::json;

/// Notes of one transaction: few enough that a change does not wait long.
const NOTES_AT_ONCE: usize = 5000;
/// Notes of one statement: always the same text, so that it is prepared once.
const NOTES_TOGETHER: usize = 100;

/// Around the values.
const NOTE_USES: [&str; 2] = [
    "with used (id, at) as (values ",
    ") insert into credential_uses (id, last_used_at) \
     select used.id, used.at from used join credentials on credentials.id = used.id where true \
     on conflict (id) do update set last_used_at = excluded.last_used_at \
     where credential_uses.last_used_at < excluded.last_used_at",
];
const COUNT_PASSED: &str = "select count(*) from credentials where ends_at <= $1";
const FIND_PASSED: &str = "select cr.id, cr.profile_id, p.name from credentials cr \
     join access_profiles p on p.id = cr.profile_id where cr.ends_at <= $1 order by cr.profile_id, cr.id";
const DELETE_OLD_TOMBSTONES: &str = "delete from revoked_credentials where ended_at <= $1";

/// The statement for so many notes.
fn note_uses(notes: usize) -> String {
    let [begin, end] = NOTE_USES;
    let values: Vec<_> = (0..notes).map(|at| format!("(${}, ${})", 2 * at + 1, 2 * at + 2)).collect();
    format!("{begin}{}{end}", values.join(", "))
}

impl Store {
    /// Notes when credentials were last used; those that are gone are passed over. Not a change of the workspace: no
    /// audit entry, no revision.
    pub async fn note_last_use(&self, uses: &[(CredentialId, Timestamp)]) -> Result<(), StoreError> {
        let mut uses = uses.to_vec();
        uses.sort_unstable();
        for part in uses.chunks(NOTES_AT_ONCE) {
            let mut transaction = self.writer()?.begin_with(BEGIN_CHANGE).await?;
            for notes in part.chunks(NOTES_TOGETHER) {
                let mut query = sqlx::query(sqlx::AssertSqlSafe(note_uses(notes.len())));
                for (id, at) in notes {
                    query = query.bind(id.0).bind(at.0);
                }
                query.execute(&mut *transaction).await?;
            }
            transaction.commit().await?;
        }
        Ok(())
    }

    /// Ends credentials whose overlap has passed, and forgets those that ended 90 days ago. Answers the profiles that
    /// had one; `None`, and no revision, where there was none. Gateways refuse such a credential by the time, before
    /// this runs.
    pub async fn sweep_credentials(&self, now: Timestamp) -> Result<Option<Committed<Vec<ProfileId>>>, StoreError> {
        let forget = now.0.saturating_sub(TOMBSTONE_MICROS);
        sqlx::query(DELETE_OLD_TOMBSTONES).bind(forget).execute(&self.writer()?).await?;
        let mut db = self.reader().await?;
        let passed: i64 = sqlx::query_scalar(COUNT_PASSED).bind(now.0).fetch_one(&mut *db).await?;
        drop(db);
        if passed == 0 {
            return Ok(None);
        }
        let actor = Actor::system("end of overlap");
        let mut tx = self.begin(&actor, now).await?;
        let passed: Vec<(i64, i64, String)> = sqlx::query_as(FIND_PASSED).bind(now.0).fetch_all(tx.db()).await?;
        if passed.is_empty() {
            return Ok(None);
        }
        for (id, profile, _) in &passed {
            retire(tx.db(), CredentialId(*id), now).await?;
            tx.changed(ChangeKind::Profile, *profile);
        }
        let profiles = passed.iter().map(|(_, profile, _)| ProfileId(*profile)).collect();
        let state: Vec<_> = passed
            .iter()
            .map(|(id, profile, name)| json!({ "id": profile, "name": name, "credential": id.to_string() }))
            .collect();
        let event = Event::new("workspace.overlaps_ended", 1, "workspace").after(json!({ "access_profiles": state }));
        tx.commit(event, profiles).await.map(Some)
    }
}
