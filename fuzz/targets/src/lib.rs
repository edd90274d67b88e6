//! What is fuzzed: one function per target, which reads any bytes and panics if a property does not hold.
//!
//! The programs in `fuzz/bins` hand them what libFuzzer makes up (`cargo xtask fuzz`); the test of this crate replays
//! `fuzz/corpus` and `fuzz/regressions`. Inputs are text wherever that is possible, one part per line, so that a
//! corpus file can be read and written by hand.

mod chunked;
mod cidr;
mod credentials;
mod forwarded_for;
mod http_request;
mod http_response;
mod jwt;
mod jwt_keys;
mod openapi;
mod oracle;
mod policy;
mod proxy_protocol;
mod unique_names;

pub use chunked::chunked;
pub use cidr::cidr;
pub use credentials::credentials;
pub use forwarded_for::forwarded_for;
pub use http_request::http_request;
pub use http_response::http_response;
pub use jwt::jwt;
pub use jwt_keys::jwt_keys;
pub use openapi::openapi;
pub use policy::policy;
pub use proxy_protocol::proxy_protocol;

/// A target: looks at one input and panics if a property does not hold.
pub type Target = fn(&[u8]);

/// Every target by its name.
pub const TARGETS: [(&str, Target); 11] = [
    ("chunked", chunked),
    ("cidr", cidr),
    ("credentials", credentials),
    ("forwarded_for", forwarded_for),
    ("http_request", http_request),
    ("http_response", http_response),
    ("jwt", jwt),
    ("jwt_keys", jwt_keys),
    ("openapi", openapi),
    ("policy", policy),
    ("proxy_protocol", proxy_protocol),
];

/// The lines of an input; the last may be empty.
fn lines(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    data.split(|byte| *byte == b'\n')
}
