//! Check 4: mutual TLS, where the profile asks for it. Client certificates come with a later version: until then a
//! profile that asks for one admits nobody.

use crate::denial::Denial;
use crate::terms::Terms;

pub(super) fn check(terms: Option<&Terms>) -> Result<(), Denial> {
    if terms.is_some_and(|terms| terms.mtls_enabled) { Err(Denial::MtlsMissing) } else { Ok(()) }
}
