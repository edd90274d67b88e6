//! `POST /api/explain`

use super::view::{ExplanationView, of_described};
use super::{Described, DescribedCredential};
use crate::answer::Data;
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{Body, State};
use crate::state::ManagementState;
use crate::wire::{Faults, Json, Wire, integer, request, text};
use domain::ProfileId;
use domain::client_certificate::ClientCertificate;
use domain::secret::Secret;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

request! {
    /// A request as a caller would send it. At most one of `api_token`, `authorization` and `api_key_id`.
    pub(crate) struct ExplainInput {
        /// Its method.
        method: MethodName, required;
        /// Its path, or its whole URL.
        url: UrlText, required;
        /// The value of the header `api-token`. Used once, never stored.
        api_token: Option<CredentialText>;
        /// The value of the header `Authorization`. Used once, never stored.
        authorization: Option<CredentialText>;
        /// The access profile that sends it, instead of a credential.
        api_key_id: Option<ProfileId>;
        /// The client certificate that its connection has, in PEM, with its chain. That its caller has the key is taken for granted.
        client_certificate: Option<CertificateText>;
        /// The address that it comes from. Without one the source is unknown.
        from: Option<Address>;
        /// Length of its body.
        body_bytes: Option<BodyBytes>;
    }
}

impl ExplainInput {
    fn described(self, faults: &mut Faults) -> Option<Described> {
        let (token, authorization, profile) =
            (self.api_token.flat(), self.authorization.flat(), self.api_key_id.flat());
        let credential = match (token, authorization, profile) {
            (None, None, None) => DescribedCredential::None,
            (Some(token), None, None) => DescribedCredential::Token(token.0),
            (None, Some(value), None) => DescribedCredential::Authorization(value.0),
            (None, None, Some(id)) => DescribedCredential::Profile(id),
            _ => {
                faults.bad("api_token", "can't be sent together with authorization or api_key_id: one of the three");
                return None;
            }
        };
        Some(Described {
            method: self.method.value()?.0,
            url: self.url.value()?.0,
            credential,
            certificate: self.client_certificate.flat().map(|certificate| certificate.0),
            from: self.from.flat().map(|address| address.0),
            body_bytes: self.body_bytes.flat().map(|bytes| bytes.0),
        })
    }
}

/// Explain a request
///
/// Runs every check on the gateway's own data and shows what each compared, which one would stop the request, and what to
/// change. Nothing is counted and nothing is forwarded.
#[utoipa::path(post, path = "/api/explain", tag = "Explain", operation_id = "explain_request",
    request_body(content = ExplainInput,
        example = json!({"method": "GET", "url": "/quote-to-cash-v1/quotes", "api_key_id": 9, "from": "203.0.113.7"})),
    responses((status = 200, description = "Every check in order", body = Data<ExplanationView>), ChangeErrors))]
pub(crate) async fn explain_request(
    State(state): State<ManagementState>,
    body: Body<ExplainInput>,
) -> Result<Data<ExplanationView>, ApiError> {
    let Body { input, mut faults } = body;
    let described = input.described(&mut faults);
    let described = faults.finish(|| described)?;
    Ok(Data { data: of_described(&state, described).await? })
}

/// A method: a token of at most 32 characters.
#[derive(Debug)]
pub(crate) struct MethodName(String);

impl Wire for MethodName {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let method = String::read(json, faults)?;
        if method.is_empty() || method.len() > 32 || !method.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            faults.bad("", "must be the name of a method, as in GET");
            return None;
        }
        Some(Self(method))
    }

    fn schema() -> RefOr<Schema> {
        text(1, 32).into()
    }
}

/// A path or URL of at most 8,192 characters.
#[derive(Debug)]
pub(crate) struct UrlText(String);

impl Wire for UrlText {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let url = String::read(json, faults)?;
        if url.is_empty() || url.len() > 8192 {
            faults.bad("", "must be a path that begins with / or an http or https URL, of at most 8192 characters");
            return None;
        }
        Some(Self(url))
    }

    fn schema() -> RefOr<Schema> {
        text(1, 8192).into()
    }
}

/// A credential as it stands in a header.
pub(crate) struct CredentialText(Secret);

impl fmt::Debug for CredentialText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CredentialText(..)")
    }
}

impl Wire for CredentialText {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let value = Secret::new(String::read(json, faults)?);
        if value.expose().is_empty() || value.expose().len() > 16 * 1024 {
            faults.bad("", "must be 1 to 16384 characters");
            return None;
        }
        Some(Self(value))
    }

    fn schema() -> RefOr<Schema> {
        text(1, 16 * 1024).into()
    }
}

/// A certificate and its chain as PEM, of at most 64 KiB.
#[derive(Debug)]
pub(crate) struct CertificateText(Arc<ClientCertificate>);

impl Wire for CertificateText {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let pem = String::read(json, faults)?;
        if pem.len() > 64 * 1024 {
            faults.bad("", "must be at most 65536 characters");
            return None;
        }
        match ClientCertificate::from_pem(&pem) {
            Ok(Some(certificate)) => return Some(Self(certificate)),
            Ok(None) => faults.bad("", "must be a certificate in PEM, with its chain if it has one"),
            Err(found) => found.iter().take(3).for_each(|fault| faults.bad("", fault.to_string())),
        }
        None
    }

    fn schema() -> RefOr<Schema> {
        text(1, 64 * 1024).into()
    }
}

/// An IP address.
#[derive(Debug)]
pub(crate) struct Address(IpAddr);

impl Wire for Address {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let address = String::read(json, faults)?.parse().ok().map(Self);
        if address.is_none() {
            faults.bad("", "must be an IPv4 or IPv6 address");
        }
        address
    }

    fn schema() -> RefOr<Schema> {
        text(2, 45).into()
    }
}

/// A length in bytes.
#[derive(Debug)]
pub(crate) struct BodyBytes(u64);

impl Wire for BodyBytes {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let bytes = u64::try_from(i64::read(json, faults)?).ok();
        if bytes.is_none() {
            faults.bad("", "must be 0 or more");
        }
        bytes.map(Self)
    }

    fn schema() -> RefOr<Schema> {
        integer(0, i64::MAX)
    }
}
