//! Who of a provider's users is which member here.
//!
//! In steps: a user that was here before is known by issuer and subject, whatever became of its address; else the member
//! with its verified address is taken, as whoever set the provider up trusts what it says; else a member is made, if its
//! groups give it a role. Members made this way have the role that their groups give, anew at each sign-in; others keep
//! theirs.

use crate::actor::{Actor, ActorKind, Conditions};
use crate::audit::Event;
use crate::error::StoreError;
use crate::members::{Member, Role, find_login, get_member, insert_member};
use crate::sessions::delete_sessions_of;
use crate::store::Store;
use crate::tx::Tx;
use domain::MemberId;
use domain::secret::Secret;
use domain::text::{Email, Name};
use domain::time::Timestamp;
use serde_json::json;
use std::net::IpAddr;

const FIND_IDENTITY: &str = "select member_id, is_managed from member_identities where issuer = $1 and subject = $2";
const INSERT_IDENTITY: &str = "insert into member_identities (issuer, subject, member_id, is_managed, created_at) \
     values ($1, $2, $3, $4, $5)";
const SET_ROLE: &str = "update members set role = $2, updated_at = $3 where id = $1";
const COUNT_OTHER_OWNERS: &str = "select count(*) from members where role = 'owner' and enabled and id <> $1";

/// A user that a provider vouches for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderUser {
    /// The provider.
    pub issuer: String,
    /// The user there: never given to another one.
    pub subject: String,
    /// Its address, if the provider has verified it.
    pub email: Option<Email>,
    /// Its name.
    pub name: Option<Name>,
    /// What its groups give.
    pub role: Option<Role>,
}

/// Whether a user is let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Admission {
    /// As this member.
    Admitted(Box<Member>),
    /// It has no group that gives a role.
    NoRole,
    /// It is new, and has no verified address.
    NoEmail,
    /// The member is switched off.
    Disabled,
}

impl Store {
    /// Finds or makes the member that a provider's user is.
    pub async fn admit_provider_user(
        &self,
        now: Timestamp,
        address: Option<IpAddr>,
        user: &ProviderUser,
    ) -> Result<Admission, StoreError> {
        let actor = Actor {
            kind: ActorKind::System,
            id: None,
            name: format!("sign-in at {}", user.issuer),
            address,
            conditions: Conditions::default(),
        };
        let mut tx = self.begin(&actor, now).await?;
        let known: Option<(i64, bool)> =
            sqlx::query_as(FIND_IDENTITY).bind(&user.issuer).bind(&user.subject).fetch_optional(tx.db()).await?;
        match known {
            Some((id, true)) => admit_known(tx, MemberId(id), RoleFrom::Groups, user).await,
            Some((id, false)) => admit_known(tx, MemberId(id), RoleFrom::Owners, user).await,
            None => admit_new(tx, user).await,
        }
    }
}

async fn admit_known(
    mut tx: Tx<'_>,
    id: MemberId,
    role_from: RoleFrom,
    user: &ProviderUser,
) -> Result<Admission, StoreError> {
    let member = get_member(tx.db(), id).await?;
    if !member.enabled {
        return Ok(Admission::Disabled);
    }
    if role_from == RoleFrom::Owners {
        return Ok(Admission::Admitted(Box::new(member)));
    }
    let Some(role) = user.role else {
        let ended = delete_sessions_of(tx.db(), id).await?;
        if ended > 0 {
            tx.commit(Event::new("member.sessions_deleted", id.0, member.email.as_str()), ()).await?;
        }
        return Ok(Admission::NoRole);
    };
    // Owners are never confined to projects: who is stays below.
    let role = if member.scope.is_all() { role } else { role.min(Role::Admin) };
    if role == member.role || is_last_owner(&mut tx, &member).await? {
        return Ok(Admission::Admitted(Box::new(member)));
    }
    let now = tx.now;
    sqlx::query(SET_ROLE).bind(id.0).bind(role.as_str()).bind(now.0).execute(tx.db()).await?;
    let after = get_member(tx.db(), id).await?;
    let event = Event::new("member.updated", id.0, member.email.as_str())
        .before(json!({ "role": member.role.as_str() }))
        .after(json!({ "role": after.role.as_str() }));
    Ok(Admission::Admitted(Box::new(tx.commit(event, after).await?.value)))
}

async fn admit_new(mut tx: Tx<'_>, user: &ProviderUser) -> Result<Admission, StoreError> {
    let Some(email) = &user.email else { return Ok(Admission::NoEmail) };
    let now = tx.now;
    if let Some(login) = find_login(tx.db(), email).await? {
        let member = login.member;
        if !member.enabled {
            return Ok(Admission::Disabled);
        }
        insert_identity(&mut tx, user, member.id, RoleFrom::Owners).await?;
        let event = Event::new("member.identity_linked", member.id.0, member.email.as_str())
            .after(json!({ "issuer": user.issuer, "subject": user.subject }));
        return Ok(Admission::Admitted(Box::new(tx.commit(event, member).await?.value)));
    }
    let Some(role) = user.role else { return Ok(Admission::NoRole) };
    let no_password = Secret::new(String::new());
    let id = insert_member(tx.db(), email, user.name.as_ref(), role, &no_password, now).await?;
    insert_identity(&mut tx, user, id, RoleFrom::Groups).await?;
    let member = get_member(tx.db(), id).await?;
    let event = Event::new("member.created", id.0, email.as_str()).after(json!({
        "email": member.email, "name": member.name, "role": role.as_str(), "issuer": user.issuer, "subject": user.subject,
    }));
    Ok(Admission::Admitted(Box::new(tx.commit(event, member).await?.value)))
}

async fn is_last_owner(tx: &mut Tx<'_>, member: &Member) -> Result<bool, StoreError> {
    if member.role != Role::Owner {
        return Ok(false);
    }
    let others: i64 = sqlx::query_scalar(COUNT_OTHER_OWNERS).bind(member.id.0).fetch_one(tx.db()).await?;
    Ok(others == 0)
}

/// Who says what a member may do.
#[derive(Clone, Copy, PartialEq, Eq)]
enum RoleFrom {
    Groups,
    Owners,
}

async fn insert_identity(
    tx: &mut Tx<'_>,
    user: &ProviderUser,
    member: MemberId,
    role_from: RoleFrom,
) -> Result<(), StoreError> {
    let now = tx.now;
    sqlx::query(INSERT_IDENTITY)
        .bind(&user.issuer)
        .bind(&user.subject)
        .bind(member.0)
        .bind(role_from == RoleFrom::Groups)
        .bind(now.0)
        .execute(tx.db())
        .await?;
    Ok(())
}
