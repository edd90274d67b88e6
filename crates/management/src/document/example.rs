//! Examples of answers, put together from the examples of their fields.

use serde_json::{Map, Value, json};
use utoipa::openapi::path::Operation;
use utoipa::openapi::{Components, RefOr};

/// No schema of ours nests deeper.
const DEPTH: usize = 32;

/// Gives each JSON answer that has none an example.
pub(super) fn add_examples(operation: &mut Operation, schemas: &Value) {
    for answer in operation.responses.responses.values_mut() {
        let RefOr::T(answer) = answer else { continue };
        for (kind, content) in &mut answer.content {
            let RefOr::T(content) = content else { continue };
            let Some(schema) = content.schema.as_ref().filter(|_| kind.ends_with("json")) else { continue };
            if content.example.is_none() && content.examples.is_empty() {
                let schema = serde_json::to_value(schema).unwrap_or_default();
                content.example = Some(example_of(&schema, schemas, DEPTH));
            }
        }
    }
}

/// All named schemas as one object, by which references are followed.
pub(super) fn schemas_of(components: Option<&Components>) -> Value {
    components.and_then(|components| serde_json::to_value(&components.schemas).ok()).unwrap_or_default()
}

fn example_of(schema: &Value, schemas: &Value, depth: usize) -> Value {
    if depth == 0 {
        return Value::Null;
    }
    if let Some(given) = given(schema) {
        return given;
    }
    let below = |schema: &Value| example_of(schema, schemas, depth - 1);
    if let Some(name) = schema.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next()) {
        return schemas.get(name).map_or(Value::Null, below);
    }
    if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
        let fields = parts.iter().filter_map(|part| below(part).as_object().cloned()).flatten();
        return Value::Object(fields.collect());
    }
    if let Some(choices) = ["oneOf", "anyOf"].iter().find_map(|key| schema.get(key)?.as_array()) {
        return choices.iter().find(|choice| !is_null(choice)).map_or(Value::Null, below);
    }
    if let Some(word) = schema.get("enum").and_then(Value::as_array).and_then(|words| words.first()) {
        return word.clone();
    }
    match kind(schema) {
        "object" => object_example(schema, below),
        "array" => schema.get("items").map_or(json!([]), |items| json!([below(items)])),
        "string" => text_example(schema),
        "integer" | "number" => schema.get("minimum").cloned().unwrap_or(json!(1)),
        "boolean" => json!(true),
        _ => Value::Null,
    }
}

fn given(schema: &Value) -> Option<Value> {
    let listed = schema.get("examples").and_then(Value::as_array).and_then(|examples| examples.first());
    schema.get("example").or(listed).cloned()
}

fn is_null(schema: &Value) -> bool {
    schema.get("type").is_some_and(|kind| kind == "null")
}

/// The type; of a nullable one the other.
fn kind(schema: &Value) -> &str {
    match schema.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null").unwrap_or(""),
        Some(kind) => kind.as_str().unwrap_or_default(),
        None => "",
    }
}

fn object_example(schema: &Value, below: impl Fn(&Value) -> Value) -> Value {
    let properties = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    Value::Object(properties.map(|(name, schema)| (name.clone(), below(schema))).collect::<Map<_, _>>())
}

fn text_example(schema: &Value) -> Value {
    match schema.get("format").and_then(Value::as_str) {
        Some("date-time") => json!("2026-11-24T06:00:00.000Z"),
        Some("date") => json!("2026-11-24"),
        Some("binary") => json!("the bytes"),
        _ => json!("text"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(schema: &Value, expected: &Value) {
        let schemas = json!({"Inner": {"type": "object", "properties": {"id": {"type": "integer", "example": 7}}}});
        assert_eq!(example_of(schema, &schemas, DEPTH), *expected, "{schema}");
    }

    #[test]
    fn examples_are_put_together_from_those_of_the_fields() {
        check(&json!({"$ref": "#/components/schemas/Inner"}), &json!({"id": 7}));
        check(&json!({"type": "array", "items": {"$ref": "#/components/schemas/Inner"}}), &json!([{"id": 7}]));
        check(&json!({"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Inner"}]}), &json!({"id": 7}));
        check(&json!({"type": ["string", "null"]}), &json!("text"));
        check(&json!({"type": "string", "enum": ["a", "b"]}), &json!("a"));
        check(
            &json!({"allOf": [{"$ref": "#/components/schemas/Inner"}, {"type": "object", "properties": {"b": {"type": "boolean"}}}]}),
            &json!({"id": 7, "b": true}),
        );
        check(&json!({}), &Value::Null);
    }
}
