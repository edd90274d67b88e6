//! Check 5: client and profile are enabled.

use crate::denial::Denial;
use crate::directory::{ClientEntry, ProfileEntry};

pub(super) fn check(client: &ClientEntry, profile: &ProfileEntry) -> Result<(), Denial> {
    if !client.is_enabled() {
        return Err(Denial::ClientDisabled);
    }
    if profile.is_active() { Ok(()) } else { Err(Denial::ProfileDisabled) }
}
