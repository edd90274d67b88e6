//! What the gateway found out about a request before anything is decided.

use crate::client_certificate::ClientCertificate;
use crate::denial::Denial;
use crate::directory::Route;
use crate::ids::ProfileId;
pub use crate::source::Source;
use std::borrow::Cow;

/// Credentials as found in a request, unverified. More than one of a kind is as many as were found.
#[derive(Debug, Clone, Default)]
pub struct FoundCredentials<'a> {
    /// The value of the header `api-token`.
    pub api_token: Option<&'a [u8]>,
    /// How many headers `api-token` there are.
    pub api_token_count: usize,
    /// The value of the header `Authorization`.
    pub authorization: Option<&'a [u8]>,
    /// How many headers `Authorization` there are.
    pub authorization_count: usize,
    /// The decoded value of `api_token` in the query. Read only where the collection allows it.
    pub query_token: Option<Cow<'a, [u8]>>,
    /// How many `api_token` there are in the query.
    pub query_token_count: usize,
}

/// How a request is known to be somebody's.
#[derive(Debug, Clone)]
pub enum Claimant<'a> {
    /// By the credentials that it carries.
    Credentials(FoundCredentials<'a>),
    /// By what was recorded of it: for explanations only, which never let a permit out.
    Recorded(ProfileId),
}

/// One request, as far as deciding needs it.
#[derive(Debug, Clone)]
pub struct RequestFacts<'a> {
    /// Check 1: what the gateway found wrong with the request itself.
    pub framing: Result<(), Denial>,
    /// The looked-up path; `None`: no collection has it.
    pub route: Option<Route>,
    /// Whose it says to be.
    pub claimant: Claimant<'a>,
    /// Where it comes from.
    pub source: Source,
    /// The certificate that the caller's connection was opened with.
    pub certificate: Option<&'a ClientCertificate>,
    /// Length of the body, where it is announced.
    pub body_bytes: Option<u64>,
}
