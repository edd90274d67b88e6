//! What terms are after a change, and everything that is wrong with that.

use super::claims::ClaimNames;
use super::jwt::{MissingKey, note_unused, plan_jwt};
use super::mtls::plan_mtls;
use super::record::StoredTerms;
use super::{TermsOwner, TermsUpdate};
use crate::dialect::DbConnection;
use crate::error::{FaultKind, Faults, StoreError};
use crate::scope::{Scope, sees_collection};
use crate::secret_key::SecretKey;
use domain::terms::{AuthMethod, Terms};

const POLICY_EXISTS: &str = "select count(*) from access_policies where id = $1";

/// Plans the terms of one change; there may be several, of a client and its new profiles.
pub(crate) struct Planner<'a> {
    key: &'a SecretKey,
    scope: &'a Scope,
    claims: ClaimNames,
}

/// Where planned terms go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    /// Stands before the names of fields.
    pub(crate) prefix: &'a str,
    /// Whose present terms are replaced; `None`: the owner is new.
    pub(crate) owner: Option<TermsOwner>,
    /// The method where neither the update nor present terms have one.
    pub(crate) fallback: Option<AuthMethod>,
}

impl<'a> Planner<'a> {
    /// `scope`: what the one who makes the change sees. It cannot grant what it does not see, but may leave what is granted.
    pub(crate) fn new(key: &'a SecretKey, scope: &'a Scope) -> Self {
        Self { key, scope, claims: ClaimNames::default() }
    }

    /// Applies an update to present terms, or to none. Notes every fault; `None` only where there was one.
    pub(crate) async fn plan(
        &mut self,
        db: &mut DbConnection,
        place: Place<'_>,
        base: Option<&StoredTerms>,
        update: &TermsUpdate,
        faults: &mut Faults,
    ) -> Result<Option<StoredTerms>, StoreError> {
        let prefix = place.prefix;
        let present = base.map(|base| &base.terms);
        let (collection_ids, blank) = match (&update.collection_ids, present) {
            (Some(ids), _) => (ids.clone(), ids.is_empty()),
            // Present terms may have lost their collections; that need not stop other changes.
            (None, Some(present)) => (present.collection_ids.clone(), false),
            (None, None) => (Vec::new(), true),
        };
        if blank {
            faults.add(format!("{prefix}api_collection_ids"), FaultKind::Bad, "can't be blank");
        }
        let method = update.method.or(present.map(|present| present.method)).or(place.fallback);
        if method.is_none() {
            faults.add(format!("{prefix}auth_type"), FaultKind::Bad, "can't be blank");
        }
        let policy_id = update.policy_id.unwrap_or(present.and_then(|present| present.policy_id));
        let mut terms = Terms::new(collection_ids, policy_id, method.unwrap_or(AuthMethod::Token));
        self.check_references(db, prefix, present, &terms, faults).await?;
        plan_mtls(db, self.scope, prefix, present, &update.mtls, &mut terms, faults).await?;
        let mut secret = None;
        match method {
            Some(AuthMethod::Jwt | AuthMethod::Oidc) => {
                let planned = plan_jwt(self.key, prefix, terms.method, base, &update.jwt, MissingKey::Refused, faults)?;
                self.claims.check(db, prefix, place.owner, &planned.jwt, faults).await?;
                terms.jwt = Some(Box::new(planned.jwt));
                secret = planned.secret;
            }
            Some(AuthMethod::Token | AuthMethod::Oauth2) => note_unused(prefix, &update.jwt, faults),
            None => {}
        }
        Ok((!blank && method.is_some()).then_some(StoredTerms { terms, secret }))
    }

    /// Notes a fault for each collection that is not there, or is granted anew by somebody who does not see it, and for a
    /// policy that is not there.
    async fn check_references(
        &self,
        db: &mut DbConnection,
        prefix: &str,
        present: Option<&Terms>,
        terms: &Terms,
        faults: &mut Faults,
    ) -> Result<(), StoreError> {
        let granted = |id| present.is_some_and(|present| present.collection_ids.contains(id));
        for id in &terms.collection_ids {
            if !granted(id) && !sees_collection(self.scope, db, *id).await? {
                let field = format!("{prefix}api_collection_ids");
                faults.add(field, FaultKind::Missing, format!("unknown collection {id}"));
            }
        }
        if let Some(id) = terms.policy_id {
            check_policy(db, &format!("{prefix}api_policy_id"), id, faults).await?;
        }
        Ok(())
    }
}

/// Notes a fault at a field whose policy is not there.
pub(crate) async fn check_policy(
    db: &mut DbConnection,
    field: &str,
    id: domain::PolicyId,
    faults: &mut Faults,
) -> Result<(), StoreError> {
    let found: i64 = sqlx::query_scalar(POLICY_EXISTS).bind(id.0).fetch_one(db).await?;
    if found == 0 {
        faults.add(field, FaultKind::Missing, format!("unknown policy {id}"));
    }
    Ok(())
}
