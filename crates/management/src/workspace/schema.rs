//! The JSON Schema of the document: for editors, and for checks before a file gets here.

use super::document::WorkspaceDocument;
use serde_json::{Map, Value, json};
use utoipa::{PartialSchema, ToSchema};

/// The schema as text (JSON Schema, draft 2020-12), with a line break at the end.
pub fn json_schema() -> String {
    let mut definitions = Map::new();
    let mut schemas = Vec::new();
    <WorkspaceDocument as ToSchema>::schemas(&mut schemas);
    for (name, schema) in schemas {
        definitions.insert(name, serde_json::to_value(schema).unwrap_or_default());
    }
    let mut root = serde_json::to_value(<WorkspaceDocument as PartialSchema>::schema()).unwrap_or_default();
    if let Some(members) = root.as_object_mut() {
        members.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
        members.insert("title".to_owned(), json!("Portcullis workspace, version 1"));
        members.insert("$defs".to_owned(), Value::Object(definitions));
    }
    point_to_definitions(&mut root);
    // A value that was made of strings and maps can be written.
    let mut text = serde_json::to_string_pretty(&root).unwrap_or_default();
    text.push('\n');
    text
}

/// References as in an OpenAPI document become such to `$defs`.
fn point_to_definitions(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                if let (Value::String(text), "$ref") = (&mut *member, name.as_str()) {
                    *text = text.replace("#/components/schemas/", "#/$defs/");
                } else {
                    point_to_definitions(member);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(point_to_definitions),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reference_leads_to_a_definition() {
        let schema: Value = serde_json::from_str(&json_schema()).unwrap();
        let text = schema.to_string();
        let mut found = 0;
        for part in text.split("#/$defs/").skip(1) {
            let name = part.split('"').next().unwrap();
            assert!(schema["$defs"].get(name).is_some(), "{name}");
            found += 1;
        }
        assert!(found > 5, "{found}");
        assert!(!text.contains("#/components/"));
        assert_eq!(schema["properties"]["version"]["minimum"], 1);
    }
}
