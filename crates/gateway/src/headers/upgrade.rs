//! Upgrades (RFC 9110 7.8). The one that is passed on is `websocket` (RFC 6455); others are not asked for.

use crate::seam::{Fields, RequestHead};

/// Whether a request asks for a WebSocket, and for nothing else.
pub(crate) fn is_asked_for(head: &RequestHead<'_>) -> bool {
    let words = head.values("connection").flat_map(|value| value.split(|&byte| byte == b','));
    let says_upgrade = words.map(<[u8]>::trim_ascii).any(|word| word.eq_ignore_ascii_case(b"upgrade"));
    says_upgrade && is_to_websocket(head.values("upgrade"))
}

/// Whether the values of `Upgrade` name a WebSocket, once and alone.
pub(crate) fn is_to_websocket<'a>(mut upgrade: impl Iterator<Item = &'a [u8]>) -> bool {
    let first = upgrade.next();
    upgrade.next().is_none() && first.is_some_and(|value| value.trim_ascii().eq_ignore_ascii_case(b"websocket"))
}

/// Adds the fields that ask for it, or grant it.
pub(super) fn push(fields: &mut Fields) {
    fields.push("connection", "upgrade");
    fields.push("upgrade", "websocket");
}
