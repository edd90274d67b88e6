//! New profiles: checking them, alone or together with their client, and storing them.

use super::NewProfile;
use super::credential::{Chosen, NewCredential, check_chosen, check_unused, first_credentials, insert_credential};
use crate::changes::ChangeKind;
use crate::dialect::DbConnection;
use crate::error::{FaultKind, Faults, StoreError};
use crate::row::to_json;
use crate::settings::load_settings;
use crate::terms::{Place, Planner, StoredTerms, TermsOwner, put_terms};
use crate::tx::Tx;
use domain::cidr::CidrEntry;
use domain::client::Client;
use domain::terms::AuthMethod;
use domain::text::Name;
use domain::time::Timestamp;
use domain::token::TokenDigest;
use domain::{ClientId, ProfileId};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

const INSERT_PROFILE: &str = "insert into access_profiles (client_id, name, name_folded, ip_allow_list, ip_deny_list, \
     active, active_since, expires_at, period_anchor, labels, created_at, updated_at) \
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11) returning id";
const PROFILE_NAME_TAKEN: &str =
    "select count(*) from access_profiles where client_id = $1 and name_folded = $2 and id <> $3";
const COUNT_PROFILES: &str = "select count(*) from access_profiles where client_id = $1";

/// Whose new profiles are.
#[derive(Debug, Clone, Copy)]
pub(crate) enum NewOwner<'a> {
    /// A client that is there.
    Present(&'a Client),
    /// A client that is made together with them.
    Made {
        /// The method of its default terms; `None`: it gets none.
        default_method: Option<AuthMethod>,
    },
}

/// What a checked profile gets besides what it was sent.
#[derive(Debug)]
pub(crate) struct PlannedProfile {
    terms: Option<StoredTerms>,
    credentials: Vec<NewCredential>,
}

/// Plans the new profiles of one client in one change.
pub(crate) struct ProfilePlanner<'a> {
    terms: Planner<'a>,
    owner: NewOwner<'a>,
    names: BTreeSet<String>,
    digests: BTreeSet<TokenDigest>,
}

impl<'a> ProfilePlanner<'a> {
    /// `terms`: the planner that planned the client's own terms, if the change makes any.
    pub(crate) fn new(terms: Planner<'a>, owner: NewOwner<'a>) -> Self {
        Self { terms, owner, names: BTreeSet::new(), digests: BTreeSet::new() }
    }

    /// Plans all first profiles of a client that is made together with them; faults at `api_keys[0].name` and the like.
    pub(crate) async fn plan_all(
        &mut self,
        db: &mut DbConnection,
        profiles: &[NewProfile],
        faults: &mut Faults,
    ) -> Result<Vec<PlannedProfile>, StoreError> {
        check_room(db, 0, profiles.len(), "api_keys", faults).await?;
        let mut planned = Vec::with_capacity(profiles.len());
        for (at, profile) in profiles.iter().enumerate() {
            planned.push(self.plan(db, &format!("api_keys[{at}]."), profile, faults).await?);
        }
        Ok(planned)
    }

    /// Plans a profile and notes what is wrong with it, at fields with a prefix.
    pub(super) async fn plan(
        &mut self,
        db: &mut DbConnection,
        prefix: &str,
        profile: &NewProfile,
        faults: &mut Faults,
    ) -> Result<PlannedProfile, StoreError> {
        if !self.names.insert(profile.name.folded()) {
            faults.taken(format!("{prefix}name"));
        }
        let default_method = match self.owner {
            NewOwner::Present(client) => {
                check_name(db, client.id, &profile.name, 0, faults).await?;
                client.default_terms.as_ref().map(|terms| terms.method)
            }
            NewOwner::Made { default_method } => default_method,
        };
        let (terms, method) = if let Some(update) = &profile.own_terms {
            let place = Place { prefix, owner: None, fallback: Some(AuthMethod::Token) };
            (self.terms.plan(db, place, None, update, faults).await?, update.method)
        } else {
            if default_method.is_none() {
                no_default_terms(prefix, faults);
            }
            (None, default_method)
        };
        let method = method.unwrap_or(AuthMethod::Token);
        let chosen = Chosen { auth_token: profile.auth_token.as_ref(), api_key: profile.api_key.as_ref() };
        check_chosen(prefix, method, chosen, faults);
        let credentials = first_credentials(method, &profile.fresh, chosen);
        check_unused(db, prefix, &credentials, &[], &mut self.digests, faults).await?;
        Ok(PlannedProfile { terms, credentials })
    }
}

