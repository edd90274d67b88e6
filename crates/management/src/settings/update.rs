//! `PUT /api/settings`

use super::SettingsView;
use crate::answer::{Changed, Data};
use crate::api_keys::AddressList;
use crate::auth::Caller;
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::Body;
use crate::state::ManagementState;
use crate::wire::{Faults, Json, Wire, request};
use axum::extract::State;
use domain::gateway_url::{CustomDomain, Prefix, PublicUrl};
use domain::settings::ZoneName;
use store::SettingsUpdate;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

/// Host names, a bounded number.
#[derive(Debug, Clone, Default)]
pub(crate) struct CustomDomains(Vec<CustomDomain>);

impl Wire for CustomDomains {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let domains = Vec::<CustomDomain>::read(json, faults)?;
        if domains.len() > CustomDomain::MAX {
            faults.bad("", format!("has too many entries (maximum is {})", CustomDomain::MAX));
            return None;
        }
        Some(Self(domains))
    }

    fn schema() -> RefOr<Schema> {
        Vec::<CustomDomain>::schema()
    }
}

request! {
    /// What to change: what is left out stays.
    pub(crate) struct SettingsChange {
        /// The address under which callers reach the gateway: http or https, without path; null: its first listener.
        public_url: Option<PublicUrl>;
        /// The path before every collection: segments of `a-z`, `0-9` and `-`; empty or null: none. Former URLs end at once.
        prefix: Option<Prefix>;
        /// Hosts under which collections are called without the prefix, whole; null clears it. Any other host needs the prefix.
        custom_domains: Option<CustomDomains>;
        /// The zone in which calendar quotas run, by its name in the IANA database. Another zone begins a new period now, with
        /// nothing used.
        time_zone: ZoneName;
        /// Peers whose `X-Forwarded-For` is believed: addresses and networks, whole; null clears it.
        trusted_proxies: Option<AddressList>;
        /// Private addresses that key sets may be fetched from: addresses and networks, whole; null clears it.
        outbound_allowed: Option<AddressList>;
        /// Whether answers carry `X-RateLimit-*` besides `RateLimit`.
        rate_limit_headers: bool;
    }
}

/// Change the settings of the workspace
///
/// In force on all gateway workers before the answer.
#[utoipa::path(put, path = "/api/settings", tag = "Settings", operation_id = "update_settings",
    request_body(content = SettingsChange,
        example = json!({"time_zone": "Europe/Berlin", "trusted_proxies": ["10.0.0.0/8"]})),
    responses((status = 200, description = "The changed settings", body = Data<SettingsView>), ChangeErrors))]
pub(crate) async fn update_settings(
    State(state): State<ManagementState>,
    caller: Caller,
    body: Body<SettingsChange>,
) -> Result<Changed<Data<SettingsView>>, ApiError> {
    let Body { input, faults } = body;
    let update = faults.finish(|| {
        Some(SettingsUpdate {
            public_url: input.public_url.value(),
            prefix: input.prefix.value().map(Option::unwrap_or_default),
            custom_domains: input.custom_domains.value().map(|list| list.unwrap_or_default().0),
            time_zone: input.time_zone.value(),
            trusted_proxies: input.trusted_proxies.value().map(|list| list.unwrap_or_default().0),
            outbound_allowed: input.outbound_allowed.value().map(|list| list.unwrap_or_default().0),
            rate_limit_headers: input.rate_limit_headers.value(),
        })
    })?;
    let committed = state.store().update_settings(&caller.actor, state.now(), update).await?;
    state.answer(committed, |settings| Data { data: settings.into() }).await
}
