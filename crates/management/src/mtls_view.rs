//! What is asked of client certificates, as shown at clients and profiles.

use domain::terms::Terms;
use domain::validation_formula::ValidationFormula;
use serde::Serialize;
use utoipa::ToSchema;

/// Mutual TLS.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MutualTls)]
pub(crate) struct MtlsView {
    /// Whether a client certificate is asked for besides the credential.
    mtls_enabled: bool,
    /// Bundles whose authorities are trusted.
    #[schema(example = json!([2]))]
    cert_bundle_ids: Vec<i64>,
    /// What the certificate must say; null: nothing.
    #[schema(example = "O=Northwind,SAN.DNS=*.northwind.example")]
    validation_formula: Option<String>,
}

impl MtlsView {
    /// Shows what terms ask; nothing where there are none.
    pub(crate) fn new(terms: Option<&Terms>) -> Self {
        let formula = terms.and_then(|terms| terms.validation_formula.as_ref());
        Self {
            mtls_enabled: terms.is_some_and(|terms| terms.mtls_enabled),
            cert_bundle_ids: terms.iter().flat_map(|terms| &terms.cert_bundle_ids).map(|id| id.0).collect(),
            validation_formula: formula.map(ValidationFormula::as_str).map(ToOwned::to_owned),
        }
    }
}
