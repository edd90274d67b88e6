//! Compiled collections: look-up of endpoints, and where their calls go on.

use super::endpoint_router::EndpointRouter;
use crate::api_collection::{ApiCollection, CollectionLimits, Forwarding};
use crate::cors::Cors;
use crate::endpoint::{Endpoint, EndpointPath, Segment, UpstreamPath};
use crate::ids::{CollectionId, EndpointId};
use crate::method::{EndpointMethod, Method};
use crate::path::{CanonicalPath, EncodedSlash};
use crate::text::Slug;
use crate::upstream::{BaseUrl, Upstream, UpstreamCredential};
use std::sync::Arc;

/// What the gateway needs of a collection.
#[derive(Debug)]
pub struct CollectionEntry {
    id: CollectionId,
    path: Slug,
    enabled: bool,
    upstream: Arc<Upstream>,
    credential: UpstreamCredential,
    forwarding: Forwarding,
    limits: CollectionLimits,
    cors: Option<Cors>,
    allow_query_token: bool,
    document: Arc<(ApiCollection, Vec<Endpoint>)>,
    endpoints: Box<[EndpointEntry]>,
    router: EndpointRouter,
}

/// What the gateway needs of an endpoint.
#[derive(Debug)]
pub struct EndpointEntry {
    /// Its id.
    pub id: EndpointId,
    /// Its method.
    pub method: EndpointMethod,
    /// Whether it can be called.
    pub active: bool,
    path: EndpointPath,
    upstream_path: Option<UpstreamPath>,
}

/// A set of methods, for `Allow`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MethodSet(u8);

