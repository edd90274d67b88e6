//! `PUT /api/settings`

use super::SettingsView;
use crate::answer::{Changed, Data};
use crate::api_keys::AddressList;
use crate::auth::Caller;
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{Body, State};
use crate::state::ManagementState;
use crate::wire::{Faults, Json, NotAvailable, Wire, integer, request};
use domain::gateway_url::{CustomDomain, Prefix, PublicUrl};
use domain::settings::{Settings, ZoneName};
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

/// Declares a number that a setting may be, by its range.
macro_rules! bounded {
    ($($(#[doc = $doc:literal])* $name:ident: $range:expr;)+) => {$(
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy)]
        pub(crate) struct $name(u32);

        impl Wire for $name {
            fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
                let number = u32::try_from(i64::read(json, faults)?).ok();
                let number = number.filter(|number| $range.contains(number)).map(Self);
                if number.is_none() {
                    faults.bad("", format!("must be {} to {}", $range.start(), $range.end()));
                }
                number
            }

            fn schema() -> RefOr<Schema> {
                integer(i64::from(*$range.start()), i64::from(*$range.end()))
            }
        }
    )+};
}

bounded! {
    /// Access profiles of a client.
    ProfilesPerClient: Settings::PROFILES_PER_CLIENT;
    /// Minutes without use.
    SessionIdleMinutes: Settings::SESSION_IDLE_MINUTES;
    /// Hours from the sign-in.
    SessionLifeHours: Settings::SESSION_LIFE_HOURS;
    /// Seconds without being as new as the control database.
    MaxStalenessSeconds: Settings::MAX_STALENESS_SECONDS;
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
        /// Most access profiles of a client: 1 to 1,000. Clients that have more keep them.
        profiles_per_client: ProfilesPerClient;
        /// A console session ends when it was not used for so many minutes: 5 to 10,080. Holds for sessions that are open too.
        session_idle_minutes: SessionIdleMinutes;
        /// A console session ends at the latest after so many hours: 1 to 720. Holds for sessions that are open too.
        session_life_hours: SessionLifeHours;
        /// The gateway refuses every call with 503 once it could not read the control database for so many seconds, 10 to
        /// 604,800; null: it goes on with what it last knew.
        max_staleness_seconds: Option<MaxStalenessSeconds>;
        /// Not available in this version.
        log_rate_per_second: Option<NotAvailable>;
        /// Not available in this version.
        retention_days: Option<NotAvailable>;
    }
}

impl SettingsChange {
    /// What it changes; fields with faults are left out.
    pub(crate) fn into_update(self) -> SettingsUpdate {
        SettingsUpdate {
            public_url: self.public_url.value(),
            prefix: self.prefix.value().map(Option::unwrap_or_default),
            custom_domains: self.custom_domains.value().map(|list| list.unwrap_or_default().0),
            time_zone: self.time_zone.value(),
            trusted_proxies: self.trusted_proxies.value().map(|list| list.unwrap_or_default().0),
            outbound_allowed: self.outbound_allowed.value().map(|list| list.unwrap_or_default().0),
            rate_limit_headers: self.rate_limit_headers.value(),
            profiles_per_client: self.profiles_per_client.value().map(|number| number.0),
            session_idle_minutes: self.session_idle_minutes.value().map(|minutes| minutes.0),
            session_life_hours: self.session_life_hours.value().map(|hours| hours.0),
            max_staleness_seconds: self.max_staleness_seconds.value().map(|most| most.map(|seconds| seconds.0)),
        }
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
    let update = faults.finish(|| Some(input.into_update()))?;
    let committed = state.store().update_settings(&caller.actor, state.now(), update).await?;
    state.answer(committed, |settings| Data { data: settings.into() }).await
}
