//! Check 6: the source address. The deny list is asked first and wins.

use super::facts::Source;
use crate::denial::Denial;
use crate::directory::ProfileEntry;

pub(super) fn check(profile: &ProfileEntry, source: Source) -> Result<(), Denial> {
    let Some(lists) = profile.addresses() else { return Ok(()) };
    let Source::Known(address) = source else { return Err(Denial::IpUnknown) };
    if lists.deny.contains(address) {
        return Err(Denial::IpDenied);
    }
    if lists.allow.is_empty() || lists.allow.contains(address) { Ok(()) } else { Err(Denial::IpNotAllowed) }
}
