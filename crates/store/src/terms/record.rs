//! Rows of terms: reading, writing, sealing their secrets.

use super::TermsOwner;
use crate::dialect::DbConnection;
use crate::error::StoreError;
use crate::row::{Named, json, known, name, named_list, stored, to_json};
use crate::secret_key::SecretKey;
use domain::ClientId;
use domain::ProfileId;
use domain::jwt::{ClaimRules, KeyFamily, KeyFault, VerifyingKey};
use domain::secret::Secret;
use domain::terms::{AuthMethod, JwtTerms, Terms};
use domain::validation_formula::ValidationFormula;
use domain::{CertBundleId, CollectionId, PolicyId};

/// What the secrets of terms are sealed for.
const SECRET_PURPOSE: &str = "terms.jwt_secret";

/// The columns of [`TermsRecord`], from a table of terms called `x`. `\u{1f}` is the separator of `row::named_list`.
macro_rules! terms_columns {
    () => {
        "x.id as terms_id, x.policy_id as terms_policy_id, x.method as terms_method, x.mtls_enabled as terms_mtls, \
         x.jwt_method as terms_jwt_method, x.jwt_secret as terms_jwt_secret, x.oidc_issuer as terms_oidc_issuer, \
         x.oidc_jwks_uri as terms_oidc_jwks_uri, x.access_profile_claim as terms_claim, \
         x.required_claims as terms_required_claims, x.allowed_issuers as terms_issuers, \
         x.allowed_audiences as terms_audiences, x.jwt_algorithms as terms_algorithms, \
         x.clock_leeway_seconds as terms_leeway, x.validation_formula as terms_formula, \
         (select ap.name from access_policies ap where ap.id = x.policy_id) as terms_policy_name, \
         (select string_agg(cast(ac.id as text) || ':' || ac.name, '\u{1f}') from terms_collections tc \
            join api_collections ac on ac.id = tc.collection_id where tc.terms_id = x.id) as terms_collections, \
         (select string_agg(cast(tb.bundle_id as text), ',') from terms_cert_bundles tb where tb.terms_id = x.id) \
            as terms_bundles"
    };
}
pub(crate) use terms_columns;

const FIND_DEFAULT_TERMS: &str = concat!("select ", terms_columns!(), " from terms x where x.client_id = $1");
const FIND_OWN_TERMS: &str = concat!("select ", terms_columns!(), " from terms x where x.profile_id = $1");
const LOAD_SECRETS: &str = "select client_id, profile_id, jwt_secret from terms where jwt_secret is not null";
const INSERT_TERMS: &str = "insert into terms (client_id, profile_id, policy_id, method, mtls_enabled, jwt_method, \
     jwt_secret, oidc_issuer, oidc_jwks_uri, access_profile_claim, required_claims, allowed_issuers, \
     allowed_audiences, jwt_algorithms, clock_leeway_seconds, validation_formula) \
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) returning id";
const INSERT_TERMS_COLLECTION: &str = "insert into terms_collections (terms_id, collection_id) values ($1, $2)";
const INSERT_TERMS_BUNDLE: &str = "insert into terms_cert_bundles (terms_id, bundle_id) values ($1, $2)";
const DELETE_DEFAULT_TERMS: &str = "delete from terms where client_id = $1";
const DELETE_OWN_TERMS: &str = "delete from terms where profile_id = $1";

/// Terms with what is stored of their secret.
#[derive(Debug, Clone)]
pub(crate) struct StoredTerms {
    pub(crate) terms: Terms,
    pub(crate) secret: Option<SealedSecret>,
}

/// The text of a key, encrypted.
#[derive(Clone)]
pub(crate) struct SealedSecret(Vec<u8>);

impl std::fmt::Debug for SealedSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SealedSecret(..)")
    }
}

impl SealedSecret {
    pub(super) fn seal(key: &SecretKey, text: &str) -> Result<Self, StoreError> {
        key.seal(SECRET_PURPOSE, text.as_bytes()).map(Self)
    }

