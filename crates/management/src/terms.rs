//! Terms on the wire: the same fields at clients (default terms) and at profiles (own terms).
//!
//! Which fields say something differs between creation, where null and nothing are the same, and change, where null
//! clears. What a field may hold is checked here; what fields must hold together, and what they refer to, is checked in
//! the store's transaction, where the present terms are known.

use crate::wire::{Faults, Field, request};
use domain::jwt::KeyFamily;
use domain::secret::Secret;
use domain::terms::AuthMethod;
use domain::{CertBundleId, CollectionId, PolicyId};
use store::{DefaultTermsUpdate, JwtUpdate, MtlsUpdate, OwnTermsUpdate, TermsUpdate};

mod values;

pub(crate) use values::{Algorithms, ClaimName, ClaimNames, FetchUrl, FormulaText, Identifiers, KeyText, Leeway};

request! {
    /// What a profile may do: collections, policy, authentication method and its options.
    pub(crate) struct TermsInput {
        /// Granted collections, one or more.
        api_collection_ids: Option<Vec<CollectionId>>;
        /// The policy; null: no limits.
        api_policy_id: Option<PolicyId>;
        /// How callers authenticate.
        auth_type: Option<AuthMethod>;
        /// For `jwt`: the kind of key.
        jwt_method: Option<KeyFamily>;
        /// For `jwt` and `oidc`: the shared secret as it is, or a public key as PEM, certificate, OpenSSH line or JWK. Never shown again.
        jwt_secret: Option<KeyText>;
        /// For `oidc`: the issuer, whose key set is found by discovery.
        oidc_issuer: Option<FetchUrl>;
        /// For `oidc` and `jwt`: the URL of a key set, instead of a key.
        oidc_jwks_uri: Option<FetchUrl>;
        /// Claim that names the profile for the allowed issuers, tried before the usual ones.
        access_profile_claim: Option<ClaimName>;
        /// Claims that must be there.
        required_claims: Option<ClaimNames>;
        /// When not empty, `iss` must be one of these.
        allowed_issuers: Option<Identifiers>;
        /// When not empty, `aud` must name one of these.
        allowed_audiences: Option<Identifiers>;
        /// When not empty, only these algorithms; each must fit the key.
        jwt_algorithms: Option<Algorithms>;
        /// How far clocks may differ, in seconds: 0 to 300, default 30.
        clock_leeway_seconds: Option<Leeway>;
        /// Whether a client certificate is asked for besides the credential. Needs at least one certificate bundle.
        mtls_enabled: Option<bool>;
        /// Certificate bundles whose authorities are trusted, at most 5. Kept while mutual TLS is switched off.
        cert_bundle_ids: Option<Vec<CertBundleId>>;
        /// What the certificate must say: `FIELD=value` joined by commas, all must hold. FIELD is CN, O, OU, C, SAN.DNS, SAN.URI or SAN.EMAIL; `*.` in front of a value stands for one label. Null: nothing.
        validation_formula: Option<FormulaText>;
    }
}

impl TermsInput {
    /// Default terms of a new client: none where no field says anything.
    pub(crate) fn default_terms(self, faults: &mut Faults) -> Option<TermsUpdate> {
        if !self.says_something() {
            return None;
        }
        if self.has_no_collections() {
            faults.bad("api_collection_ids", "can't be blank");
        }
        if self.auth_type.is_empty() {
            faults.bad("auth_type", "can't be blank");
        }
        Some(self.into_update())
    }

    /// Own terms of a new profile: the client's are used where no field says anything and `own_terms` is not true.
    pub(crate) fn own_terms(self, own_terms: Field<Option<bool>>, faults: &mut Faults) -> Option<TermsUpdate> {
        // A null policy says "no limits": it must never turn into the client's policy.
        let says_something = self.says_something() || self.api_policy_id == Field::Given(None);
        let asked = own_terms.flat();
        if asked == Some(false) && says_something {
            faults.bad("own_terms", "can't be false together with terms of its own");
            return None;
        }
        if asked != Some(true) && !says_something {
            // Asked for no collections at all: the client's, which are more, are no answer to that.
            if !self.api_collection_ids.is_empty() {
                faults.bad("api_collection_ids", "can't be blank");
            }
            return None;
        }
        if self.has_no_collections() {
            faults.bad("api_collection_ids", "can't be blank");
        }
        let mut update = self.into_update();
        update.method = update.method.or(Some(AuthMethod::Token));
        Some(update)
    }

    /// A change of a client's default terms: `auth_type: null` takes them away.
    pub(crate) fn default_terms_update(self, faults: &mut Faults) -> Option<DefaultTermsUpdate> {
        if self.auth_type == Field::Given(None) {
            if self.says_something() {
                faults.bad("auth_type", "can't be null together with other terms");
            }
            return Some(DefaultTermsUpdate::Remove);
        }
        self.update(faults).map(DefaultTermsUpdate::Change)
    }

    /// A change of a profile's terms: any field makes them its own, `own_terms: false` alone gives them up.
    pub(crate) fn own_terms_update(self, own_terms: Field<bool>, faults: &mut Faults) -> Option<OwnTermsUpdate> {
        let own_terms = own_terms.value();
        if own_terms == Some(false) {
            if self.sends_something() {
                faults.bad("own_terms", "can't be false together with terms of its own");
            }
            return Some(OwnTermsUpdate::UseClients);
        }
        if self.auth_type == Field::Given(None) {
            faults.bad("auth_type", "can't be blank");
        }
        let update = self.update(faults);
        let update = if own_terms == Some(true) { update.or(Some(TermsUpdate::default())) } else { update };
        update.map(OwnTermsUpdate::Change)
    }

