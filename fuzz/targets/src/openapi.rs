//! Import of OpenAPI documents.
//!
//! Input: the document, as JSON or YAML.

use domain::api_collection::{ApiCollection, CollectionLimits, Forwarding};
use domain::endpoint::{Endpoint, EndpointPath};
use domain::ids::{CollectionId, EndpointId, ProjectId};
use domain::openapi::{Document, Format, Import, ImportedEndpoint, MAX_OPERATIONS, ServerUrl, export};
use domain::text::{Name, Slug, Version};
use domain::time::Timestamp;
use domain::upstream::{BaseUrl, Upstream};
use std::collections::BTreeSet;

/// A document is refused, or gives endpoints that can be called, no two of them the same, and that survive being
/// exported and imported again.
///
/// # Panics
/// If a property does not hold.
pub fn openapi(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for format in Format::ALL {
        let Ok(document) = Document::parse(text, format) else { continue };
        let Ok(import) = Import::read(&document) else { continue };
        check(&import);
        let collection = collection(&import);
        let endpoints: Vec<Endpoint> = (1..).zip(&import.endpoints).map(|(id, found)| endpoint(id, found)).collect();
        let exported = export(&collection, &endpoints, "http://gateway.example/fuzz-v1");
        let again = Document::from_value(exported).expect("what is exported is a document");
        let again = Import::read(&again).expect("what is exported can be imported");
        assert_eq!(again.failed, []);
        assert_eq!(shapes(&again), shapes(&import), "endpoints after export and import");
    }
}

fn check(import: &Import) {
    assert!(!import.endpoints.is_empty());
    assert!(import.endpoints.len() + import.failed.len() <= MAX_OPERATIONS);
    assert_eq!(shapes(import).len(), import.endpoints.len(), "two endpoints are the same");
    for endpoint in &import.endpoints {
        assert_eq!(EndpointPath::parse(endpoint.path.as_str()).as_ref(), Ok(&endpoint.path));
        assert_eq!(Name::parse(endpoint.name.as_str()).as_ref(), Ok(&endpoint.name));
    }
    for failed in &import.failed {
        assert!(!failed.action.chars().chain(failed.reason.chars()).any(char::is_control), "{failed:?}");
    }
    if let ServerUrl::Absolute(url) = &import.server {
        assert!(matches!(url.scheme().as_str(), "http" | "https"));
    }
}

/// What tells endpoints apart.
fn shapes(import: &Import) -> BTreeSet<(&'static str, String)> {
    import.endpoints.iter().map(|endpoint| (endpoint.method.as_str(), endpoint.path.shape())).collect()
}

fn collection(import: &Import) -> ApiCollection {
    let fallback = || Name::parse("Fuzz").expect("a constant name is valid");
    ApiCollection {
        id: CollectionId(1),
        project_id: ProjectId(1),
        name: import.title.clone().unwrap_or_else(fallback),
        version: import.version.clone().unwrap_or_else(|| Version::parse("1.0").expect("a constant version is valid")),
        path: Slug::parse("fuzz-v1").expect("a constant path is valid"),
        description: import.description.clone(),
        enabled: true,
        upstream: Upstream::at(BaseUrl::parse("http://127.0.0.1:9").expect("a constant URL is valid")),
        limits: CollectionLimits::default(),
        cors: None,
        allow_query_token: false,
        forwarding: Forwarding::default(),
        created_at: Timestamp(0),
        updated_at: Timestamp(0),
    }
}

fn endpoint(id: i64, found: &ImportedEndpoint) -> Endpoint {
    Endpoint {
        id: EndpointId(id),
        collection_id: CollectionId(1),
        name: found.name.clone(),
        method: found.method,
        path: found.path.clone(),
        description: found.description.clone(),
        upstream_path: None,
        active: true,
        created_at: Timestamp(0),
        updated_at: Timestamp(0),
    }
}