    /// Reads the key in it as one of this kind; the inner error says why it is none.
    pub(super) fn read(
        &self,
        key: &SecretKey,
        family: KeyFamily,
    ) -> Result<Result<VerifyingKey, KeyFault>, StoreError> {
        let text = key.open(SECRET_PURPOSE, &self.0)?;
        let text = stored("terms.jwt_secret", std::str::from_utf8(&text))?;
        Ok(VerifyingKey::parse(family, text))
    }
}

/// Terms with the names of what they refer to.
#[derive(Debug, Clone)]
pub(crate) struct NamedTerms {
    pub(crate) stored: StoredTerms,
    pub(crate) policy: Option<Named<PolicyId>>,
    pub(crate) collections: Vec<Named<CollectionId>>,
}

/// The terms that a client or profile itself has.
pub(crate) async fn find_terms(
    db: &mut DbConnection,
    key: &SecretKey,
    owner: TermsOwner,
) -> Result<Option<StoredTerms>, StoreError> {
    let (text, id) = match owner {
        TermsOwner::Client(id) => (FIND_DEFAULT_TERMS, id.0),
        TermsOwner::Profile(id) => (FIND_OWN_TERMS, id.0),
    };
    let record: Option<TermsRecord> = sqlx::query_as(text).bind(id).fetch_optional(db).await?;
    let Some(record) = record else { return Ok(None) };
    Ok(record.into_terms(key)?.map(|named| named.stored))
}

/// The texts of all keys, in no order.
pub(crate) async fn load_secrets(
    db: &mut DbConnection,
    key: &SecretKey,
) -> Result<Vec<(TermsOwner, Secret)>, StoreError> {
    let rows: Vec<(Option<i64>, Option<i64>, Vec<u8>)> = sqlx::query_as(LOAD_SECRETS).fetch_all(db).await?;
    let mut secrets = Vec::with_capacity(rows.len());
    for (client, profile, sealed) in rows {
        let owner = match (client, profile) {
            (Some(id), _) => TermsOwner::Client(ClientId(id)),
            (None, id) => TermsOwner::Profile(ProfileId(id.unwrap_or_default())),
        };
        let text = key.open(SECRET_PURPOSE, &sealed)?;
        let text = stored("terms.jwt_secret", std::str::from_utf8(&text))?;
        secrets.push((owner, Secret::new(text.to_owned())));
    }
    Ok(secrets)
}

