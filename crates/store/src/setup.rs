//! Set-up links: one-time, short-lived; the first makes the owner, later ones reset a member's password.

use crate::actor::{Actor, ActorKind, Conditions};
use crate::audit::Event;
use crate::dialect::DbConnection;
use crate::error::{FaultKind, StoreError};
use crate::members::{Member, MemberLogin, Role, count_members, find_login, get_member, insert_member, set_password};
use crate::row::stored;
use crate::sessions::delete_sessions_of;
use crate::store::Store;
use crate::totp::forget_totp;
use crate::tx::{Committed, Tx};
use domain::MemberId;
use domain::secret::Secret;
use domain::text::{Email, Name};
use domain::time::Timestamp;
use domain::token::TokenDigest;
use serde_json::json;
use std::net::IpAddr;

const INSERT_LINK: &str = "insert into setup_links (digest, email, email_folded, created_at, expires_at) \
     values ($1, $2, $3, $4, $5) returning id";
const FIND_LINK: &str = "select id, email, expires_at from setup_links where digest = $1 and expires_at > $2";
const DELETE_OWNER_LINKS: &str = "delete from setup_links where email_folded is null";
const DELETE_LINKS_OF: &str = "delete from setup_links where email_folded = $1";
const DELETE_LINK: &str = "delete from setup_links where id = $1";
const DELETE_EXPIRED_LINKS: &str = "delete from setup_links where expires_at <= $1";

/// A link to store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSetupLink {
    /// SHA-256 of the link's token.
    pub digest: TokenDigest,
    /// Who may use it; `None` only while there is no member.
    pub email: Option<Email>,
    /// Until when.
    pub expires_at: Timestamp,
}

/// A link that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetupLink {
    /// Who may use it.
    pub email: Option<Email>,
    /// Until when.
    pub expires_at: Timestamp,
}

/// The use of a link.
#[derive(Clone)]
pub struct Setup {
    /// SHA-256 of the link's token.
    pub digest: TokenDigest,
    /// Address of the owner, or of the member whose password is reset.
    pub email: Email,
    /// Name of a new owner.
    pub name: Option<Name>,
    /// The password's hash, in PHC form.
    pub password_hash: Secret,
    /// Where the request came from.
    pub address: Option<IpAddr>,
}

impl Store {
    /// Stores a link, in the place of earlier ones for the same address. Faults at `email`: none given while there
    /// are members, or no member has it.
    pub async fn create_setup_link(
        &self,
        actor: &Actor,
        now: Timestamp,
        new: NewSetupLink,
    ) -> Result<Committed<()>, StoreError> {
        let mut tx = self.begin(actor, now).await?;
        if count_members(tx.db()).await? > 0 {
            let Some(email) = &new.email else {
                let message = "is needed: the workspace has an owner, so a link can only reset a member's password";
                return Err(StoreError::fault("email", FaultKind::Conflict, message));
            };
            if find_login(tx.db(), email).await?.is_none() {
                return Err(StoreError::fault("email", FaultKind::Missing, format!("unknown member {email}")));
            }
        }
        sqlx::query(DELETE_EXPIRED_LINKS).bind(now.0).execute(tx.db()).await?;
        match &new.email {
            Some(email) => delete_links_of(tx.db(), email).await?,
            None => {
                sqlx::query(DELETE_OWNER_LINKS).execute(tx.db()).await?;
            }
        }
        let id = insert_link(tx.db(), new.digest, new.email.as_ref(), now, new.expires_at).await?;
        let name = new.email.as_ref().map_or("owner", Email::as_str);
        tx.commit(Event::new("setup_link.created", id, name), ()).await
    }

    /// A link that can still be used.
    pub async fn find_setup_link(&self, digest: TokenDigest, now: Timestamp) -> Result<Option<SetupLink>, StoreError> {
        let mut db = self.reader().await?;
        Ok(find_link(&mut db, digest, now).await?.map(|(_, link)| link))
    }

