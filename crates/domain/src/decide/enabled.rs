//! Check 5: client and profile are enabled.

use super::recorder::Values;
use crate::denial::Denial;
use crate::directory::{ClientEntry, ProfileEntry};

pub(super) fn check(client: &ClientEntry, profile: &ProfileEntry) -> Result<(), Denial> {
    if !client.is_enabled() {
        return Err(Denial::ClientDisabled);
    }
    if profile.is_active() { Ok(()) } else { Err(Denial::ProfileDisabled) }
}

pub(super) fn values(client: &ClientEntry, profile: &ProfileEntry, values: &mut Values) {
    values.add("client", if client.is_enabled() { "enabled" } else { "disabled" });
    values.add("profile", if profile.is_active() { "enabled" } else { "disabled" });
}
