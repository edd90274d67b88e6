//! Terms in the database: one row each, with links to their collections, owned by a client or by a profile.

use crate::dialect::DbConnection;
use crate::error::{FaultKind, Faults, StoreError};
use crate::row::{Named, known, name, named_list};
use domain::terms::{AuthMethod, Terms};
use domain::{ClientId, CollectionId, PolicyId, ProfileId};
use serde_json::{Value, json};

/// The columns of [`TermsRecord`], from a table of terms called `x`. `\u{1f}` is the separator of `row::named_list`.
macro_rules! terms_columns {
    () => {
        "x.id as terms_id, x.policy_id as terms_policy_id, x.method as terms_method, x.mtls_enabled as terms_mtls, \
         (select ap.name from access_policies ap where ap.id = x.policy_id) as terms_policy_name, \
         (select string_agg(cast(ac.id as text) || ':' || ac.name, '\u{1f}') from terms_collections tc \
            join api_collections ac on ac.id = tc.collection_id where tc.terms_id = x.id) as terms_collections"
    };
}
pub(crate) use terms_columns;

const INSERT_TERMS: &str = "insert into terms (client_id, profile_id, policy_id, method, mtls_enabled) \
     values ($1, $2, $3, $4, $5) returning id";
const INSERT_TERMS_COLLECTION: &str = "insert into terms_collections (terms_id, collection_id) values ($1, $2)";
const DELETE_DEFAULT_TERMS: &str = "delete from terms where client_id = $1";
const DELETE_OWN_TERMS: &str = "delete from terms where profile_id = $1";
const COLLECTION_EXISTS: &str = "select count(*) from api_collections where id = $1";
const POLICY_EXISTS: &str = "select count(*) from access_policies where id = $1";

/// What to change in terms; `None` leaves a field as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TermsUpdate {
    /// New collections, replacing all.
    pub collection_ids: Option<Vec<CollectionId>>,
    /// New policy; `Some(None)`: no limits.
    pub policy_id: Option<Option<PolicyId>>,
    /// New method.
    pub method: Option<AuthMethod>,
}

/// Whose terms.
#[derive(Debug, Clone, Copy)]
pub(crate) enum TermsOwner {
    /// Default terms.
    Client(ClientId),
    /// Own terms.
    Profile(ProfileId),
}

/// Terms with the names of what they refer to.
#[derive(Debug, Clone)]
pub(crate) struct NamedTerms {
    pub(crate) terms: Terms,
    pub(crate) policy: Option<Named<PolicyId>>,
    pub(crate) collections: Vec<Named<CollectionId>>,
}

/// Applies an update to present terms, or to none. Faults: no collections, or no method where there was none and
/// `fallback` gives none.
pub(crate) fn merge(
    base: Option<&Terms>,
    update: TermsUpdate,
    fallback: Option<AuthMethod>,
    faults: &mut Faults,
) -> Option<Terms> {
    let collection_ids = match (update.collection_ids, base) {
        (Some(ids), _) => Some(ids).filter(|ids| !ids.is_empty()),
        // Present terms may have lost their collections; that need not stop other changes.
        (None, Some(base)) => Some(base.collection_ids.clone()),
        (None, None) => None,
    };
    if collection_ids.is_none() {
        faults.add("api_collection_ids", FaultKind::Bad, "can't be blank");
    }
    let method = update.method.or(base.map(|base| base.method)).or(fallback);
    if method.is_none() {
        faults.add("auth_type", FaultKind::Bad, "can't be blank");
    }
    let policy_id = update.policy_id.unwrap_or(base.and_then(|base| base.policy_id));
    let mut terms = Terms::new(collection_ids?, policy_id, method?);
    terms.mtls_enabled = base.is_some_and(|base| base.mtls_enabled);
    Some(terms)
}

