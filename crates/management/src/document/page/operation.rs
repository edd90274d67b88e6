//! One operation: what it takes, what it answers.

use super::html::{block, escape, line, prose, text};
use super::schema::{fields, required_word, row, type_of};
use serde_json::Value;
use std::fmt::Write as _;

/// Writes an operation.
pub(super) fn operation(page: &mut String, method: &str, path: &str, operation: &Value) {
    let _ = writeln!(
        page,
        "<article>\n<h3 id=\"{}\">{}</h3>\n<p class=\"call\"><code><b>{}</b> {}</code></p>",
        escape(text(operation, "operationId")),
        escape(text(operation, "summary")),
        method.to_uppercase(),
        escape(path)
    );
    page.push_str(&prose(text(operation, "description")));
    match operation.get("x-required-role").and_then(Value::as_str) {
        Some(role) => {
            let _ = writeln!(page, "<p>Needs the role {} or more.</p>", escape(role));
        }
        None => page.push_str("<p>Answers without credentials.</p>\n"),
    }
    parameters(page, operation);
    request(page, operation);
    answers(page, operation);
    page.push_str("</article>\n");
}

fn parameters(page: &mut String, operation: &Value) {
    let Some(parameters) = operation.get("parameters").and_then(Value::as_array).filter(|list| !list.is_empty()) else {
        return;
    };
    page.push_str("<h4>Parameters</h4>\n<table>\n<thead><tr><th scope=\"col\">Name</th><th scope=\"col\">Type</th><th scope=\"col\">About</th></tr></thead>\n<tbody>\n");
    for parameter in parameters {
        let required = required_word(parameter.get("required").and_then(Value::as_bool) == Some(true));
        let note = format!(" <small>{}</small>{required}", escape(text(parameter, "in")));
        let schema = parameter.get("schema").unwrap_or(&Value::Null);
        row(page, text(parameter, "name"), &note, schema, text(parameter, "description"));
    }
    page.push_str("</tbody>\n</table>\n");
}

fn request(page: &mut String, operation: &Value) {
    let Some(body) = operation.get("requestBody") else { return };
    page.push_str("<h4>Body</h4>\n");
    page.push_str(&prose(text(body, "description")));
    contents(page, body);
}

fn answers(page: &mut String, operation: &Value) {
    page.push_str("<h4>Answers</h4>\n<dl>\n");
    for (status, answer) in operation.get("responses").and_then(Value::as_object).into_iter().flatten() {
        let about = line(text(answer, "description"));
        let _ = writeln!(page, "<dt><code>{}</code></dt>\n<dd>{about}", escape(status));
        if status == "200" {
            contents(page, answer);
            headers(page, answer);
        }
        page.push_str("</dd>\n");
    }
    page.push_str("</dl>\n");
}

/// Content types with their schema and example.
fn contents(page: &mut String, body: &Value) {
    for (kind, content) in body.get("content").and_then(Value::as_object).into_iter().flatten() {
        let schema = content.get("schema").unwrap_or(&Value::Null);
        let _ = writeln!(page, "<p>{}: {}</p>", escape(kind), type_of(schema));
        fields(page, schema);
        let listed = content.get("examples").and_then(Value::as_object).and_then(|examples| examples.values().next());
        if let Some(example) = content.get("example").or_else(|| listed?.get("value")) {
            page.push_str(&block(example));
        }
    }
}

fn headers(page: &mut String, answer: &Value) {
    let Some(headers) = answer.get("headers").and_then(Value::as_object) else { return };
    page.push_str("<table>\n<thead><tr><th scope=\"col\">Header</th><th scope=\"col\">Type</th><th scope=\"col\">About</th></tr></thead>\n<tbody>\n");
    for (name, header) in headers {
        row(page, name, "", header.get("schema").unwrap_or(&Value::Null), text(header, "description"));
    }
    page.push_str("</tbody>\n</table>\n");
}
