//! Making, changing and deleting access profiles.

use super::credential::{
    Chosen, FreshCredentials, NewCredential, check_chosen, check_unused, first_credentials, insert_credential,
    replacements, retire, retire_all, retire_passed,
};
use super::list::get_profile;
use super::new::{NewOwner, ProfilePlanner, check_name, check_room, count_profiles, insert_profile, no_default_terms};
use super::told::{tell_disabled, tell_refreshed};
use super::{NewProfile, OwnTermsUpdate, ProfileRow, ProfileUpdate};
use crate::actor::Actor;
use crate::audit::{Event, moment};
use crate::changes::ChangeKind;
use crate::clients::get_client;
use crate::dialect::DbConnection;
use crate::error::{Faults, StoreError};
use crate::row::to_json;
use crate::store::Store;
use crate::terms::{Place, Planner, StoredTerms, TermsOwner, delete_terms, find_terms, put_terms, terms_state};
use crate::tx::{Committed, Tx};
use domain::access_profile::{AccessProfile, Credential};
use domain::terms::{AuthMethod, Terms};
use domain::time::Timestamp;
use domain::{ClientId, CredentialId, ProfileId};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const UPDATE_PROFILE: &str = "update access_profiles set name = $2, name_folded = $3, ip_allow_list = $4, \
     ip_deny_list = $5, active = $6, active_since = $7, labels = $8, expires_at = $9, period_anchor = $10, \
     updated_at = $11 where id = $1";
pub(super) const DELETE_PROFILE: &str = "delete from access_profiles where id = $1";

impl Store {
    /// Makes a profile of a client, with the credentials that its method needs.
    pub async fn create_profile(
        &self,
        actor: &Actor,
        now: Timestamp,
        client_id: ClientId,
        new: NewProfile,
    ) -> Result<Committed<ProfileRow>, StoreError> {
        let mut tx = self.begin(actor, now).await?;
        tx.sees_client(client_id).await?;
        let client = get_client(tx.db(), self.key(), client_id).await?.client;
        let mut faults = Faults::default();
        let present = count_profiles(tx.db(), client_id).await?;
        check_room(tx.db(), present, 1, "name", &mut faults).await?;
        let mut planner = ProfilePlanner::new(Planner::new(self.key(), self.scope()), NewOwner::Present(&client));
        let plan = planner.plan(tx.db(), "", &new, &mut faults).await?;
        faults.check()?;
        let id = insert_profile(&mut tx, client_id, &new, &plan).await?;
        let row = get_profile(tx.db(), self.key(), id).await?;
        let event = Event::new("access_profile.created", id.0, new.name.as_str()).after(state(&row.profile));
        tx.commit(event, row).await
    }

    /// Changes a profile. Its credentials stay, unless one is replaced by a chosen one or the method in force for it
    /// changes: then it gets new ones, of `fresh` where none is chosen, and all old ones end at once.
    pub async fn update_profile(
        &self,
        actor: &Actor,
        now: Timestamp,
        id: ProfileId,
        update: ProfileUpdate,
        fresh: FreshCredentials,
    ) -> Result<Committed<ProfileRow>, StoreError> {
        let mut tx = self.begin(actor, now).await?;
        tx.sees_profile(id).await?;
        let row = get_profile(tx.db(), self.key(), id).await?;
        let (before, method_before) = (row.profile, method(row.effective_terms.as_ref()));
        let mut faults = Faults::default();
        let name = update.name.as_ref().unwrap_or(&before.name);
        check_name(tx.db(), before.client_id, name, id.0, &mut faults).await?;
        let terms = plan_own_terms(tx.db(), self, &before, &update, &mut faults).await?;
        let method = terms.method(method_before);
        let chosen = Chosen { auth_token: update.auth_token.as_ref(), api_key: update.api_key.as_ref() };
        check_chosen("", method, chosen, &mut faults);
        let credentials = if method == method_before {
            Reissue::Kinds(replacements(method, chosen, &before.credentials))
        } else {
            Reissue::All(first_credentials(method, &fresh, chosen))
        };
        let ending = credentials.ending(&before.credentials);
        check_unused(tx.db(), "", credentials.issued(), &ending, &mut BTreeSet::new(), &mut faults).await?;
        faults.check()?;

        write(&mut tx, &before, &update).await?;
        terms.write(tx.db(), id).await?;
        credentials.write(tx.db(), &before, &ending, now).await?;
        tx.changed(ChangeKind::Profile, id.0);
        let row = get_profile(tx.db(), self.key(), id).await?;
        let event = Event::new(event_type(&update), id.0, row.profile.name.as_str());
        if !credentials.issued().is_empty() {
            tell_refreshed(&mut tx, &row).await?;
        }
        if before.active && !row.profile.active {
            tell_disabled(&mut tx, &row).await?;
        }
        tx.commit(event.before(state(&before)).after(state(&row.profile)), row).await
    }

