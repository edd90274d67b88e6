//! Making, changing and deleting members. One owner who is switched on always stays.

use super::{Member, Role, get_member};
use crate::actor::Actor;
use crate::audit::Event;
use crate::dialect::DbConnection;
use crate::error::{FaultKind, Faults, StoreError};
use crate::scope::{Scope, sees_project};
use crate::sessions::{delete_other_sessions, delete_sessions_of};
use crate::setup::{delete_links_of, insert_link};
use crate::store::Store;
use crate::tx::Committed;
use domain::secret::Secret;
use domain::text::{Email, Name};
use domain::time::Timestamp;
use domain::token::TokenDigest;
use domain::{MemberId, SessionId};
use serde_json::{Value, json};

const INSERT_MEMBER: &str = "insert into members (email, email_folded, name, role, password_hash, created_at, \
     updated_at) values ($1, $2, $3, $4, $5, $6, $6) returning id";
const UPDATE_MEMBER: &str = "update members set email = $2, email_folded = $3, name = $4, role = $5, enabled = $6, \
     confined = $7, updated_at = $8 where id = $1";
const SET_PASSWORD: &str = "update members set password_hash = $2, updated_at = $3 where id = $1";
const DELETE_MEMBER: &str = "delete from members where id = $1";
const DELETE_PROJECTS: &str = "delete from member_projects where member_id = $1";
const INSERT_PROJECT: &str = "insert into member_projects (member_id, project_id) values ($1, $2)";
const EMAIL_TAKEN: &str = "select count(*) from members where email_folded = $1 and id <> $2";
const OTHER_OWNERS: &str = "select count(*) from members where role = 'owner' and enabled and id <> $1";

/// A member to make. It has no password: a link lets it choose one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMember {
    /// Unique, case aside.
    pub email: Email,
    /// Optional name.
    pub name: Option<Name>,
    /// What it may do.
    pub role: Role,
    /// What it sees.
    pub scope: Scope,
    /// Whether it may sign in.
    pub enabled: bool,
}

/// What to change; `None` leaves a field as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemberUpdate {
    /// New address.
    pub email: Option<Email>,
    /// New name; `Some(None)` clears it.
    pub name: Option<Option<Name>>,
    /// New role.
    pub role: Option<Role>,
    /// What it sees from now on.
    pub scope: Option<Scope>,
    /// Switches it on or off; off ends its sessions, and its tokens are refused.
    pub enabled: Option<bool>,
}

/// A one-time link with which a member chooses its password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPasswordLink {
    /// SHA-256 of the link's token.
    pub digest: TokenDigest,
    /// Until when.
    pub expires_at: Timestamp,
}

impl Store {
    /// Makes a member, with the link for its first password.
    pub async fn create_member(
        &self,
        actor: &Actor,
        now: Timestamp,
        new: NewMember,
        link: NewPasswordLink,
    ) -> Result<Committed<Member>, StoreError> {
        let mut tx = self.begin(actor, now).await?;
        let mut faults = Faults::default();
        check(tx.db(), 0, &new, &mut faults).await?;
        faults.check()?;
        let none = Secret::new(String::new());
        let id = insert_member(tx.db(), &new.email, new.name.as_ref(), new.role, &none, now).await?;
        write(tx.db(), id, &new, now).await?;
        insert_link(tx.db(), link.digest, Some(&new.email), now, link.expires_at).await?;
        let member = get_member(tx.db(), id).await?;
        let event = Event::new("member.created", id.0, member.email.as_str()).after(state(&member));
        tx.commit(event, member).await
    }

    /// Changes a member. Faults at `role` and `enabled`: it is the last owner.
    pub async fn update_member(
        &self,
        actor: &Actor,
        now: Timestamp,
        id: MemberId,
        update: MemberUpdate,
    ) -> Result<Committed<Member>, StoreError> {
        let mut tx = self.begin(actor, now).await?;
        let before = get_member(tx.db(), id).await?;
        let wanted = NewMember {
            email: update.email.unwrap_or_else(|| before.email.clone()),
            name: update.name.unwrap_or_else(|| before.name.clone()),
            role: update.role.unwrap_or(before.role),
            scope: update.scope.unwrap_or_else(|| before.scope.clone()),
            enabled: update.enabled.unwrap_or(before.enabled),
        };
        let mut faults = Faults::default();
        check(tx.db(), id.0, &wanted, &mut faults).await?;
        if is_last_owner(tx.db(), &before).await? {
            let lost = [("role", wanted.role != Role::Owner), ("enabled", !wanted.enabled)];
            for (field, _) in lost.into_iter().filter(|(_, lost)| *lost) {
                faults.add(field, FaultKind::Conflict, LAST_OWNER);
            }
        }
        faults.check()?;
        write(tx.db(), id, &wanted, now).await?;
        if wanted.email.folded() != before.email.folded() || !wanted.enabled {
            delete_links_of(tx.db(), &before.email).await?;
        }
        if !wanted.enabled {
            delete_sessions_of(tx.db(), id).await?;
        }
        let member = get_member(tx.db(), id).await?;
        let event = Event::new("member.updated", id.0, member.email.as_str());
        tx.commit(event.before(state(&before)).after(state(&member)), member).await
    }

    /// Deletes a member with its sessions and tokens; a conflict at `id` for the last owner.
    pub async fn delete_member(
        &self,
        actor: &Actor,
        now: Timestamp,
        id: MemberId,
    ) -> Result<Committed<()>, StoreError> {
        let mut tx = self.begin(actor, now).await?;
        let before = get_member(tx.db(), id).await?;
        if is_last_owner(tx.db(), &before).await? {
            return Err(StoreError::fault("id", FaultKind::Conflict, LAST_OWNER));
        }
        delete_links_of(tx.db(), &before.email).await?;
        sqlx::query(DELETE_MEMBER).bind(id.0).execute(tx.db()).await?;
        let event = Event::new("member.deleted", id.0, before.email.as_str()).before(state(&before));
        tx.commit(event, ()).await
    }

