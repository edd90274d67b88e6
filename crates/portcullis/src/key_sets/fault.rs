//! Why keys could not be had, said to owners: in the log once per change of state, in the status always.

use std::fmt;

/// What went wrong with a source. Holds nothing that the issuer said and no part of a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum KeySetFault {
    /// The source is no URL.
    #[error("the address is not a URL")]
    NotAUrl,
    /// `OpenID` Connect Discovery 1.0, 3.
    #[error("an issuer has neither a query nor a fragment")]
    IssuerForm,
    /// No answer.
    #[error("the {document} could not be fetched: {fault}")]
    Fetch {
        /// Which one.
        document: Document,
        /// Why.
        fault: outbound::FetchError,
    },
    /// An answer other than 200. Redirects are not followed.
    #[error("the {document} was answered with status {status}; it must be 200 (redirects are not followed)")]
    Status {
        /// Which one.
        document: Document,
        /// The status.
        status: u16,
    },
    /// Not a JSON object with `issuer` and `jwks_uri` once.
    #[error("the discovery document is not JSON with an issuer and a jwks_uri")]
    NotDiscovery,
    /// `OpenID` Connect Discovery 1.0, 4.3.
    #[error("the discovery document names another issuer; both must be the same to the last character")]
    OtherIssuer,
    /// The set itself.
    #[error(transparent)]
    Set(#[from] domain::jwt::KeySetFault),
    /// The reader broke off.
    #[error("the answer could not be read")]
    Unreadable,
}

/// What is fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Document {
    /// `/.well-known/openid-configuration`.
    Discovery,
    /// The key set.
    KeySet,
}

impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Discovery => "discovery document",
            Self::KeySet => "key set",
        })
    }
}
