//! Check 6: the source address. The deny list is asked first and wins.

use super::facts::Source;
use super::recorder::Values;
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

pub(super) fn values(profile: &ProfileEntry, source: Source, values: &mut Values) {
    match source {
        Source::Known(address) => values.add("source", address),
        Source::Unknown { last_hop } => values.add("source", format!("unknown; last good hop {last_hop}")),
    }
    if let Some(lists) = profile.addresses() {
        values.add_list("deny_list", lists.deny.ranges(), "empty");
        values.add_list("allow_list", lists.allow.ranges(), "empty: any");
    }
}