impl MethodSet {
    /// Adds what an endpoint admits: its method, HEAD besides GET, all for ANY.
    pub fn admit(&mut self, method: EndpointMethod) {
        for candidate in Method::ALL {
            if method.fit(candidate).is_some() {
                self.0 |= 1 << candidate as u8;
            }
        }
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Its methods, in the order of [`Method::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Method> {
        Method::ALL.into_iter().filter(move |&method| self.0 & (1 << method as u8) != 0)
    }
}

/// What the endpoints of a collection say to a method and path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndpointMatch {
    /// The most specific endpoint, active or not: its place in the collection.
    Found(usize),
    /// The path matches with other methods only; these are active.
    OtherMethods(MethodSet),
    /// Nothing matches.
    Unknown,
}

/// A looked-up path: the collection and what its endpoints say.
#[derive(Debug, Clone)]
pub struct Route {
    /// The collection.
    pub collection: Arc<CollectionEntry>,
    /// The endpoint.
    pub endpoint: EndpointMatch,
    /// Whether `%2F` stands in the path.
    pub encoded_slash: EncodedSlash,
    /// How many bytes of the path lead to the collection, prefix and all.
    pub base_bytes: usize,
}

impl Route {
    /// The part of the looked-up path that leads to the collection.
    pub fn base<'p>(&self, path: &'p CanonicalPath<'_>) -> &'p str {
        path.as_str().get(..self.base_bytes).unwrap_or_default()
    }

    /// What the looked-up path has below the collection; `None`: not even a slash.
    pub fn rest<'p>(&self, path: &'p CanonicalPath<'_>) -> Option<&'p str> {
        path.as_str().get(self.base_bytes..)?.strip_prefix('/')
    }

    /// The endpoint that was chosen, active or not.
    pub fn found_endpoint(&self) -> Option<&EndpointEntry> {
        match self.endpoint {
            EndpointMatch::Found(at) => self.collection.endpoint(at),
            EndpointMatch::OtherMethods(_) | EndpointMatch::Unknown => None,
        }
    }
}

impl CollectionEntry {
    pub(super) fn new(document: &Arc<(ApiCollection, Vec<Endpoint>)>) -> Self {
        let (collection, endpoints) = &**document;
        let mut router = EndpointRouter::default();
        let mut compiled = Vec::with_capacity(endpoints.len());
        for (at, endpoint) in endpoints.iter().enumerate() {
            router.insert(endpoint.path.segments(), endpoint.method, at);
            compiled.push(EndpointEntry {
                id: endpoint.id,
                method: endpoint.method,
                active: endpoint.active,
                path: endpoint.path.clone(),
                upstream_path: endpoint.upstream_path.clone(),
            });
        }
        Self {
            id: collection.id,
            path: collection.path.clone(),
            enabled: collection.enabled,
            upstream: Arc::new(collection.upstream.clone()),
            credential: UpstreamCredential::new(&collection.upstream.auth),
            forwarding: collection.forwarding,
            limits: collection.limits,
            cors: collection.cors.clone(),
            allow_query_token: collection.allow_query_token,
            document: Arc::clone(document),
            endpoints: compiled.into(),
            router,
        }
    }

    /// Its id.
    pub fn id(&self) -> CollectionId {
        self.id
    }

    /// First segment of its URLs.
    pub fn path(&self) -> &Slug {
        &self.path
    }

    /// Whether it can be called.
    pub fn is_enabled(&self) -> bool {
        self.enabled
    }

    /// The HTTP service behind it. Shared, so that a changed one is told by its pointer.
    pub fn upstream(&self) -> &Arc<Upstream> {
        &self.upstream
    }

    /// What authenticates there.
    pub fn credential(&self) -> &UpstreamCredential {
        &self.credential
    }

    /// What of a call goes on, and how.
    pub fn forwarding(&self) -> Forwarding {
        self.forwarding
    }

    /// Bounds of one call.
    pub fn limits(&self) -> CollectionLimits {
        self.limits
    }

    /// Which web pages of other origins may call it.
    pub fn cors(&self) -> Option<&Cors> {
        self.cors.as_ref()
    }

    /// Whether the auth token may stand in the query.
    pub fn allows_query_token(&self) -> bool {
        self.allow_query_token
    }

    /// The collection and its endpoints as stored: for its OpenAPI document and for explanations.
    pub fn document(&self) -> &(ApiCollection, Vec<Endpoint>) {
        &self.document
    }

    /// An endpoint by its place.
    pub fn endpoint(&self, at: usize) -> Option<&EndpointEntry> {
        self.endpoints.get(at)
    }

    /// Finds the endpoint for a path below the collection; `None` is the collection's root without a slash.
    pub(super) fn find(&self, method: Method, rest: Option<&str>) -> EndpointMatch {
        if let Some(at) = self.router.find(method, rest) {
            return EndpointMatch::Found(at);
        }
        let mut allowed = MethodSet::default();
        let mut any = false;
        for (method, at) in self.router.all_matches(rest) {
            any = true;
            if self.endpoint(at).is_some_and(|endpoint| endpoint.active) {
                allowed.admit(method);
            }
        }
        if any { EndpointMatch::OtherMethods(allowed) } else { EndpointMatch::Unknown }
    }

    /// The path at one of the upstream's URLs: its own path + the endpoint path of the call, or the endpoint's
    /// rewrite. `rest` is what the call has below the collection.
    pub fn upstream_path(&self, url: &BaseUrl, at: usize, rest: Option<&str>) -> String {
        let mut target = url.path().to_owned();
        let rewrite = self.endpoint(at).and_then(|endpoint| Some((endpoint, endpoint.upstream_path.as_ref()?)));
        match (rewrite, rest) {
            (Some((endpoint, rewrite)), _) => push_rewrite(&mut target, &endpoint.path, rewrite, rest),
            (None, Some(rest)) => {
                target.push('/');
                target.push_str(rest);
            }
            (None, None) => {}
        }
        if target.is_empty() {
            target.push('/');
        }
        target
    }
}

/// Appends a rewrite, its parameters filled from the call's own segments, which are canonical already.
fn push_rewrite(target: &mut String, path: &EndpointPath, rewrite: &UpstreamPath, rest: Option<&str>) {
    for segment in rewrite.segments() {
        match segment {
            Segment::Literal(text) => {
                target.push('/');
                target.push_str(text);
            }
            Segment::Parameter(name) | Segment::Rest(name) => {
                if let Some(value) = captured(path, name, rest) {
                    target.push('/');
                    target.push_str(value);
                }
            }
        }
    }
}

/// The part of the call that a parameter matched; `None` for an empty rest without its slash.
fn captured<'r>(path: &EndpointPath, name: &str, rest: Option<&'r str>) -> Option<&'r str> {
    let mut left = rest;
    for segment in path.segments() {
        let text = left?;
        let (first, after) = match text.split_once('/') {
            Some((first, after)) => (first, Some(after)),
            None => (text, None),
        };
        match segment {
            Segment::Rest(own) if **own == *name => return Some(text),
            Segment::Parameter(own) if **own == *name => return Some(first),
            Segment::Literal(_) | Segment::Parameter(_) | Segment::Rest(_) => left = after,
        }
    }
    None
}