/// Puts terms in the place of those that the owner has, if any.
pub(crate) async fn put_terms(db: &mut DbConnection, owner: TermsOwner, new: &StoredTerms) -> Result<(), StoreError> {
    delete_terms(db, owner).await?;
    let (client, profile) = match owner {
        TermsOwner::Client(id) => (Some(id.0), None),
        TermsOwner::Profile(id) => (None, Some(id.0)),
    };
    let terms = &new.terms;
    let none = JwtTerms::default();
    let jwt = terms.jwt.as_deref().unwrap_or(&none);
    let id: i64 = sqlx::query_scalar(INSERT_TERMS)
        .bind(client)
        .bind(profile)
        .bind(terms.policy_id.map(|id| id.0))
        .bind(terms.method.as_str())
        .bind(terms.mtls_enabled)
        .bind(jwt.family.map(KeyFamily::as_str))
        .bind(new.secret.as_ref().map(|secret| secret.0.as_slice()))
        .bind(jwt.oidc_issuer.as_deref())
        .bind(jwt.oidc_jwks_uri.as_deref())
        .bind(jwt.access_profile_claim.as_deref())
        .bind(to_json(&jwt.rules.required_claims)?)
        .bind(to_json(&jwt.rules.allowed_issuers)?)
        .bind(to_json(&jwt.rules.allowed_audiences)?)
        .bind(to_json(&jwt.rules.algorithms)?)
        .bind(i64::from(jwt.rules.leeway_seconds))
        .bind(terms.validation_formula.as_ref().map(ValidationFormula::as_str))
        .fetch_one(&mut *db)
        .await?;
    for collection in &terms.collection_ids {
        sqlx::query(INSERT_TERMS_COLLECTION).bind(id).bind(collection.0).execute(&mut *db).await?;
    }
    for bundle in &terms.cert_bundle_ids {
        sqlx::query(INSERT_TERMS_BUNDLE).bind(id).bind(bundle.0).execute(&mut *db).await?;
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
    terms_jwt_method: Option<String>,
    terms_jwt_secret: Option<Vec<u8>>,
    terms_oidc_issuer: Option<String>,
    terms_oidc_jwks_uri: Option<String>,
    terms_claim: Option<String>,
    terms_required_claims: Option<String>,
    terms_issuers: Option<String>,
    terms_audiences: Option<String>,
    terms_algorithms: Option<String>,
    terms_leeway: Option<i64>,
    terms_formula: Option<String>,
    terms_bundles: Option<String>,
}

impl TermsRecord {
    pub(crate) fn into_terms(mut self, key: &SecretKey) -> Result<Option<NamedTerms>, StoreError> {
        if self.terms_id.is_none() {
            return Ok(None);
        }
        let collections = named_list(self.terms_collections.as_deref(), CollectionId)?;
        let policy = match (self.terms_policy_id, self.terms_policy_name.as_deref()) {
            (Some(id), Some(text)) => Some(Named { id: PolicyId(id), name: name(text)? }),
            (Some(_) | None, _) => None,
        };
        let method = known("terms.method", self.terms_method.as_deref().and_then(AuthMethod::parse))?;
        let ids = collections.iter().map(|collection| collection.id).collect();
        let mut terms = Terms::new(ids, self.terms_policy_id.map(PolicyId), method);
        terms.mtls_enabled = self.terms_mtls.unwrap_or_default();
        terms.cert_bundle_ids = bundle_ids(self.terms_bundles.as_deref())?;
        let formula = self.terms_formula.as_deref().map(ValidationFormula::parse).transpose();
        terms.validation_formula = stored("terms.validation_formula", formula)?;
        let secret = self.terms_jwt_secret.take().map(SealedSecret);
        if matches!(method, AuthMethod::Jwt | AuthMethod::Oidc) {
            terms.jwt = Some(Box::new(self.into_jwt(key, secret.as_ref())?));
        }
        Ok(Some(NamedTerms { stored: StoredTerms { terms, secret }, policy, collections }))
    }

    fn into_jwt(self, key: &SecretKey, secret: Option<&SealedSecret>) -> Result<JwtTerms, StoreError> {
        let family = self.terms_jwt_method.as_deref();
        let family = family.map(|text| known("terms.jwt_method", KeyFamily::parse(text))).transpose()?;
        let key = match (secret, family) {
            (Some(secret), Some(family)) => Some(stored("terms.jwt_secret", secret.read(key, family)?)?),
            (Some(_), None) => known("terms.jwt_method", None)?,
            (None, _) => None,
        };
        let list = |column: &str, text: Option<&str>| json::<Vec<String>>(column, text.unwrap_or("[]"));
        let leeway = self.terms_leeway.unwrap_or_default();
        let rules = ClaimRules {
            required_claims: list("terms.required_claims", self.terms_required_claims.as_deref())?,
            allowed_issuers: list("terms.allowed_issuers", self.terms_issuers.as_deref())?,
            allowed_audiences: list("terms.allowed_audiences", self.terms_audiences.as_deref())?,
            algorithms: json("terms.jwt_algorithms", self.terms_algorithms.as_deref().unwrap_or("[]"))?,
            leeway_seconds: stored("terms.clock_leeway_seconds", u16::try_from(leeway))?,
        };
        Ok(JwtTerms {
            family,
            key,
            oidc_issuer: self.terms_oidc_issuer.map(Into::into),
            oidc_jwks_uri: self.terms_oidc_jwks_uri.map(Into::into),
            access_profile_claim: self.terms_claim.map(Into::into),
            rules,
        })
    }
}

/// Ids as SQL gathers them: `1,7`. Sorted.
fn bundle_ids(text: Option<&str>) -> Result<Vec<CertBundleId>, StoreError> {
    let numbers = text.unwrap_or_default().split(',').filter(|number| !number.is_empty());
    let ids = numbers.map(|number| number.parse().map(CertBundleId)).collect::<Result<Vec<_>, _>>();
    let mut ids = stored("terms_cert_bundles", ids)?;
    ids.sort_unstable();
    Ok(ids)
}
