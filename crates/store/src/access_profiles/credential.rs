//! Credentials of profiles. Only the digest of a token is stored.

use super::ProfileRow;
use super::list::get_profile;
use crate::actor::Actor;
use crate::audit::Event;
use crate::changes::ChangeKind;
use crate::dialect::DbConnection;
use crate::error::{Faults, StoreError};
use crate::store::Store;
use crate::tx::Committed;
use domain::time::Timestamp;
use domain::token::TokenDigest;
use domain::{CredentialId, ProfileId};

const INSERT_CREDENTIAL: &str =
    "insert into credentials (id, profile_id, digest, last4, created_at) values ($1, $2, $3, $4, $5)";
const DELETE_CREDENTIALS: &str = "delete from credentials where profile_id = $1";
const CREDENTIAL_TAKEN: &str = "select count(*) from credentials where digest = $1 or id = $2";

/// A credential to store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCredential {
    /// A random number, never used before.
    pub id: CredentialId,
    /// SHA-256 of the token.
    pub digest: TokenDigest,
    /// The last four characters of the token.
    pub last4: String,
}

impl Store {
    /// Refreshes a profile's credential: the old one ends and the new one begins in one revision. Nothing else of
    /// the profile changes.
    pub async fn replace_credential(
        &self,
        actor: &Actor,
        now: Timestamp,
        id: ProfileId,
        new: NewCredential,
    ) -> Result<Committed<ProfileRow>, StoreError> {
        let mut tx = self.begin(actor, now).await?;
        get_profile(tx.db(), id).await?;
        let mut faults = Faults::default();
        check_credential(tx.db(), "", &new, &mut faults).await?;
        faults.check()?;
        sqlx::query(DELETE_CREDENTIALS).bind(id.0).execute(tx.db()).await?;
        insert_credential(tx.db(), id, &new, now).await?;
        tx.changed(ChangeKind::Profile, id.0);
        let row = get_profile(tx.db(), id).await?;
        let event = Event::new("access_profile.credential_replaced", id.0, row.profile.name.as_str());
        tx.commit(event, row).await
    }
}

/// Notes a fault where another profile has the same token.
pub(super) async fn check_credential(
    db: &mut DbConnection,
    prefix: &str,
    new: &NewCredential,
    faults: &mut Faults,
) -> Result<(), StoreError> {
    let taken: i64 =
        sqlx::query_scalar(CREDENTIAL_TAKEN).bind(new.digest.0.as_slice()).bind(new.id.0).fetch_one(db).await?;
    if taken > 0 {
        faults.taken(format!("{prefix}auth_token"));
    }
    Ok(())
}

/// Stores a credential.
pub(super) async fn insert_credential(
    db: &mut DbConnection,
    profile: ProfileId,
    new: &NewCredential,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(INSERT_CREDENTIAL)
        .bind(new.id.0)
        .bind(profile.0)
        .bind(new.digest.0.as_slice())
        .bind(&new.last4)
        .bind(now.0)
        .execute(db)
        .await?;
    Ok(())
}
