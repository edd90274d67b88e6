//! How each type of value is read, and what its schema is.

use super::schema::{integer, list_of, nullable, text, text_map, words};
use super::{Faults, Json, Schemas, Wire};
use domain::access_policy::{FailMode, QuotaInterval, RateInterval};
use domain::access_profile::check_labels;
use domain::cidr::CidrEntry;
use domain::cors::{HeaderName, Origin};
use domain::endpoint::EndpointPath;
use domain::gateway_url::{CustomDomain, Prefix, PublicUrl};
use domain::jwt::{Algorithm, KeyFamily};
use domain::key_id::KeyId;
use domain::method::EndpointMethod;
use domain::settings::ZoneName;
use domain::terms::AuthMethod;
use domain::text::{Description, Email, Name, Slug, Version};
use domain::time::Timestamp;
use domain::upstream::{
    BaseUrl, BasicUser, CaCertificates, ClientAuth, ClientName, HealthPath, Scope, ServerName, TokenUrl, UpstreamHttp,
};
use domain::webhook::{WebhookEvent, WebhookUrl};
use domain::{CertBundleId, ClientId, CollectionId, EndpointId, MemberId, PolicyId, ProfileId, ProjectId};
use jiff::civil::Date;
use std::collections::BTreeMap;
use store::{DeliveryState, Role, Sort, SortField};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, SchemaType, Type};

fn read_text<'a>(json: &'a Json, faults: &mut Faults) -> Option<&'a str> {
    match json {
        Json::Text(text) | Json::Raw(text) => Some(text),
        Json::Null => {
            faults.bad("", "can't be blank");
            None
        }
        Json::Bool(_) | Json::Number(_) | Json::List(_) | Json::Object(_) => {
            faults.bad("", "must be a string");
            None
        }
    }
}

fn read_integer(json: &Json, faults: &mut Faults) -> Option<i64> {
    let read = match json {
        Json::Number(number) => number.as_i64().or_else(|| whole(number.as_f64()?)),
        Json::Raw(text) => text.parse().ok(),
        Json::Null => {
            faults.bad("", "can't be blank");
            return None;
        }
        Json::Text(_) | Json::Bool(_) | Json::List(_) | Json::Object(_) => None,
    };
    if read.is_none() {
        faults.bad("", "must be a whole number");
    }
    read
}

/// `6.0` is 6.
fn whole(number: f64) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and small enough to be exact")]
    (number.fract() == 0.0 && number.abs() < 9e15).then_some(number as i64)
}

impl Wire for String {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        read_text(json, faults).map(ToOwned::to_owned)
    }

    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)).into()
    }
}

impl Wire for bool {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let read = match json {
            Json::Bool(value) => Some(*value),
            Json::Raw(text) => text.parse().ok(),
            Json::Null | Json::Number(_) | Json::Text(_) | Json::List(_) | Json::Object(_) => None,
        };
        if read.is_none() {
            faults.bad("", "must be true or false");
        }
        read
    }

    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(SchemaType::Type(Type::Boolean)).into()
    }
}

impl Wire for i64 {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        read_integer(json, faults)
    }

    fn schema() -> RefOr<Schema> {
        <Self as utoipa::PartialSchema>::schema()
    }
}

impl<T: Wire> Wire for Option<T> {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        if *json == Json::Null { Some(None) } else { T::read(json, faults).map(Some) }
    }

    fn schema() -> RefOr<Schema> {
        nullable(T::schema())
    }

    fn collect(schemas: &mut Schemas) {
        T::collect(schemas);
    }
}

impl<T: Wire> Wire for Vec<T> {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let Json::List(items) = json else {
            faults.bad("", "must be a list");
            return None;
        };
        let read: Vec<_> = items
            .iter()
            .enumerate()
            .map(|(at, item)| faults.within(&format!("[{at}]"), |faults| T::read(item, faults)))
            .collect();
        read.into_iter().collect()
    }

    fn schema() -> RefOr<Schema> {
        list_of(T::schema())
    }

    fn collect(schemas: &mut Schemas) {
        T::collect(schemas);
    }
}

