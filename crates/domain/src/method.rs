//! HTTP methods that an endpoint can have. TRACE and CONNECT never.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A method of a request that the gateway serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// GET
    Get,
    /// HEAD
    Head,
    /// POST
    Post,
    /// PUT
    Put,
    /// PATCH
    Patch,
    /// DELETE
    Delete,
    /// OPTIONS
    Options,
}

impl Method {
    /// All methods, in the order in which `Allow` lists them.
    pub const ALL: [Self; 7] = [Self::Get, Self::Head, Self::Post, Self::Put, Self::Patch, Self::Delete, Self::Options];

    /// Reads a method token. Case-sensitive, as RFC 9110 9.1 has it.
    pub fn from_token(token: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str().as_bytes() == token)
    }

    /// The method token.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
            Self::Options => "OPTIONS",
        }
    }

    /// Whether a repeated request has the effect of one (RFC 9110 9.2.2).
    pub fn is_idempotent(self) -> bool {
        !matches!(self, Self::Post | Self::Patch)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The method of an endpoint: one, or `ANY` of [`Method::ALL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum EndpointMethod {
    /// Every method that the gateway serves.
    #[serde(rename = "ANY")]
    Any,
    /// Exactly this one (GET also admits HEAD).
    #[serde(untagged)]
    One(Method),
}

impl EndpointMethod {
    /// Reads a method as written by an owner: a token in any case, or `ANY`.
    pub fn parse(text: &str) -> Option<Self> {
        let upper = text.trim().to_ascii_uppercase();
        if upper == "ANY" { Some(Self::Any) } else { Method::from_token(upper.as_bytes()).map(Self::One) }
    }

    /// The method as shown and stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Any => "ANY",
            Self::One(method) => method.as_str(),
        }
    }

    /// How well this endpoint fits a request's method: lower is better, `None` not at all.
    /// The same method, then GET for HEAD, then ANY.
    pub fn fit(self, request: Method) -> Option<u8> {
        match self {
            Self::One(method) if method == request => Some(0),
            Self::One(Method::Get) if request == Method::Head => Some(1),
            Self::Any => Some(2),
            Self::One(_) => None,
        }
    }
}
