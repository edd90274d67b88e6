//! The format, declared.

use super::terms::WorkspaceTerms;
use crate::api_collections::{CorsValue, LimitsValue, UpstreamValue};
use crate::api_keys::AddressList;
use crate::api_policies::FailModes;
use crate::cert_bundles::PemText;
use crate::settings::SettingsChange;
use crate::webhooks::EventList;
use crate::wire::{Faults, Json, Wire, integer, request, text};
use domain::access_policy::{RateLimit, UsageQuota};
use domain::endpoint::EndpointPath;
use domain::key_id::KeyId;
use domain::method::EndpointMethod;
use domain::text::{Description, Email, Name, Slug, Version};
use domain::time::Timestamp;
use domain::webhook::WebhookUrl;
use domain::workspace::FORMAT_VERSION;
use jiff::civil::Date;
use std::collections::BTreeMap;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

request! {
    /// A workspace. Objects are addressed by their names. An object that is named becomes exactly what is said of it: a field that is
    /// left out takes its default. Objects that are not named stay, or are deleted where it is asked to prune; a section
    /// that is left out is not looked at.
    pub(crate) struct WorkspaceDocument {
        /// The version of the format: 1.
        version: FormatVersion, required;
        /// The settings.
        settings: Option<SettingsChange>;
        /// The projects.
        projects: Option<Vec<WorkspaceProject>>;
        /// The access policies.
        policies: Option<Vec<WorkspacePolicy>>;
        /// The certificate bundles.
        cert_bundles: Option<Vec<WorkspaceCertBundle>>;
        /// The API collections with their endpoints.
        collections: Option<Vec<WorkspaceCollection>>;
        /// The clients with their default terms and access profiles.
        clients: Option<Vec<WorkspaceClient>>;
        /// The webhooks.
        webhooks: Option<Vec<WorkspaceWebhook>>;
        /// Secrets, sealed under a passphrase.
        secrets: Option<WorkspaceSecrets>;
    }
}

request! {
    /// A project.
    pub(crate) struct WorkspaceProject {
        /// Its name.
        name: Name, required;
        /// Whether it is the project that is always there, whatever its name. Default: false.
        default: Option<bool>;
        /// Free text.
        description: Option<Description>;
    }
}

request! {
    /// An access policy.
    pub(crate) struct WorkspacePolicy {
        /// Its name.
        name: Name, required;
        /// Free text.
        description: Option<Description>;
        /// The rate limit. There must be this or a quota.
        rate_limit: Option<RateLimit>;
        /// The usage quota.
        usage_quota: Option<UsageQuota>;
        /// What happens while a limit cannot be counted.
        on_store_failure: Option<FailModes>;
    }
}

request! {
    /// A certificate bundle.
    pub(crate) struct WorkspaceCertBundle {
        /// Its name.
        name: Name, required;
        /// Certificates of authorities, as PEM.
        pem: PemText, required;
    }
}

request! {
    /// An API collection, addressed by its name and version.
    pub(crate) struct WorkspaceCollection {
        /// Its name.
        name: Name, required;
        /// Its version.
        version: Version, required;
        /// First segment of its URLs: a-z, 0-9 and -. Terms name the collection by it. Default: made from name and version.
        path: Option<Slug>;
        /// The name of its project. Default: the default project.
        project: Option<Name>;
        /// Free text.
        description: Option<Description>;
        /// While false its endpoints answer 404. Default: true.
        enabled: Option<bool>;
        /// The HTTP service behind it. Its secret does not stand here but in `secrets`; without one the present one stays.
        upstream: UpstreamValue, required;
        /// Bounds of one call.
        limits: Option<LimitsValue>;
        /// Which web pages of other origins may call it; null: none may.
        cors: Option<CorsValue>;
        /// Whether the auth token may stand in the query. Default: false.
        allow_query_token: Option<bool>;
        /// Whether `%2F` may stand in paths. Default: false.
        allow_encoded_slash: Option<bool>;
        /// Whether the upstream gets the caller's `Host`. Default: false.
        keep_host: Option<bool>;
        /// Whether `Authorization` is left to the upstream. Default: false.
        pass_authorization: Option<bool>;
        /// Whether the upstream gets the claims of the caller's JSON Web Token. Default: false.
        send_claims: Option<bool>;
        /// Its endpoints. Left out: they are not looked at.
        endpoints: Option<Vec<WorkspaceEndpoint>>;
    }
}

