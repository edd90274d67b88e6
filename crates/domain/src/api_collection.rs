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
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}
