//! Values that only webhooks have.

use crate::wire::{Faults, Json, Wire};
use domain::webhook::WebhookEvent;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

/// What a webhook is told of: one event or more, each once.
#[derive(Debug)]
pub(crate) struct EventList(pub(crate) Vec<WebhookEvent>);

impl Wire for EventList {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let mut events = Vec::<WebhookEvent>::read(json, faults)?;
        events.sort_unstable();
        events.dedup();
        if events.is_empty() {
            faults.bad("", "can't be blank: a webhook is told of one event or more");
            return None;
        }
        Some(Self(events))
    }

    fn schema() -> RefOr<Schema> {
        match Vec::<WebhookEvent>::schema() {
            RefOr::T(Schema::Array(mut array)) => {
                array.min_items = Some(1);
                Schema::Array(array).into()
            }
            other @ (RefOr::Ref(_) | RefOr::T(_)) => other,
        }
    }
}
