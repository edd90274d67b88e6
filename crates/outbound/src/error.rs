//! Why a fetch failed, said to owners. No text of a library and no part of the URL is in it.

use std::net::IpAddr;

/// Why nothing was fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// Neither https nor http.
    #[error("the URL must begin with https://")]
    Scheme,
    /// http to anything but an allowed loopback address.
    #[error("http:// goes only to loopback addresses that outbound_allowed names; use https://")]
    PlainHttp,
    /// Credentials in the URL.
    #[error("the URL must not hold a user name or a password")]
    UserInfo,
    /// `#...` in the URL.
    #[error("the URL must not hold a fragment")]
    Fragment,
    /// The resolver failed or knows no address.
    #[error("the name of the host could not be resolved")]
    Unresolved,
    /// None of the host's addresses may be gone to; this is the first of them.
    #[error("{0} is not a public address and outbound_allowed does not name it")]
    Forbidden(IpAddr),
    /// Not finished within the limits.
    #[error("it was not answered in time")]
    Timeout,
    /// No connection to any permitted address.
    #[error("no connection could be made")]
    Unreachable,
    /// The certificate cannot be verified.
    #[error("the certificate of the server is not trusted, not valid now or not for this name")]
    Certificate,
    /// The handshake failed for another reason.
    #[error("the server and we could not agree on TLS")]
    Tls,
    /// The connection ended before the answer did, or the answer is not HTTP.
    #[error("the answer is incomplete or is not HTTP")]
    Broken,
    /// The body is larger than the limit.
    #[error("the answer is larger than {limit_bytes} bytes")]
    TooLarge {
        /// The limit.
        limit_bytes: usize,
    },
    /// `Content-Encoding` in the answer; none was asked for.
    #[error("the answer is compressed, which was not asked for")]
    Encoded,
}

/// The fetcher cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// TLS cannot be set up.
    #[error("cannot set up TLS for fetches: {0}")]
    Tls(#[from] rustls::Error),
    /// The HTTP client cannot be set up.
    #[error("cannot set up the client for fetches: {0}")]
    Client(#[from] reqwest::Error),
}