request! {
    /// An endpoint, addressed by its method and path.
    pub(crate) struct WorkspaceEndpoint {
        /// What people call it.
        name: Name, required;
        /// A method, or `ANY` for all.
        method: EndpointMethod, required;
        /// Path below the collection.
        path: EndpointPath, required;
        /// Free text.
        description: Option<Description>;
        /// Its path at the upstream. Default: the path as called.
        upstream_path: Option<String>;
        /// Whether it can be called. Default: false.
        active: Option<bool>;
    }
}

request! {
    /// A client.
    pub(crate) struct WorkspaceClient {
        /// Its name.
        name: Name, required;
        /// The name of its project. Default: the default project.
        project: Option<Name>;
        /// Free text.
        description: Option<Description>;
        /// A contact.
        email: Option<Email>;
        /// While false none of its profiles may call. Default: true.
        enabled: Option<bool>;
        /// The name of a policy that is counted once over all its profiles.
        shared_policy: Option<Name>;
        /// The terms of profiles that have none of their own.
        default_terms: Option<WorkspaceTerms>;
        /// Its access profiles. Left out: they are not looked at.
        profiles: Option<Vec<WorkspaceProfile>>;
    }
}

request! {
    /// An access profile, addressed by its name within its client.
    pub(crate) struct WorkspaceProfile {
        /// Its name.
        name: Name, required;
        /// Whether it is switched on. Default: false.
        active: Option<bool>;
        /// The terms of its own; without them its client's default terms hold.
        own_terms: Option<WorkspaceTerms>;
        /// When not empty, only these addresses and networks may call.
        ip_allow_list: Option<AddressList>;
        /// These addresses and networks may not call.
        ip_deny_list: Option<AddressList>;
        /// From then on its calls are refused; null: never.
        expires_at: Option<Timestamp>;
        /// The day from which quota periods of so many days run. Default: as it is; for a new profile, today.
        period_anchor: Option<Date>;
        /// Key/value pairs.
        labels: Option<BTreeMap<String, String>>;
        /// The key id or client id, for methods that have one. Default: as it is; for a new profile, a generated one.
        api_key: Option<KeyId>;
    }
}

request! {
    /// A webhook. Its secret does not stand here but in `secrets`; without one the present one stays.
    pub(crate) struct WorkspaceWebhook {
        /// Its name.
        name: Name, required;
        /// Where messages are posted: https; http only on a loopback address.
        url: WebhookUrl, required;
        /// What it is told of: one event or more.
        events: EventList, required;
        /// Whether it is told of anything. Default: true.
        enabled: Option<bool>;
    }
}

request! {
    /// Token digests, shared secrets of JSON Web Tokens, secrets of webhooks and credentials for upstreams, encrypted by AES-256-GCM under a key that
    /// argon2id makes of a passphrase.
    pub(crate) struct WorkspaceSecrets {
        /// How the key is made: `argon2id`.
        kdf: ShortText, required;
        /// Memory of argon2id in KiB: 8,192 to 262,144.
        memory_kib: i64, required;
        /// Passes of argon2id: 1 to 16.
        passes: i64, required;
        /// The salt, in base64.
        salt: ShortText, required;
        /// Nonce, ciphertext and tag, in base64; line breaks are allowed.
        data: String, required;
    }
}

/// A text of up to 255 characters.
#[derive(Debug, Clone)]
pub(crate) struct ShortText(pub(crate) String);

impl Wire for ShortText {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let text = String::read(json, faults)?;
        if text.chars().count() > Name::MAX_CHARS {
            faults.bad("", format!("is too long (maximum is {} characters)", Name::MAX_CHARS));
            return None;
        }
        Some(Self(text))
    }

    fn schema() -> RefOr<Schema> {
        text(0, Name::MAX_CHARS).into()
    }
}

/// The version of the format: this program knows one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FormatVersion;

impl Wire for FormatVersion {
    fn read(json: &Json, faults: &mut Faults) -> Option<Self> {
        let version = i64::read(json, faults)?;
        if version == FORMAT_VERSION {
            return Some(Self);
        }
        faults.impossible("", format!("is not known to this version of Portcullis, which reads {FORMAT_VERSION}"));
        None
    }

    fn schema() -> RefOr<Schema> {
        integer(FORMAT_VERSION, FORMAT_VERSION)
    }
}
