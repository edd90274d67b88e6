//! Export: an OpenAPI 3.1 document of a collection's endpoints.
//!
//! What a caller needs and the product knows: paths, methods, parameters, how to send a key. Bodies and answers are the
//! upstream's and not described.

use crate::api_collection::ApiCollection;
use crate::endpoint::{Endpoint, EndpointPath, Segment};
use crate::method::{EndpointMethod, Method};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Writes a collection as a document. `url` is the collection's address at the gateway. Inactive endpoints carry
/// `x-portcullis-active: false`.
pub fn export(collection: &ApiCollection, endpoints: &[Endpoint], url: &str) -> Value {
    let mut info = Map::new();
    info.insert("title".to_owned(), json!(collection.name));
    info.insert("version".to_owned(), json!(collection.version));
    if let Some(description) = &collection.description {
        info.insert("description".to_owned(), json!(description));
    }
    json!({
        "openapi": "3.1.0",
        "info": info,
        "servers": [{"url": url}],
        "security": [{"apiToken": []}, {"basic": []}, {"bearer": []}],
        "paths": paths(endpoints),
        "components": {"securitySchemes": {
            "apiToken": {"type": "apiKey", "in": "header", "name": "api-token", "description": "The auth token."},
            "basic": {
                "type": "http", "scheme": "basic",
                "description": "User name `api-token`, password: the auth token.",
            },
            "bearer": {
                "type": "http", "scheme": "bearer",
                "description": "A signed JSON Web Token, or an access token from `/oauth2/token` of the gateway.",
            },
        }},
    })
}

/// Endpoints by path. Paths that differ in parameter names only are one path of a document, under the first names.
fn paths(endpoints: &[Endpoint]) -> Map<String, Value> {
    let mut first: BTreeMap<String, &EndpointPath> = BTreeMap::new();
    for endpoint in endpoints {
        first.entry(endpoint.path.shape()).or_insert(&endpoint.path);
    }
    let mut paths = Map::new();
    // One method before ANY, which takes only what is left.
    let (any, one): (Vec<_>, Vec<_>) = endpoints.iter().partition(|endpoint| endpoint.method == EndpointMethod::Any);
    for endpoint in one.into_iter().chain(any) {
        let path = first.get(&endpoint.path.shape()).copied().unwrap_or(&endpoint.path);
        let item = paths.entry(format!("/{path}")).or_insert_with(|| json!({}));
        let Some(item) = item.as_object_mut() else { continue };
        match endpoint.method {
            EndpointMethod::One(method) => {
                item.insert(member(method), operation(endpoint, path, method));
            }
            EndpointMethod::Any => {
                for method in Method::ALL {
                    item.entry(member(method)).or_insert_with(|| operation(endpoint, path, method));
                }
            }
        }
    }
    paths
}

fn member(method: Method) -> String {
    method.as_str().to_ascii_lowercase()
}

fn operation(endpoint: &Endpoint, path: &EndpointPath, method: Method) -> Value {
    let mut operation = Map::new();
    let id = format!("endpoint{}_{}", endpoint.id, member(method));
    let responses = json!({"default": {"description": "The answer of the service behind the gateway."}});
    operation.insert("operationId".to_owned(), json!(id));
    operation.insert("summary".to_owned(), json!(endpoint.name));
    operation.insert("responses".to_owned(), responses);
    if let Some(description) = &endpoint.description {
        operation.insert("description".to_owned(), json!(description));
    }
    let parameters: Vec<Value> = path.segments().iter().filter_map(parameter).collect();
    if !parameters.is_empty() {
        operation.insert("parameters".to_owned(), json!(parameters));
    }
    if !endpoint.active {
        operation.insert("x-portcullis-active".to_owned(), json!(false));
    }
    operation.into()
}

fn parameter(segment: &Segment) -> Option<Value> {
    let schema = json!({"type": "string"});
    match segment {
        Segment::Literal(_) => None,
        Segment::Parameter(name) => Some(json!({"name": name, "in": "path", "required": true, "schema": schema})),
        Segment::Rest(name) => Some(json!({
            "name": format!("{name}..."), "in": "path", "required": true, "schema": schema,
            "description": "The rest of the path: any number of segments, also none.",
        })),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Document, Import, ServerUrl};
    use super::*;
    use crate::api_collection::{CollectionLimits, Forwarding};
    use crate::ids::{CollectionId, EndpointId, ProjectId};
    use crate::text::{Description, Name, Slug, Version};
    use crate::time::Timestamp;
    use crate::upstream::{BaseUrl, Upstream};

    fn collection() -> ApiCollection {
        ApiCollection {
            id: CollectionId(1),
            project_id: ProjectId(1),
            name: Name::parse("Orders").unwrap(),
            version: Version::parse("2.1").unwrap(),
            path: Slug::parse("orders-v2-1").unwrap(),
            description: Some(Description::parse("What customers ordered").unwrap()),
            enabled: true,
            upstream: Upstream::at(BaseUrl::parse("http://10.0.0.5").unwrap()),
            limits: CollectionLimits::default(),
            cors: None,
            allow_query_token: false,
            forwarding: Forwarding::default(),
            created_at: Timestamp(0),
            updated_at: Timestamp(0),
        }
    }

    fn endpoint(id: i64, method: &str, path: &str) -> Endpoint {
        Endpoint {
            id: EndpointId(id),
            collection_id: CollectionId(1),
            name: Name::parse(&format!("Endpoint {id}")).unwrap(),
            method: EndpointMethod::parse(method).unwrap(),
            path: EndpointPath::parse(path).unwrap(),
            description: None,
            upstream_path: None,
            active: id != 2,
            created_at: Timestamp(0),
            updated_at: Timestamp(0),
        }
    }

    #[test]
    fn a_collection_is_written_as_a_document() {
        let endpoints = [
            endpoint(1, "GET", "orders/{id}"),
            endpoint(2, "POST", "orders/{other}"),
            endpoint(3, "ANY", "f/{rest...}"),
        ];
        let document = export(&collection(), &endpoints, "http://gateway/orders-v2-1");
        assert_eq!(document["openapi"], "3.1.0");
        assert_eq!(document["info"]["description"], "What customers ordered");
        assert_eq!(document["paths"]["/orders/{id}"]["get"]["summary"], "Endpoint 1");
        assert_eq!(document["paths"]["/orders/{id}"]["get"].get("x-portcullis-active"), None);
        assert_eq!(document["paths"]["/orders/{id}"]["post"]["x-portcullis-active"], false);
        assert_eq!(document["paths"]["/orders/{id}"]["post"]["parameters"][0]["name"], "id");
        assert_eq!(document["paths"]["/f/{rest...}"].as_object().unwrap().len(), 7);
    }

    #[test]
    fn what_was_exported_can_be_imported() {
        let endpoints = [endpoint(1, "GET", "orders/{id}"), endpoint(2, "PUT", ""), endpoint(3, "GET", "f/{rest...}")];
        let document = export(&collection(), &endpoints, "http://gateway/orders-v2-1");
        let import = Import::read(&Document::from_value(document).unwrap()).unwrap();
        let mut found: Vec<_> = import.endpoints.iter().map(|e| (e.method.as_str(), e.path.as_str())).collect();
        found.sort_unstable();
        assert_eq!(found, [("GET", "f/{rest...}"), ("GET", "orders/{id}"), ("PUT", "")]);
        assert_eq!(import.failed, []);
        assert_eq!(import.server, ServerUrl::Absolute(BaseUrl::parse("http://gateway/orders-v2-1").unwrap()));
        assert_eq!(import.version.unwrap().as_str(), "2.1");
    }
}
