//! Webhooks: `/api/webhooks`.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod deliveries;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod retry;
pub(crate) mod test;
pub(crate) mod update;
mod values;
mod view;

pub(crate) use values::EventList;
pub(crate) use view::{DeliveryView, WebhookView};

use domain::secret::Secret;

/// A fresh secret to sign messages with.
fn fresh_secret() -> Result<Secret, crate::error::ApiError> {
    let mut random = [0; 32];
    aws_lc_rs::rand::fill(&mut random).map_err(|_| crate::error::ApiError::internal("no random bytes to be had"))?;
    let secret = domain::webhook::generate_secret(random);
    crate::shown_once::note(&secret);
    Ok(secret)
}
