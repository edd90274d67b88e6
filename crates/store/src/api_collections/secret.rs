//! The secret by which the gateway authenticates at an upstream: sealed at rest, never in the audit log.

use crate::error::{FaultKind, Faults, StoreError};
use crate::row::stored;
use crate::secret_key::SecretKey;
use domain::secret::Secret;
use domain::upstream::{Upstream, UpstreamAuth};
use serde_json::Value;

/// What it is sealed for.
const PURPOSE: &str = "api_collections.upstream_secret";

/// Seals the secret of an upstream, if it has one.
pub(super) fn seal(key: &SecretKey, upstream: &Upstream) -> Result<Option<Vec<u8>>, StoreError> {
    upstream.auth.secret.as_ref().map(|secret| key.seal(PURPOSE, secret.expose().as_bytes())).transpose()
}

/// Opens a stored secret.
pub(super) fn open(key: &SecretKey, sealed: Option<&[u8]>) -> Result<Option<Secret>, StoreError> {
    let Some(sealed) = sealed else { return Ok(None) };
    let text = key.open(PURPOSE, sealed)?;
    let text = stored(PURPOSE, std::str::from_utf8(&text))?;
    Ok(Some(Secret::new(text.to_owned())))
}

/// An upstream as it shall be: where a change brings no secret, the present one goes on if it may.
pub(super) fn with_present(mut next: Upstream, present: &Upstream) -> Upstream {
    if next.auth.secret.is_none() && present.may_keep_secret(&next) {
        next.auth.secret.clone_from(&present.auth.secret);
    }
    next
}

/// Says in the state after a change that the secret is another one, which nothing else there can show.
pub(super) fn note_change(before: &Upstream, after: &Upstream, state: &mut Value) {
    let (before, after) = (&before.auth, &after.auth);
    let is_another = after.secret.is_some() && UpstreamAuth { way: after.way.clone(), ..before.clone() } != *after;
    if is_another && let Some(auth) = state.pointer_mut("/upstream/auth").and_then(Value::as_object_mut) {
        auth.insert("secret".to_owned(), Value::from("changed"));
    }
}

/// Notes a way to authenticate that lacks its secret, and a header that two have a claim on.
pub(super) fn check(upstream: &Upstream, pass_authorization: bool, faults: &mut Faults) {
    let way = &upstream.auth.way;
    if let (Some(field), None) = (way.secret_field(), &upstream.auth.secret) {
        let message = "must be given: for this way to authenticate and these hosts none is stored";
        faults.add(format!("upstream.auth.{field}"), FaultKind::Bad, message);
    }
    if pass_authorization && way.header() == Some("authorization") {
        faults.add("pass_authorization", FaultKind::Bad, "must be false where upstream.auth sets Authorization");
    }
}
