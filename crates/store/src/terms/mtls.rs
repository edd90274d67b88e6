//! Mutual TLS in terms: what an update makes of it, and what is wrong with that.

use super::MtlsUpdate;
use crate::dialect::DbConnection;
use crate::error::{FaultKind, Faults, StoreError};
use crate::scope::Scope;
use domain::cert_bundle::CertBundle;
use domain::terms::Terms;

const BUNDLE_EXISTS: &str = "select count(*) from cert_bundles where id = $1";

/// Puts what is asked of certificates into planned terms: what the update says, else what present terms have. Bundles and
/// rule are kept while nothing is asked for, so that switching off and on again loses nothing.
pub(super) async fn plan_mtls(
    db: &mut DbConnection,
    scope: &Scope,
    prefix: &str,
    present: Option<&Terms>,
    update: &MtlsUpdate,
    planned: &mut Terms,
    faults: &mut Faults,
) -> Result<(), StoreError> {
    let field = format!("{prefix}cert_bundle_ids");
    planned.mtls_enabled = update.enabled.unwrap_or(present.is_some_and(|present| present.mtls_enabled));
    planned.validation_formula = match &update.validation_formula {
        Some(formula) => formula.clone(),
        None => present.and_then(|present| present.validation_formula.clone()),
    };
    let present = present.map(|present| present.cert_bundle_ids.clone()).unwrap_or_default();
    let mut ids = update.cert_bundle_ids.clone().unwrap_or_else(|| present.clone());
    ids.sort_unstable();
    ids.dedup();
    if ids.len() > CertBundle::MAX_PER_TERMS {
        let message = format!("has too many entries (maximum is {})", CertBundle::MAX_PER_TERMS);
        faults.add(&field, FaultKind::Bad, message);
        ids.truncate(CertBundle::MAX_PER_TERMS);
    }
    if ids.is_empty() && planned.mtls_enabled {
        faults.add(&field, FaultKind::Bad, "can't be blank with mtls_enabled");
    }
    for id in &ids {
        let found: i64 = sqlx::query_scalar(BUNDLE_EXISTS).bind(id.0).fetch_one(&mut *db).await?;
        // Bundles belong to the workspace: who is confined to projects does not see them, but may leave what is there.
        if found == 0 || !(scope.is_all() || present.contains(id)) {
            faults.add(&field, FaultKind::Missing, format!("unknown certificate bundle {id}"));
        }
    }
    planned.cert_bundle_ids = ids;
    Ok(())
}
