//! Terms on the wire: the same fields at clients (default terms) and at profiles (own terms).
//!
//! Which fields say something differs between creation, where null and nothing are the same, and change, where null
//! clears. Settings of later versions are read here too, and refused.

use crate::wire::{Faults, Field, Json, NotAvailable, Wire, integer, request};
use domain::terms::{AuthMethod, Terms};
use domain::{CollectionId, PolicyId};
use store::{DefaultTermsUpdate, OwnTermsUpdate, TermsUpdate};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

/// Clock leeway where none is given, in seconds.
const DEFAULT_LEEWAY_SECONDS: i64 = 30;

request! {
    /// What a profile may do: collections, policy, authentication method and its options.
    pub(crate) struct TermsInput {
        /// Granted collections, one or more.
        api_collection_ids: Option<Vec<CollectionId>>;
        /// The policy; null: no limits.
        api_policy_id: Option<PolicyId>;
        /// How callers authenticate. This version: `token`.
        auth_type: Option<EnforcedMethod>;
        /// Not available in this version: null.
        jwt_method: NotAvailable;
        /// Not available in this version: null.
        jwt_secret: NotAvailable;
        /// Not available in this version: null.
        oidc_issuer: NotAvailable;
        /// Not available in this version: null.
        oidc_jwks_uri: NotAvailable;
        /// Not available in this version: null.
        access_profile_claim: NotAvailable;
        /// Not available in this version: null or empty.
        required_claims: NotAvailable;
        /// Not available in this version: null or empty.
        allowed_issuers: NotAvailable;
        /// Not available in this version: null or empty.
        allowed_audiences: NotAvailable;
        /// Not available in this version: null or empty.
        jwt_algorithms: NotAvailable;
        /// This version takes the default only: 30.
        clock_leeway_seconds: Option<DefaultLeeway>;
        /// Not available in this version: false.
        mtls_enabled: NotAvailable;
        /// Not available in this version: null or empty.
        cert_bundle_ids: NotAvailable;
        /// Not available in this version: null.
        validation_formula: NotAvailable;
    }
}

impl TermsInput {
    /// Default terms of a new client: none where no field says anything.
    pub(crate) fn default_terms(self, faults: &mut Faults) -> Option<Terms> {
        if !self.says_something() {
            return None;
        }
        if self.has_no_collections() {
            faults.bad("api_collection_ids", "can't be blank");
        }
        if self.auth_type.is_empty() {
            faults.bad("auth_type", "can't be blank");
        }
        let method = self.auth_type.flat()?.0;
        Some(Terms::new(self.api_collection_ids.flat()?, self.api_policy_id.flat(), method))
    }

    /// Own terms of a new profile: the client's are used where no field says anything and `own_terms` is not true.
    pub(crate) fn own_terms(self, own_terms: Field<Option<bool>>, faults: &mut Faults) -> Option<Terms> {
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
        let method = self.auth_type.flat().map_or(AuthMethod::Token, |method| method.0);
        Some(Terms::new(self.api_collection_ids.flat()?, self.api_policy_id.flat(), method))
    }

    /// A change of a client's default terms: `auth_type: null` takes them away.
    pub(crate) fn default_terms_update(self, faults: &mut Faults) -> Option<DefaultTermsUpdate> {
        if self.auth_type == Field::Given(None) {
            if !self.has_no_collections() || !matches!(self.api_policy_id, Field::Absent | Field::Given(None)) {
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
        self.sends_something().then(|| TermsUpdate {
            collection_ids: self.api_collection_ids.flat(),
            policy_id: self.api_policy_id.value(),
            method: self.auth_type.flat().map(|method| method.0),
        })
    }

    /// Whether any field has a value; null is none.
    fn says_something(&self) -> bool {
        !(self.has_no_collections() && self.api_policy_id.is_empty() && self.auth_type.is_empty())
    }

    /// Whether any field was sent, null too.
    fn sends_something(&self) -> bool {
        !(self.api_collection_ids.is_absent() && self.api_policy_id.is_absent() && self.auth_type.is_absent())
    }

    fn has_no_collections(&self) -> bool {
        match &self.api_collection_ids {
            Field::Absent | Field::Given(None) => true,
            Field::Given(Some(ids)) => ids.is_empty(),
            Field::Faulty => false,
        }
    }
}

/// An authentication method that this version enforces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EnforcedMethod(AuthMethod);

impl Wire for EnforcedMethod {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        match AuthMethod::read(json, faults)? {
            AuthMethod::Token => Some(Self(AuthMethod::Token)),
            AuthMethod::Jwt | AuthMethod::Oauth2 | AuthMethod::Oidc => {
                faults.not_available("");
                None
            }
        }
    }

    fn schema() -> RefOr<Schema> {
        AuthMethod::schema()
    }
}

/// The default clock leeway; another one is a setting of a later version.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DefaultLeeway;

impl Wire for DefaultLeeway {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let seconds = i64::read(json, faults)?;
        if seconds == DEFAULT_LEEWAY_SECONDS {
            return Some(Self);
        }
        faults.not_available("");
        None
    }

    fn schema() -> RefOr<Schema> {
        integer(DEFAULT_LEEWAY_SECONDS, DEFAULT_LEEWAY_SECONDS)
    }
}
