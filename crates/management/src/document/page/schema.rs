//! Schemas: their types in a few words, their fields as a table.

use super::html::{escape, line, prose, text};
use serde_json::Value;
use std::fmt::Write as _;

/// A named schema.
pub(super) fn schema_section(page: &mut String, name: &str, schema: &Value) {
    let _ = writeln!(page, "<section class=\"schema\">\n<h3 id=\"schema-{0}\">{0}</h3>", escape(name));
    page.push_str(&prose(text(schema, "description")));
    let has_fields = schema.get("properties").is_some() || schema.get("allOf").is_some();
    if has_fields {
        fields(page, schema);
    } else {
        let _ = writeln!(page, "<p>{}</p>", type_of(schema));
    }
    page.push_str("</section>\n");
}

/// The fields of an object as a table; those of its parts too.
pub(super) fn fields(page: &mut String, schema: &Value) {
    for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
        if part.get("properties").is_some() {
            fields(page, part);
        } else {
            let _ = writeln!(page, "<p>All fields of {}, and:</p>", type_of(part));
        }
    }
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return };
    page.push_str("<table>\n<thead><tr><th scope=\"col\">Field</th><th scope=\"col\">Type</th><th scope=\"col\">About</th></tr></thead>\n<tbody>\n");
    for (name, field) in properties {
        let listed = schema.get("required").and_then(Value::as_array).into_iter().flatten();
        let required = listed.filter_map(Value::as_str).any(|required| required == name);
        row(page, name, required_word(required), field, text(field, "description"));
    }
    page.push_str("</tbody>\n</table>\n");
}

/// What stands beside the name of something that must be there.
pub(super) fn required_word(required: bool) -> &'static str {
    if required { " <strong>required</strong>" } else { "" }
}

/// One line of such a table.
pub(super) fn row(page: &mut String, name: &str, note: &str, schema: &Value, about: &str) {
    let _ = writeln!(
        page,
        "<tr><th scope=\"row\"><code>{}</code>{note}</th><td>{}</td><td>{}</td></tr>",
        escape(name),
        type_of(schema),
        line(about)
    );
}

/// A type in a few words, named ones as links.
pub(super) fn type_of(schema: &Value) -> String {
    if let Some(name) = schema.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next()) {
        return format!("<a href=\"#schema-{0}\">{0}</a>", escape(name));
    }
    for (key, word) in [("oneOf", " or "), ("anyOf", " or "), ("allOf", " with ")] {
        if let Some(parts) = schema.get(key).and_then(Value::as_array) {
            return parts.iter().map(type_of).collect::<Vec<_>>().join(word);
        }
    }
    if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        let words: Vec<_> = words.iter().map(|word| format!("<code>{}</code>", escape(&shown(word)))).collect();
        return words.join(", ");
    }
    let kinds = match schema.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        Some(kind) => kind.as_str().unwrap_or_default().to_owned(),
        None if schema.get("properties").is_some() => "object".to_owned(),
        None => "any value".to_owned(),
    };
    let kinds = match schema.get("items") {
        Some(items) => format!("{kinds} of {}", type_of(items)),
        None => kinds,
    };
    format!("{kinds}{}", bounds(schema))
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn bounds(schema: &Value) -> String {
    let bound = |key: &str| schema.get(key).map(ToString::to_string);
    let range = |low: Option<String>, high: Option<String>, unit: &str| match (low, high) {
        (Some(low), Some(high)) => format!(", {low} to {high}{unit}"),
        (None, Some(high)) => format!(", at most {high}{unit}"),
        (Some(low), None) => format!(", at least {low}{unit}"),
        (None, None) => String::new(),
    };
    let format = schema.get("format").and_then(Value::as_str).filter(|format| !format.starts_with("int"));
    let format = format.map(|format| format!(", {}", escape(format))).unwrap_or_default();
    let length = range(bound("minLength"), bound("maxLength"), " characters");
    let size = range(bound("minimum"), bound("maximum"), "");
    format!("{format}{length}{size}")
}