/// Stores a checked profile with its terms and credentials.
pub(crate) async fn insert_profile(
    tx: &mut Tx<'_>,
    client_id: ClientId,
    new: &NewProfile,
    planned: &PlannedProfile,
) -> Result<ProfileId, StoreError> {
    let now = tx.now;
    let row = NewRow {
        name: &new.name,
        ip_allow_list: &new.ip_allow_list,
        ip_deny_list: &new.ip_deny_list,
        active: new.active,
        expires_at: new.expires_at,
        period_anchor: new.period_anchor,
        labels: &new.labels,
    };
    let id = insert_row(tx.db(), client_id, row, now).await?;
    if let Some(terms) = &planned.terms {
        put_terms(tx.db(), TermsOwner::Profile(id), terms).await?;
    }
    for credential in &planned.credentials {
        insert_credential(tx.db(), id, credential, now).await?;
    }
    tx.changed(ChangeKind::Profile, id.0);
    Ok(id)
}

/// What a profile is besides its terms and credentials.
#[derive(Debug, Clone, Copy)]
pub(super) struct NewRow<'a> {
    pub(super) name: &'a Name,
    pub(super) ip_allow_list: &'a [CidrEntry],
    pub(super) ip_deny_list: &'a [CidrEntry],
    pub(super) active: bool,
    pub(super) expires_at: Option<Timestamp>,
    pub(super) period_anchor: Option<Date>,
    pub(super) labels: &'a BTreeMap<String, String>,
}

/// Stores a profile, without terms and credentials.
pub(super) async fn insert_row(
    db: &mut DbConnection,
    client_id: ClientId,
    new: NewRow<'_>,
    now: Timestamp,
) -> Result<ProfileId, StoreError> {
    let id: i64 = sqlx::query_scalar(INSERT_PROFILE)
        .bind(client_id.0)
        .bind(new.name.as_str())
        .bind(new.name.folded())
        .bind(to_json(&new.ip_allow_list)?)
        .bind(to_json(&new.ip_deny_list)?)
        .bind(new.active)
        .bind(new.active.then_some(now.0))
        .bind(new.expires_at.map(|time| time.0))
        .bind(new.period_anchor.unwrap_or_else(|| day_of(now)).to_string())
        .bind(to_json(&new.labels)?)
        .bind(now.0)
        .fetch_one(db)
        .await?;
    Ok(ProfileId(id))
}

/// Notes that a client without default terms has none to lend.
pub(super) fn no_default_terms(prefix: &str, faults: &mut Faults) {
    let message = "can't be blank: the client has no default terms";
    faults.add(format!("{prefix}api_collection_ids"), FaultKind::Missing, message);
}

/// Notes that another profile of the client has the name.
pub(super) async fn check_name(
    db: &mut DbConnection,
    client_id: ClientId,
    name: &Name,
    own_id: i64,
    faults: &mut Faults,
) -> Result<(), StoreError> {
    let taken: i64 =
        sqlx::query_scalar(PROFILE_NAME_TAKEN).bind(client_id.0).bind(name.folded()).bind(own_id).fetch_one(db).await?;
    if taken > 0 {
        faults.taken("name");
    }
    Ok(())
}

/// How many profiles a client has.
pub(super) async fn count_profiles(db: &mut DbConnection, client: ClientId) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar(COUNT_PROFILES).bind(client.0).fetch_one(db).await?)
}

/// Notes that a client would get too many profiles.
pub(super) async fn check_room(
    db: &mut DbConnection,
    present: i64,
    wanted: usize,
    field: &str,
    faults: &mut Faults,
) -> Result<(), StoreError> {
    let most = i64::from(load_settings(db).await?.profiles_per_client);
    if i64::try_from(wanted).unwrap_or(i64::MAX) > most - present {
        let message = format!("a client has at most {most} access profiles");
        faults.add(field, FaultKind::Missing, message);
    }
    Ok(())
}

/// The day of a moment, in UTC.
fn day_of(at: Timestamp) -> Date {
    let at = jiff::Timestamp::from_microsecond(at.0).unwrap_or_default();
    jiff::tz::TimeZone::UTC.to_datetime(at).date()
}
