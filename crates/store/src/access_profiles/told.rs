//! What webhooks are told of profiles: who and what, never a credential.

use super::ProfileRow;
use crate::audit::moment;
use crate::error::StoreError;
use crate::tx::Tx;
use domain::text::Name;
use domain::webhook::WebhookEvent;
use domain::{ClientId, ProfileId};
use serde_json::{Value, json};

/// Tells that a profile has a new credential in place of its old one.
pub(super) async fn tell_refreshed(tx: &mut Tx<'_>, row: &ProfileRow) -> Result<(), StoreError> {
    let overlap_ends_at = row.profile.credentials.iter().filter_map(|credential| credential.ends_at).max();
    let mut data = about(tx, row);
    if let Some(fields) = data.as_object_mut() {
        fields.insert("overlap_ends_at".to_owned(), json!(overlap_ends_at.map(moment)));
    }
    tx.notify(WebhookEvent::CredentialRefreshed, data).await
}

/// Tells that a profile was switched off.
pub(super) async fn tell_disabled(tx: &mut Tx<'_>, row: &ProfileRow) -> Result<(), StoreError> {
    let data = about(tx, row);
    tx.notify(WebhookEvent::ProfileDisabled, disabled(data, SwitchedOff::Profile)).await
}

/// Tells that profiles are off because their client was switched off: those that were on.
pub(crate) async fn tell_disabled_with_client(
    tx: &mut Tx<'_>,
    client: (ClientId, &Name),
    profiles: &[(ProfileId, &Name)],
) -> Result<(), StoreError> {
    let about = |(id, name)| disabled(about_profile(tx, client, (id, name)), SwitchedOff::Client);
    let data: Vec<_> = profiles.iter().copied().map(about).collect();
    tx.notify_each(WebhookEvent::ProfileDisabled, data).await
}

/// What was switched off.
#[derive(Clone, Copy)]
enum SwitchedOff {
    Profile,
    Client,
}

fn disabled(mut data: Value, what: SwitchedOff) -> Value {
    let what = match what {
        SwitchedOff::Profile => "api_key",
        SwitchedOff::Client => "client",
    };
    if let Some(fields) = data.as_object_mut() {
        fields.insert("switched_off".to_owned(), what.into());
    }
    data
}

fn about(tx: &Tx<'_>, row: &ProfileRow) -> Value {
    about_profile(tx, (row.profile.client_id, &row.client_name), (row.profile.id, &row.profile.name))
}

fn about_profile(tx: &Tx<'_>, client: (ClientId, &Name), profile: (ProfileId, &Name)) -> Value {
    let actor = tx.actor();
    json!({
        "client": { "id": client.0, "name": client.1 },
        "api_key": { "id": profile.0, "name": profile.1 },
        "by": { "type": actor.kind.as_str(), "id": actor.id, "name": actor.name },
    })
}