    fn update(self, faults: &mut Faults) -> Option<TermsUpdate> {
        if !self.api_collection_ids.is_absent() && self.has_no_collections() {
            faults.bad("api_collection_ids", "can't be blank");
        }
        self.sends_something().then(|| self.into_update())
    }

    fn into_update(self) -> TermsUpdate {
        let url = |field: Field<Option<FetchUrl>>| field.value().map(|url| url.map(|url| url.0));
        let jwt = JwtUpdate {
            family: self.jwt_method.value(),
            secret: self.jwt_secret.value().map(|text| text.and_then(|text| text.0).map(Secret::new)),
            oidc_issuer: url(self.oidc_issuer),
            oidc_jwks_uri: url(self.oidc_jwks_uri),
            access_profile_claim: self.access_profile_claim.value().map(|claim| claim.map(|claim| claim.0)),
            required_claims: self.required_claims.value().map(|list| list.unwrap_or_default().0),
            allowed_issuers: self.allowed_issuers.value().map(|list| list.unwrap_or_default().0),
            allowed_audiences: self.allowed_audiences.value().map(|list| list.unwrap_or_default().0),
            algorithms: self.jwt_algorithms.value().map(|list| list.unwrap_or_default().0),
            clock_leeway_seconds: self.clock_leeway_seconds.value().map(|leeway| leeway.unwrap_or_default().0),
        };
        let mtls = MtlsUpdate {
            enabled: self.mtls_enabled.value().map(Option::unwrap_or_default),
            cert_bundle_ids: self.cert_bundle_ids.value().map(Option::unwrap_or_default),
            validation_formula: self.validation_formula.value().map(|formula| formula.and_then(|formula| formula.0)),
        };
        TermsUpdate {
            collection_ids: self.api_collection_ids.flat(),
            policy_id: self.api_policy_id.value(),
            method: self.auth_type.flat(),
            jwt,
            mtls,
        }
    }

    /// Whether any field has a value; null is none.
    fn says_something(&self) -> bool {
        !(self.has_no_collections()
            && self.api_policy_id.is_empty()
            && self.auth_type.is_empty()
            && self.says_nothing_of_jwt()
            && self.says_nothing_of_mtls())
    }

    fn says_nothing_of_mtls(&self) -> bool {
        let bundles_blank = match &self.cert_bundle_ids {
            Field::Absent | Field::Given(None) => true,
            Field::Given(Some(ids)) => ids.is_empty(),
            Field::Faulty => false,
        };
        let formula_blank = match &self.validation_formula {
            Field::Absent | Field::Given(None) => true,
            Field::Given(Some(formula)) => formula.0.is_none(),
            Field::Faulty => false,
        };
        let off = matches!(self.mtls_enabled, Field::Absent | Field::Given(None | Some(false)));
        bundles_blank && formula_blank && off
    }

    fn says_nothing_of_jwt(&self) -> bool {
        let is_blank = |list: &Field<Option<Identifiers>>| match list {
            Field::Absent | Field::Given(None) => true,
            Field::Given(Some(list)) => list.0.is_empty(),
            Field::Faulty => false,
        };
        let claims_blank = match &self.required_claims {
            Field::Absent | Field::Given(None) => true,
            Field::Given(Some(list)) => list.0.is_empty(),
            Field::Faulty => false,
        };
        let algorithms_blank = match &self.jwt_algorithms {
            Field::Absent | Field::Given(None) => true,
            Field::Given(Some(list)) => list.0.is_empty(),
            Field::Faulty => false,
        };
        let leeway_default = match self.clock_leeway_seconds {
            Field::Absent | Field::Given(None) => true,
            Field::Given(Some(leeway)) => leeway == Leeway::default(),
            Field::Faulty => false,
        };
        let secret_blank = match &self.jwt_secret {
            Field::Absent | Field::Given(None) => true,
            Field::Given(Some(text)) => text.0.is_none(),
            Field::Faulty => false,
        };
        secret_blank
            && claims_blank
            && algorithms_blank
            && leeway_default
            && self.jwt_method.is_empty()
            && self.oidc_issuer.is_empty()
            && self.oidc_jwks_uri.is_empty()
            && self.access_profile_claim.is_empty()
            && is_blank(&self.allowed_issuers)
            && is_blank(&self.allowed_audiences)
    }

    /// Whether any field was sent, null too.
    fn sends_something(&self) -> bool {
        !(self.api_collection_ids.is_absent()
            && self.api_policy_id.is_absent()
            && self.auth_type.is_absent()
            && self.jwt_method.is_absent()
            && self.jwt_secret.is_absent()
            && self.oidc_issuer.is_absent()
            && self.oidc_jwks_uri.is_absent()
            && self.access_profile_claim.is_absent()
            && self.required_claims.is_absent()
            && self.allowed_issuers.is_absent()
            && self.allowed_audiences.is_absent()
            && self.jwt_algorithms.is_absent()
            && self.clock_leeway_seconds.is_absent()
            && self.mtls_enabled.is_absent()
            && self.cert_bundle_ids.is_absent()
            && self.validation_formula.is_absent())
    }

    fn has_no_collections(&self) -> bool {
        match &self.api_collection_ids {
            Field::Absent | Field::Given(None) => true,
            Field::Given(Some(ids)) => ids.is_empty(),
            Field::Faulty => false,
        }
    }
}