/// Labels: string to string.
impl Wire for BTreeMap<String, String> {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let Json::Object(members) = json else {
            faults.bad("", "must be an object of strings");
            return None;
        };
        let mut labels = Self::new();
        for (key, value) in members {
            let (Json::Text(text) | Json::Raw(text)) = value else {
                faults.bad(key, "must be a string");
                return None;
            };
            if labels.insert(key.clone(), text.clone()).is_some() {
                faults.bad(key, "is given more than once");
                return None;
            }
        }
        match check_labels(&labels) {
            Ok(()) => Some(labels),
            Err(message) => {
                faults.bad("", message);
                None
            }
        }
    }

    fn schema() -> RefOr<Schema> {
        text_map()
    }
}

macro_rules! ids {
    ($($id:ident),+) => {$(
        /// An id: a number, or the same as a string.
        impl Wire for $id {
            fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
                let read = match json {
                    Json::Number(number) => number.as_i64(),
                    Json::Text(text) | Json::Raw(text) => text.trim().parse().ok(),
                    Json::Null | Json::Bool(_) | Json::List(_) | Json::Object(_) => None,
                };
                let id = read.filter(|id| *id > 0).map(Self);
                if id.is_none() {
                    faults.bad("", "must be an id: a whole number");
                }
                id
            }

            fn schema() -> RefOr<Schema> {
                integer(1, i64::MAX)
            }
        }
    )+};
}

ids!(CertBundleId, ClientId, CollectionId, EndpointId, MemberId, PolicyId, ProfileId, ProjectId);

macro_rules! texts {
    ($($type:ty, $min:expr, $max:expr;)+) => {$(
        impl Wire for $type {
            fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
                match Self::parse(read_text(json, faults)?) {
                    Ok(value) => Some(value),
                    Err(fault) => {
                        faults.bad("", fault.to_string());
                        None
                    }
                }
            }

            fn schema() -> RefOr<Schema> {
                text($min, $max).into()
            }
        }
    )+};
}

texts! {
    Name, 1, Name::MAX_CHARS;
    Description, 0, Description::MAX_CHARS;
    Version, 1, Version::MAX_CHARS;
    Slug, 1, Slug::MAX_CHARS;
    Email, 3, 254;
    CidrEntry, 1, 64;
    BaseUrl, 1, 2048;
    EndpointPath, 0, 2048;
    KeyId, 1, KeyId::MAX_CHARS;
    ZoneName, 1, 64;
    PublicUrl, 1, PublicUrl::MAX_BYTES;
    Prefix, 0, Prefix::MAX_BYTES;
    CustomDomain, 1, CustomDomain::MAX_BYTES;
    Origin, 1, 255;
    HeaderName, 1, 64;
    BasicUser, 1, 255;
    ClientName, 1, 255;
    Scope, 1, 1024;
    TokenUrl, 1, 2048;
    HealthPath, 1, 1024;
    ServerName, 1, 253;
    CaCertificates, 1, CaCertificates::MAX_BYTES;
    WebhookUrl, 1, WebhookUrl::MAX_BYTES;
}

macro_rules! word_types {
    ($($type:ty;)+) => {$(
        impl Wire for $type {
            fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
                let read = Self::parse(read_text(json, faults)?);
                if read.is_none() {
                    let all: Vec<_> = Self::ALL.into_iter().map(|word| word.as_str()).collect();
                    faults.bad("", format!("must be one of {}", all.join(", ")));
                }
                read
            }

            fn schema() -> RefOr<Schema> {
                words(Self::ALL.into_iter().map(|word| word.as_str()))
            }
        }
    )+};
}

word_types! { Role; RateInterval; QuotaInterval; FailMode; AuthMethod; KeyFamily; Algorithm; UpstreamHttp; ClientAuth; WebhookEvent; DeliveryState; }

