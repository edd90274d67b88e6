//! What the gateway found out about a request before anything is decided.

use crate::denial::Denial;
use crate::directory::Route;
use std::net::IpAddr;

/// Where a request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// This address.
    Known(IpAddr),
    /// It cannot be told: a profile with an address list refuses it.
    Unknown,
}

/// Credentials as found in a request, unverified. More than one of a kind is as many as were found.
#[derive(Debug, Clone, Copy, Default)]
pub struct FoundCredentials<'a> {
    /// The value of the header `api-token`.
    pub api_token: Option<&'a [u8]>,
    /// How many headers `api-token` there are.
    pub api_token_count: usize,
    /// The value of the header `Authorization`.
    pub authorization: Option<&'a [u8]>,
    /// How many headers `Authorization` there are.
    pub authorization_count: usize,
}

/// One request, as far as deciding needs it.
#[derive(Debug, Clone)]
pub struct RequestFacts<'a> {
    /// Check 1: what the gateway found wrong with the request itself.
    pub framing: Result<(), Denial>,
    /// The looked-up path; `None`: no collection has it.
    pub route: Option<Route>,
    /// Credentials as found.
    pub credentials: FoundCredentials<'a>,
    /// Where it comes from.
    pub source: Source,
    /// Length of the body, where it is announced.
    pub body_bytes: Option<u64>,
}
