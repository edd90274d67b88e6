//! Profiles as a workspace document gives them: everything at once, credentials by what is stored of them.

use super::ProfileUpdate;
use super::change::{DELETE_PROFILE, write};
use super::credential::{NewCredential, insert_credential, retire};
use super::list::get_profile;
use super::new::{NewRow, insert_row};
use super::refresh::SET_END;
use super::told::{tell_disabled, tell_refreshed};
use crate::dialect::DbConnection;
use crate::error::StoreError;
use crate::secret_key::SecretKey;
use crate::tx::Tx;
use domain::access_profile::{AccessProfile, Credential};
use domain::time::Timestamp;
use domain::workspace::{CredentialEntry, ProfileEntry};
use domain::{ClientId, CredentialId, ProfileId};

/// Stores a new profile, without terms and credentials.
pub(crate) async fn insert_whole(
    tx: &mut Tx<'_>,
    client_id: ClientId,
    entry: &ProfileEntry,
) -> Result<ProfileId, StoreError> {
    let now = tx.now;
    let row = NewRow {
        name: &entry.name,
        ip_allow_list: &entry.ip_allow_list,
        ip_deny_list: &entry.ip_deny_list,
        active: entry.active,
        expires_at: entry.expires_at,
        period_anchor: entry.period_anchor,
        labels: &entry.labels,
    };
    insert_row(tx.db(), client_id, row, now).await
}

/// Gives a profile new contents, but for terms and credentials.
pub(crate) async fn write_whole(
    tx: &mut Tx<'_>,
    before: &AccessProfile,
    entry: &ProfileEntry,
) -> Result<(), StoreError> {
    let update = ProfileUpdate {
        name: Some(entry.name.clone()),
        ip_allow_list: Some(entry.ip_allow_list.clone()),
        ip_deny_list: Some(entry.ip_deny_list.clone()),
        active: Some(entry.active),
        expires_at: Some(entry.expires_at),
        period_anchor: entry.period_anchor,
        labels: Some(entry.labels.clone()),
        ..ProfileUpdate::default()
    };
    write(tx, before, &update).await
}

/// Ends those of the present credentials that are not wanted.
pub(crate) async fn end_credentials(
    db: &mut DbConnection,
    present: &[Credential],
    wanted: &[CredentialEntry],
    now: Timestamp,
) -> Result<(), StoreError> {
    for own in present {
        if !wanted.iter().any(|wanted| is_same(own, wanted)) {
            retire(db, own.id, now).await?;
        }
    }
    Ok(())
}

/// Stores those of the wanted credentials that are not there.
pub(crate) async fn issue_credentials(
    db: &mut DbConnection,
    profile: ProfileId,
    present: &[Credential],
    wanted: &[CredentialEntry],
    now: Timestamp,
) -> Result<(), StoreError> {
    for entry in wanted {
        if present.iter().any(|own| is_same(own, entry)) {
            continue;
        }
        let new = NewCredential {
            id: random_id()?,
            kind: entry.kind,
            digest: entry.digest,
            identifier: entry.identifier.clone(),
            last4: entry.last4.clone(),
        };
        insert_credential(db, profile, &new, now).await?;
        if let Some(end) = entry.ends_at {
            sqlx::query(SET_END).bind(new.id.0).bind(end.0).execute(&mut *db).await?;
        }
    }
    Ok(())
}

/// Tells webhooks what a document made of a profile that was there: switched off, or given another credential.
pub(crate) async fn tell_whole(
    tx: &mut Tx<'_>,
    key: &SecretKey,
    before: &AccessProfile,
    entry: &ProfileEntry,
) -> Result<(), StoreError> {
    let switched_off = before.active && !entry.active;
    let wanted = entry.credentials.as_deref().unwrap_or_default();
    let is_new = |wanted: &&CredentialEntry| !before.credentials.iter().any(|own| own.digest == wanted.digest);
    let refreshed = wanted.iter().filter(|wanted| wanted.kind.is_refreshed()).any(|wanted| is_new(&wanted));
    if !switched_off && !refreshed {
        return Ok(());
    }
    let row = get_profile(tx.db(), key, before.id).await?;
    if refreshed {
        tell_refreshed(tx, &row).await?;
    }
    if switched_off {
        tell_disabled(tx, &row).await?;
    }
    Ok(())
}

/// Removes a profile whose credentials have ended.
pub(crate) async fn delete_profile_row(db: &mut DbConnection, id: ProfileId) -> Result<(), StoreError> {
    sqlx::query(DELETE_PROFILE).bind(id.0).execute(db).await?;
    Ok(())
}

fn is_same(own: &Credential, wanted: &CredentialEntry) -> bool {
    own.kind == wanted.kind && own.digest == wanted.digest && own.ends_at == wanted.ends_at
}

/// A random positive number.
fn random_id() -> Result<CredentialId, StoreError> {
    let mut bytes = [0; 8];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| StoreError::NoRandom)?;
    Ok(CredentialId(i64::from_le_bytes(bytes) & i64::MAX))
}