    /// Uses a link: makes the owner, or sets that member's password and ends its sessions. The link, and any other
    /// of its kind, is gone afterwards. A link that is unknown, used or expired is `NotFound`.
    pub async fn complete_setup(&self, now: Timestamp, setup: Setup) -> Result<Committed<Member>, StoreError> {
        let actor = Actor {
            kind: ActorKind::System,
            id: None,
            name: format!("set-up link of {}", setup.email),
            address: setup.address,
            conditions: Conditions::default(),
        };
        let mut tx = self.begin(&actor, now).await?;
        let (id, link) =
            find_link(tx.db(), setup.digest, now).await?.ok_or(StoreError::NotFound { what: "set-up link" })?;
        if link.email.as_ref().is_some_and(|email| email.folded() != setup.email.folded()) {
            return Err(StoreError::fault("email", FaultKind::Bad, "is not the address that this link was made for"));
        }
        sqlx::query(DELETE_LINK).bind(id).execute(tx.db()).await?;
        if count_members(tx.db()).await? == 0 {
            return make_owner(tx, setup).await;
        }
        let login = match link.email {
            Some(_) => find_login(tx.db(), &setup.email).await?,
            None => None,
        };
        match login.filter(|login| login.member.enabled) {
            Some(login) => reset_password(tx, login, &setup.password_hash).await,
            None => Err(StoreError::NotFound { what: "set-up link" }),
        }
    }
}

async fn make_owner(mut tx: Tx<'_>, setup: Setup) -> Result<Committed<Member>, StoreError> {
    let now = tx.now;
    let name = setup.name.as_ref();
    let id = insert_member(tx.db(), &setup.email, name, Role::Owner, &setup.password_hash, now).await?;
    sqlx::query(DELETE_OWNER_LINKS).execute(tx.db()).await?;
    let member = get_member(tx.db(), id).await?;
    let state = json!({ "email": member.email, "name": member.name, "role": member.role.as_str() });
    tx.commit(Event::new("member.created", id.0, member.email.as_str()).after(state), member).await
}

async fn reset_password(
    mut tx: Tx<'_>,
    login: MemberLogin,
    password_hash: &Secret,
) -> Result<Committed<Member>, StoreError> {
    let id: MemberId = login.member.id;
    let now = tx.now;
    set_password(tx.db(), id, password_hash, now).await?;
    // Who lost the device too comes in this way.
    forget_totp(tx.db(), id).await?;
    delete_sessions_of(tx.db(), id).await?;
    let member = get_member(tx.db(), id).await?;
    tx.commit(Event::new("member.password_reset", id.0, member.email.as_str()), member).await
}

/// Stores a link; answers its id.
pub(crate) async fn insert_link(
    db: &mut DbConnection,
    digest: TokenDigest,
    email: Option<&Email>,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<i64, StoreError> {
    let id = sqlx::query_scalar(INSERT_LINK)
        .bind(digest.0.as_slice())
        .bind(email.map(Email::as_str))
        .bind(email.map(Email::folded))
        .bind(now.0)
        .bind(expires_at.0)
        .fetch_one(db)
        .await?;
    Ok(id)
}

/// Forgets the links of an address.
pub(crate) async fn delete_links_of(db: &mut DbConnection, email: &Email) -> Result<(), StoreError> {
    sqlx::query(DELETE_LINKS_OF).bind(email.folded()).execute(db).await?;
    Ok(())
}

async fn find_link(
    db: &mut DbConnection,
    digest: TokenDigest,
    now: Timestamp,
) -> Result<Option<(i64, SetupLink)>, StoreError> {
    let row: Option<(i64, Option<String>, i64)> =
        sqlx::query_as(FIND_LINK).bind(digest.0.as_slice()).bind(now.0).fetch_optional(db).await?;
    let Some((id, email, expires_at)) = row else { return Ok(None) };
    let email = email.as_deref().map(|text| stored("setup_links.email", Email::parse(text))).transpose()?;
    Ok(Some((id, SetupLink { email, expires_at: Timestamp(expires_at) })))
}