    /// Deletes a profile; its credentials end at once.
    pub async fn delete_profile(
        &self,
        actor: &Actor,
        now: Timestamp,
        id: ProfileId,
    ) -> Result<Committed<()>, StoreError> {
        let mut tx = self.begin(actor, now).await?;
        tx.sees_profile(id).await?;
        let before = get_profile(tx.db(), self.key(), id).await?.profile;
        retire_all(tx.db(), id, now).await?;
        sqlx::query(DELETE_PROFILE).bind(id.0).execute(tx.db()).await?;
        tx.changed(ChangeKind::Profile, id.0);
        let event = Event::new("access_profile.deleted", id.0, before.name.as_str()).before(state(&before));
        tx.commit(event, ()).await
    }
}

/// The method in force under terms.
pub(super) fn method(effective: Option<&Terms>) -> AuthMethod {
    effective.map_or(AuthMethod::Token, |terms| terms.method)
}

/// What becomes of a profile's own terms.
enum PlannedTerms {
    /// They stay as they are.
    Keep,
    /// The client's default terms, with this method, are used.
    UseClients(AuthMethod),
    /// These are its own.
    Own(StoredTerms),
}

impl PlannedTerms {
    fn method(&self, before: AuthMethod) -> AuthMethod {
        match self {
            Self::Keep => before,
            Self::UseClients(method) => *method,
            Self::Own(stored) => stored.terms.method,
        }
    }

    async fn write(&self, db: &mut DbConnection, id: ProfileId) -> Result<(), StoreError> {
        match self {
            Self::Keep => Ok(()),
            Self::UseClients(_) => delete_terms(db, TermsOwner::Profile(id)).await,
            Self::Own(terms) => put_terms(db, TermsOwner::Profile(id), terms).await,
        }
    }
}

async fn plan_own_terms(
    db: &mut DbConnection,
    store: &Store,
    before: &AccessProfile,
    update: &ProfileUpdate,
    faults: &mut Faults,
) -> Result<PlannedTerms, StoreError> {
    let default = find_terms(db, store.key(), TermsOwner::Client(before.client_id)).await?;
    match &update.own_terms {
        None => Ok(PlannedTerms::Keep),
        Some(OwnTermsUpdate::UseClients) => {
            if default.is_none() {
                no_default_terms("", faults);
            }
            Ok(default.map_or(PlannedTerms::Keep, |default| PlannedTerms::UseClients(default.terms.method)))
        }
        Some(OwnTermsUpdate::Change(change)) => {
            let owner = TermsOwner::Profile(before.id);
            let base = find_terms(db, store.key(), owner).await?.or(default);
            let place = Place { prefix: "", owner: Some(owner), fallback: Some(AuthMethod::Token) };
            let planned =
                Planner::new(store.key(), store.scope()).plan(db, place, base.as_ref(), change, faults).await?;
            Ok(planned.map_or(PlannedTerms::Keep, PlannedTerms::Own))
        }
    }
}

/// Which credentials a profile gets, and which end for them.
enum Reissue {
    /// Those of the same kinds end.
    Kinds(Vec<NewCredential>),
    /// All old ones end.
    All(Vec<NewCredential>),
}

