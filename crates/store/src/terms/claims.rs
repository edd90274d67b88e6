//! One claim name per issuer in a workspace: the gateway picks the claim by the issuer, before it knows whose token
//! it has.

use super::TermsOwner;
use crate::dialect::DbConnection;
use crate::error::{FaultKind, Faults, StoreError};
use crate::row::json;
use domain::terms::JwtTerms;
use std::collections::BTreeMap;

/// Other terms with another claim name: few, mostly none.
const OTHER_CLAIMS: &str = "select x.access_profile_claim, x.allowed_issuers, x.oidc_issuer, \
     x.jwt_secret is not null as has_key from terms x \
     where x.access_profile_claim is not null and x.access_profile_claim <> $1 \
     and (cast($2 as bigint) is null or x.client_id is null or x.client_id <> $2) \
     and (cast($3 as bigint) is null or x.profile_id is null or x.profile_id <> $3) order by x.id";

#[derive(sqlx::FromRow)]
struct OtherClaim {
    access_profile_claim: String,
    allowed_issuers: String,
    oidc_issuer: Option<String>,
    has_key: bool,
}

/// The claim names that one change gives to issuers.
#[derive(Debug, Default)]
pub(super) struct ClaimNames(BTreeMap<String, String>);

impl ClaimNames {
    /// Notes a fault where terms give an issuer another claim name than other terms do, stored ones or those of the
    /// same change. `replaced`: whose present terms do not count, as these take their place.
    pub(super) async fn check(
        &mut self,
        db: &mut DbConnection,
        prefix: &str,
        replaced: Option<TermsOwner>,
        jwt: &JwtTerms,
        faults: &mut Faults,
    ) -> Result<(), StoreError> {
        let Some(claim) = jwt.access_profile_claim.as_deref() else { return Ok(()) };
        let others = others(db, claim, replaced).await?;
        for issuer in jwt.claim_issuers() {
            let here = self.0.entry(issuer.to_owned()).or_insert_with(|| claim.to_owned());
            let other = if here == claim { others.get(issuer) } else { Some(&*here) };
            if let Some(other) = other {
                let message = format!("is {other} for the issuer {issuer} already: one name per issuer");
                faults.add(format!("{prefix}access_profile_claim"), FaultKind::Conflict, message);
            }
        }
        Ok(())
    }
}

/// Which issuers have another claim name.
async fn others(
    db: &mut DbConnection,
    claim: &str,
    replaced: Option<TermsOwner>,
) -> Result<BTreeMap<String, String>, StoreError> {
    let (client, profile) = match replaced {
        Some(TermsOwner::Client(id)) => (Some(id.0), None),
        Some(TermsOwner::Profile(id)) => (None, Some(id.0)),
        None => (None, None),
    };
    let rows: Vec<OtherClaim> =
        sqlx::query_as(OTHER_CLAIMS).bind(claim).bind(client).bind(profile).fetch_all(db).await?;
    let mut names = BTreeMap::new();
    for row in rows {
        let mut issuers: Vec<String> = json("terms.allowed_issuers", &row.allowed_issuers)?;
        issuers.extend(row.oidc_issuer.filter(|_| !row.has_key));
        names.extend(issuers.into_iter().map(|issuer| (issuer, row.access_profile_claim.clone())));
    }
    Ok(names)
}
