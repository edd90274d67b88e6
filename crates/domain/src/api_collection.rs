//! An API collection: endpoints published together under one path and version, in front of one upstream.

use crate::cors::Cors;
use crate::ids::{CollectionId, ProjectId};
use crate::text::{Description, Name, Slug, Version};
use crate::time::Timestamp;
use crate::upstream::Upstream;
use serde::{Deserialize, Serialize};

/// Bounds of one call of a collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollectionLimits {
    /// Largest request body in bytes; `None`: unlimited.
    pub body_bytes: Option<u64>,
    /// Longest time from the call to the end of the answer's head, in milliseconds; `None`: the upstream's
    /// response timeout alone.
    pub response_ms: Option<u32>,
}

impl CollectionLimits {
    /// 5 MiB, the default for request bodies.
    pub const DEFAULT_BODY_BYTES: u64 = 5 * 1024 * 1024;
}

impl Default for CollectionLimits {
    fn default() -> Self {
        Self { body_bytes: Some(Self::DEFAULT_BODY_BYTES), response_ms: None }
    }
}

/// What of a call goes on to the upstream as it came, and what is added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Forwarding {
    /// The upstream gets the caller's `Host`; otherwise its own authority.
    pub keep_host: bool,
    /// `Authorization` is the upstream's: it is not read as a credential and passes unchanged.
    pub pass_authorization: bool,
    /// The upstream gets the claims of the caller's JSON Web Token, as `X-Portcullis-Claims`.
    pub send_claims: bool,
    /// `%2F` may stand in a path, inside one segment.
    pub allow_encoded_slash: bool,
}

/// A collection as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiCollection {
    /// Its id.
    pub id: CollectionId,
    /// The project it belongs to.
    pub project_id: ProjectId,
    /// Unique together with the version, case aside.
    pub name: Name,
    /// Its version.
    pub version: Version,
    /// First segment of its URLs; unique.
    pub path: Slug,
    /// Optional free text.
    pub description: Option<Description>,
    /// While false its endpoints answer 404.
    pub enabled: bool,
    /// The HTTP service behind it.
    pub upstream: Upstream,
    /// Bounds of one call.
    pub limits: CollectionLimits,
    /// Which web pages of other origins may call it; `None`: none may.
    pub cors: Option<Cors>,
    /// Whether the auth token may stand in the query, as `api_token=`.
    pub allow_query_token: bool,
    /// What of a call goes on, and how.
    pub forwarding: Forwarding,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}