/// Notes a fault for each collection or policy that is not there, and for new terms without any collection.
pub(crate) async fn check_terms(
    db: &mut DbConnection,
    prefix: &str,
    terms: &Terms,
    faults: &mut Faults,
) -> Result<(), StoreError> {
    for id in &terms.collection_ids {
        let found: i64 = sqlx::query_scalar(COLLECTION_EXISTS).bind(id.0).fetch_one(&mut *db).await?;
        if found == 0 {
            let field = format!("{prefix}api_collection_ids");
            faults.add(field, FaultKind::Missing, format!("unknown collection {id}"));
        }
    }
    if let Some(id) = terms.policy_id {
        let found: i64 = sqlx::query_scalar(POLICY_EXISTS).bind(id.0).fetch_one(&mut *db).await?;
        if found == 0 {
            faults.add(format!("{prefix}api_policy_id"), FaultKind::Missing, format!("unknown policy {id}"));
        }
    }
    Ok(())
}

/// The same for terms of something new, which must have a collection.
pub(crate) async fn check_new_terms(
    db: &mut DbConnection,
    prefix: &str,
    terms: &Terms,
    faults: &mut Faults,
) -> Result<(), StoreError> {
    if terms.collection_ids.is_empty() {
        faults.add(format!("{prefix}api_collection_ids"), FaultKind::Bad, "can't be blank");
    }
    check_terms(db, prefix, terms, faults).await
}

/// Puts terms in the place of those that the owner has, if any.
pub(crate) async fn put_terms(db: &mut DbConnection, owner: TermsOwner, terms: &Terms) -> Result<(), StoreError> {
    delete_terms(db, owner).await?;
    let (client, profile) = match owner {
        TermsOwner::Client(id) => (Some(id.0), None),
        TermsOwner::Profile(id) => (None, Some(id.0)),
    };
    let id: i64 = sqlx::query_scalar(INSERT_TERMS)
        .bind(client)
        .bind(profile)
        .bind(terms.policy_id.map(|id| id.0))
        .bind(terms.method.as_str())
        .bind(terms.mtls_enabled)
        .fetch_one(&mut *db)
        .await?;
    for collection in &terms.collection_ids {
        sqlx::query(INSERT_TERMS_COLLECTION).bind(id).bind(collection.0).execute(&mut *db).await?;
    }
    Ok(())
}

/// Takes away the owner's terms, if any.
pub(crate) async fn delete_terms(db: &mut DbConnection, owner: TermsOwner) -> Result<(), StoreError> {
    let (text, id) = match owner {
        TermsOwner::Client(id) => (DELETE_DEFAULT_TERMS, id.0),
        TermsOwner::Profile(id) => (DELETE_OWN_TERMS, id.0),
    };
    sqlx::query(text).bind(id).execute(db).await?;
    Ok(())
}

/// Terms as the audit log shows them.
pub(crate) fn terms_state(terms: &Terms) -> Value {
    json!({
        "api_collection_ids": terms.collection_ids,
        "api_policy_id": terms.policy_id,
        "auth_type": terms.method.as_str(),
    })
}

/// Terms as selected by `terms_columns`; all `None` where there are none.
#[derive(sqlx::FromRow)]
#[expect(clippy::struct_field_names, reason = "the names of the columns, which stand beside other ones")]
pub(crate) struct TermsRecord {
    terms_id: Option<i64>,
    terms_policy_id: Option<i64>,
    terms_policy_name: Option<String>,
    terms_method: Option<String>,
    terms_mtls: Option<bool>,
    terms_collections: Option<String>,
}

impl TermsRecord {
    pub(crate) fn into_terms(self) -> Result<Option<NamedTerms>, StoreError> {
        if self.terms_id.is_none() {
            return Ok(None);
        }
        let collections = named_list(self.terms_collections.as_deref(), CollectionId)?;
        let policy = match (self.terms_policy_id, self.terms_policy_name) {
            (Some(id), Some(text)) => Some(Named { id: PolicyId(id), name: name(&text)? }),
            (Some(_) | None, _) => None,
        };
        let method = known("terms.method", self.terms_method.as_deref().and_then(AuthMethod::parse))?;
        let ids = collections.iter().map(|collection| collection.id).collect();
        let mut terms = Terms::new(ids, self.terms_policy_id.map(PolicyId), method);
        terms.mtls_enabled = self.terms_mtls.unwrap_or_default();
        Ok(Some(NamedTerms { terms, policy, collections }))
    }
}