impl Wire for EndpointMethod {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let read = Self::parse(read_text(json, faults)?);
        if read.is_none() {
            faults.bad("", "must be GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS or ANY");
        }
        read
    }

    fn schema() -> RefOr<Schema> {
        words(["ANY", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
    }
}

/// A setting that this version does not enforce: switched off, or 422.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotAvailable;

impl Wire for NotAvailable {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        if json.is_off() {
            return Some(Self);
        }
        faults.not_available("");
        None
    }

    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(SchemaType::AnyValue).into()
    }
}

/// A page: 1 and up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PageNumber(pub(crate) u32);

impl PageNumber {
    const MAX: i64 = 1_000_000_000;
}

impl Wire for PageNumber {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let number = read_integer(json, faults)?;
        let page = u32::try_from(number).ok().filter(|_| (1..=Self::MAX).contains(&number));
        if page.is_none() {
            faults.bad("", format!("must be 1 to {}", Self::MAX));
        }
        page.map(Self)
    }

    fn schema() -> RefOr<Schema> {
        integer(1, Self::MAX)
    }
}

/// Rows of a page: 1 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PerPage(pub(crate) u32);

impl Wire for PerPage {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let number = read_integer(json, faults)?;
        let rows = u32::try_from(number).ok().filter(|rows| (1..=100).contains(rows));
        if rows.is_none() {
            faults.bad("", "must be 1 to 100");
        }
        rows.map(Self)
    }

    fn schema() -> RefOr<Schema> {
        integer(1, 100)
    }
}

/// Where a log goes on: what the page before said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor(pub(crate) i64);

impl Wire for Cursor {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let cursor = read_text(json, faults)?.parse().ok().filter(|at| *at > 0).map(Self);
        if cursor.is_none() {
            faults.bad("", "must be the next_cursor of a page");
        }
        cursor
    }

    fn schema() -> RefOr<Schema> {
        text(1, 20).into()
    }
}

/// What a list is searched for; blank searches nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SearchText(pub(crate) String);

impl Wire for SearchText {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let text = read_text(json, faults)?.trim();
        if text.chars().count() > Name::MAX_CHARS {
            faults.bad("", format!("is too long (maximum is {} characters)", Name::MAX_CHARS));
            return None;
        }
        Some(Self(text.to_owned()))
    }

    fn schema() -> RefOr<Schema> {
        text(0, Name::MAX_CHARS).into()
    }
}

impl Wire for Sort {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let sort = Self::parse(read_text(json, faults)?);
        if sort.is_none() {
            let all: Vec<_> = SortField::ALL.into_iter().map(SortField::as_str).collect();
            faults.bad("", format!("must be one of {}, or one of these with - in front", all.join(", ")));
        }
        sort
    }

    fn schema() -> RefOr<Schema> {
        words(["id", "-id", "name", "-name", "created_at", "-created_at", "updated_at", "-updated_at"])
    }
}

/// A moment: ISO 8601 with a zone offset.
impl Wire for Timestamp {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let text = read_text(json, faults)?;
        let read = text.parse::<jiff::Timestamp>().ok().map(|at| Self(at.as_microsecond()));
        if read.is_none() {
            faults.bad("", "must be a time in ISO 8601, as in 2026-12-31T23:59:59Z");
        }
        read
    }

    fn schema() -> RefOr<Schema> {
        let format = SchemaFormat::KnownFormat(KnownFormat::DateTime);
        ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)).format(Some(format)).into()
    }
}

/// A day: `YYYY-MM-DD`.
impl Wire for Date {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let text = read_text(json, faults)?;
        let is_day = text.len() == 10;
        let read = text.parse::<Self>().ok().filter(|day| is_day && (1970..=2999).contains(&day.year()));
        if read.is_none() {
            faults.bad("", "must be a day from 1970 on, as in 2026-12-31");
        }
        read
    }

    fn schema() -> RefOr<Schema> {
        let format = SchemaFormat::KnownFormat(KnownFormat::Date);
        ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)).format(Some(format)).into()
    }
}
