//! What is fuzzed: one function per target, which reads any bytes and panics if a property does not hold.
//!
//! The programs in `fuzz/bins` hand them what libFuzzer makes up (`cargo xtask fuzz`); the test of this crate replays
//! `fuzz/corpus` and `fuzz/regressions`. Inputs are text wherever that is possible, one part per line, so that a
//! corpus file can be read and written by hand.

mod cidr;
mod credentials;
mod forwarded_for;
mod jwt;
mod jwt_keys;
mod openapi;
mod policy;
mod unique_names;

pub use cidr::cidr;
pub use credentials::credentials;
pub use forwarded_for::forwarded_for;
pub use jwt::jwt;
pub use jwt_keys::jwt_keys;
pub use openapi::openapi;
pub use policy::policy;

/// A target: looks at one input and panics if a property does not hold.
pub type Target = fn(&[u8]);

/// Every target by its name.
pub const TARGETS: [(&str, Target); 7] = [
    ("cidr", cidr),
    ("credentials", credentials),
    ("forwarded_for", forwarded_for),
    ("jwt", jwt),
    ("jwt_keys", jwt_keys),
    ("openapi", openapi),
    ("policy", policy),
];

/// The lines of an input; the last may be empty.
fn lines(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    data.split(|byte| *byte == b'\n')
}