impl Reissue {
    fn issued(&self) -> &[NewCredential] {
        match self {
            Self::Kinds(new) | Self::All(new) => new,
        }
    }

    /// Those of the present credentials that end for them.
    fn ending(&self, present: &[Credential]) -> Vec<CredentialId> {
        let ends = |own: &&Credential| match self {
            Self::Kinds(new) => new.iter().any(|new| new.kind == own.kind),
            Self::All(_) => true,
        };
        present.iter().filter(ends).map(|own| own.id).collect()
    }

    async fn write(
        &self,
        db: &mut DbConnection,
        before: &AccessProfile,
        ending: &[CredentialId],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        retire_passed(db, &before.credentials, now).await?;
        for id in ending {
            retire(db, *id, now).await?;
        }
        for credential in self.issued() {
            insert_credential(db, before.id, credential, now).await?;
        }
        Ok(())
    }
}

/// Gives a profile new contents, but for its terms and credentials.
pub(super) async fn write(tx: &mut Tx<'_>, before: &AccessProfile, update: &ProfileUpdate) -> Result<(), StoreError> {
    let now = tx.now;
    let name = update.name.as_ref().unwrap_or(&before.name);
    let active = update.active.unwrap_or(before.active);
    let active_since = if active && !before.active { Some(now) } else { before.active_since };
    sqlx::query(UPDATE_PROFILE)
        .bind(before.id.0)
        .bind(name.as_str())
        .bind(name.folded())
        .bind(to_json(update.ip_allow_list.as_ref().unwrap_or(&before.ip_allow_list))?)
        .bind(to_json(update.ip_deny_list.as_ref().unwrap_or(&before.ip_deny_list))?)
        .bind(active)
        .bind(active_since.map(|time| time.0))
        .bind(to_json(update.labels.as_ref().unwrap_or(&before.labels))?)
        .bind(update.expires_at.unwrap_or(before.expires_at).map(|time| time.0))
        .bind(update.period_anchor.unwrap_or(before.period_anchor).to_string())
        .bind(now.0)
        .execute(tx.db())
        .await?;
    Ok(())
}

fn event_type(update: &ProfileUpdate) -> &'static str {
    let ProfileUpdate {
        name,
        own_terms,
        ip_allow_list,
        ip_deny_list,
        active,
        expires_at,
        period_anchor,
        labels,
        auth_token,
        api_key,
    } = update;
    let fields = name.is_some()
        || own_terms.is_some()
        || ip_allow_list.is_some()
        || ip_deny_list.is_some()
        || expires_at.is_some()
        || period_anchor.is_some()
        || labels.is_some();
    let chosen = auth_token.is_some() || api_key.is_some();
    match (fields, chosen, active) {
        (false, false, Some(true)) => "access_profile.enabled",
        (false, false, Some(false)) => "access_profile.disabled",
        (false, true, None) => "access_profile.credential_replaced",
        _ => "access_profile.updated",
    }
}

fn state(profile: &AccessProfile) -> Value {
    json!({
        "name": profile.name,
        "api_client_id": profile.client_id,
        "own_terms": profile.own_terms.as_ref().map(terms_state),
        "ip_allow_list": profile.ip_allow_list,
        "ip_deny_list": profile.ip_deny_list,
        "active": profile.active,
        "expires_at": profile.expires_at.map(moment),
        "period_anchor": profile.period_anchor,
        "labels": profile.labels,
        "credentials": credentials_state(profile),
    })
}

/// Credentials as the audit log shows them: by their ids, as text for readers that round large numbers.
pub(super) fn credentials_state(profile: &AccessProfile) -> Value {
    let credentials = profile.credentials.iter().map(|credential| {
        json!({
            "id": credential.id.to_string(),
            "kind": credential.kind.as_str(),
            "identifier": credential.identifier,
            "ends_at": credential.ends_at.map(moment),
        })
    });
    Value::Array(credentials.collect())
}