    /// Takes a member's password and ends its sessions; the link lets it choose a new one. A conflict at `enabled` for a
    /// member that is switched off.
    pub async fn reset_member_password(
        &self,
        actor: &Actor,
        now: Timestamp,
        id: MemberId,
        link: NewPasswordLink,
    ) -> Result<Committed<Member>, StoreError> {
        let mut tx = self.begin(actor, now).await?;
        let member = get_member(tx.db(), id).await?;
        if !member.enabled {
            let message = "is false: a member that is switched off gets no password";
            return Err(StoreError::fault("enabled", FaultKind::Conflict, message));
        }
        set_password(tx.db(), id, &Secret::new(String::new()), now).await?;
        delete_sessions_of(tx.db(), id).await?;
        delete_links_of(tx.db(), &member.email).await?;
        insert_link(tx.db(), link.digest, Some(&member.email), now, link.expires_at).await?;
        let member = get_member(tx.db(), id).await?;
        tx.commit(Event::new("member.password_reset", id.0, member.email.as_str()), member).await
    }

    /// Gives a member a new password and ends its sessions but one.
    pub async fn change_password(
        &self,
        actor: &Actor,
        now: Timestamp,
        id: MemberId,
        password_hash: Secret,
        keep: SessionId,
    ) -> Result<Committed<()>, StoreError> {
        let mut tx = self.begin(actor, now).await?;
        let member = get_member(tx.db(), id).await?;
        set_password(tx.db(), id, &password_hash, now).await?;
        delete_other_sessions(tx.db(), id, keep).await?;
        delete_links_of(tx.db(), &member.email).await?;
        tx.commit(Event::new("member.password_changed", id.0, member.email.as_str()), ()).await
    }
}

const LAST_OWNER: &str = "is that of the last owner: make another owner first";

/// Whether nobody else could manage members.
async fn is_last_owner(db: &mut DbConnection, member: &Member) -> Result<bool, StoreError> {
    if member.role != Role::Owner || !member.enabled {
        return Ok(false);
    }
    let others: i64 = sqlx::query_scalar(OTHER_OWNERS).bind(member.id.0).fetch_one(db).await?;
    Ok(others == 0)
}

async fn check(db: &mut DbConnection, own_id: i64, wanted: &NewMember, faults: &mut Faults) -> Result<(), StoreError> {
    let taken: i64 =
        sqlx::query_scalar(EMAIL_TAKEN).bind(wanted.email.folded()).bind(own_id).fetch_one(&mut *db).await?;
    if taken > 0 {
        faults.taken("email");
    }
    check_confinement(db, wanted.role, &wanted.scope, faults).await
}

/// Notes faults at `project_ids`: an owner is not confined, and the projects must be there.
pub(crate) async fn check_confinement(
    db: &mut DbConnection,
    role: Role,
    scope: &Scope,
    faults: &mut Faults,
) -> Result<(), StoreError> {
    let Some(ids) = scope.ids() else { return Ok(()) };
    if role == Role::Owner {
        faults.add("project_ids", FaultKind::Missing, "must be null for an owner, who sees all projects");
    }
    for id in ids {
        if !sees_project(&Scope::All, &mut *db, *id).await? {
            faults.add("project_ids", FaultKind::Missing, format!("unknown project {id}"));
        }
    }
    Ok(())
}

/// Stores a member.
pub(crate) async fn insert_member(
    db: &mut DbConnection,
    email: &Email,
    name: Option<&Name>,
    role: Role,
    password_hash: &Secret,
    now: Timestamp,
) -> Result<MemberId, StoreError> {
    let id: i64 = sqlx::query_scalar(INSERT_MEMBER)
        .bind(email.as_str())
        .bind(email.folded())
        .bind(name.map(Name::as_str))
        .bind(role.as_str())
        .bind(password_hash.expose())
        .bind(now.0)
        .fetch_one(db)
        .await?;
    Ok(MemberId(id))
}

async fn write(db: &mut DbConnection, id: MemberId, wanted: &NewMember, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query(UPDATE_MEMBER)
        .bind(id.0)
        .bind(wanted.email.as_str())
        .bind(wanted.email.folded())
        .bind(wanted.name.as_ref().map(Name::as_str))
        .bind(wanted.role.as_str())
        .bind(wanted.enabled)
        .bind(!wanted.scope.is_all())
        .bind(now.0)
        .execute(&mut *db)
        .await?;
    sqlx::query(DELETE_PROJECTS).bind(id.0).execute(&mut *db).await?;
    for project in wanted.scope.ids().unwrap_or_default() {
        sqlx::query(INSERT_PROJECT).bind(id.0).bind(project.0).execute(&mut *db).await?;
    }
    Ok(())
}

/// Stores a password's hash; an empty one: no password.
pub(crate) async fn set_password(
    db: &mut DbConnection,
    id: MemberId,
    password_hash: &Secret,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(SET_PASSWORD).bind(id.0).bind(password_hash.expose()).bind(now.0).execute(db).await?;
    Ok(())
}

fn state(member: &Member) -> Value {
    json!({
        "email": member.email,
        "name": member.name,
        "role": member.role.as_str(),
        "project_ids": member.scope.ids(),
        "enabled": member.enabled,
    })
}
