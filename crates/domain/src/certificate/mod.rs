//! X.509 certificates (RFC 5280) as far as mutual TLS needs them: what they say of themselves, and the certificates of
//! authorities that owners paste. Whether a chain may be trusted is decided by `client_certificate`.

mod authorities;
mod facts;
mod pem;
#[cfg(test)]
pub(crate) mod test_authority;
#[cfg(test)]
mod tests;

pub use authorities::{Authorities, Authority, AuthorityFault, AuthorityProblem};
pub use facts::{CertificateFacts, CertificateField, Validity};

pub(crate) use pem::read_certificates;
