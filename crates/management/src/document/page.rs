//! The reference page at `/docs`: the OpenAPI document as one page of plain HTML, made here. It needs no script and loads
//! nothing from anywhere.

mod html;
mod operation;
mod schema;

use super::{ReadErrors, openapi_json};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use html::{escape, prose, text};
use operation::operation;
use schema::schema_section;
use serde_json::Value;
use std::fmt::Write as _;
use std::sync::OnceLock;

const STYLE: &str = include_str!("page/style.css");

/// Reference page
///
/// Every operation with its fields, examples and error answers, made from this document.
#[utoipa::path(get, path = "/docs", tag = "Service", operation_id = "get_docs",
    responses(
        (status = 200, description = "The page", content_type = "text/html", body = String,
            example = "<!doctype html><html lang=\"en\"></html>"),
        ReadErrors,
    ))]
pub(crate) async fn get_docs() -> Response {
    static PAGE: OnceLock<String> = OnceLock::new();
    let page = PAGE.get_or_init(|| page(&serde_json::from_str(&openapi_json()).unwrap_or_default())).as_str();
    ([(CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response()
}

/// The whole page.
fn page(document: &Value) -> String {
    let info = document.get("info").unwrap_or(&Value::Null);
    let title = escape(text(info, "title"));
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n<header>\n<h1>{title}</h1>\n<p>Version {}. The same as \
         <a href=\"/api/openapi.json\">OpenAPI 3.1</a>.</p>\n{}</header>\n",
        escape(text(info, "version")),
        prose(text(info, "description")),
    );
    let groups = groups(document);
    navigation(&mut page, &groups);
    page.push_str("<main>\n");
    for group in &groups {
        let _ = writeln!(page, "<section>\n<h2 id=\"{}\">{}</h2>", anchor(group.name), escape(group.name));
        page.push_str(&prose(group.about));
        for (path, method, item) in &group.operations {
            operation(&mut page, method, path, item);
        }
        page.push_str("</section>\n");
    }
    page.push_str("<section>\n<h2 id=\"schemas\">Schemas</h2>\n");
    for (name, schema) in document.pointer("/components/schemas").and_then(Value::as_object).into_iter().flatten() {
        schema_section(&mut page, name, schema);
    }
    page.push_str("</section>\n</main>\n</body>\n</html>\n");
    page
}

/// Operations of one tag: path, method, operation.
struct Group<'a> {
    name: &'a str,
    about: &'a str,
    operations: Vec<(&'a str, &'a str, &'a Value)>,
}

fn groups(document: &Value) -> Vec<Group<'_>> {
    let tags = document.get("tags").and_then(Value::as_array).into_iter().flatten();
    let mut groups: Vec<_> = tags
        .map(|tag| Group { name: text(tag, "name"), about: text(tag, "description"), operations: vec![] })
        .collect();
    for (path, methods) in document.get("paths").and_then(Value::as_object).into_iter().flatten() {
        for (method, item) in methods.as_object().into_iter().flatten() {
            let tag = item.pointer("/tags/0").and_then(Value::as_str).unwrap_or_default();
            if let Some(group) = groups.iter_mut().find(|group| group.name == tag) {
                group.operations.push((path, method, item));
            }
        }
    }
    groups
}

fn navigation(page: &mut String, groups: &[Group<'_>]) {
    page.push_str("<nav aria-label=\"Operations\">\n");
    for group in groups {
        let _ = writeln!(
            page,
            "<details>\n<summary>{}</summary>\n<ul>\n<li><a href=\"#{}\">About</a></li>",
            escape(group.name),
            anchor(group.name)
        );
        for (_, _, item) in &group.operations {
            let (id, summary) = (escape(text(item, "operationId")), escape(text(item, "summary")));
            let _ = writeln!(page, "<li><a href=\"#{id}\">{summary}</a></li>");
        }
        page.push_str("</ul>\n</details>\n");
    }
    page.push_str("<p><a href=\"#schemas\">Schemas</a></p>\n</nav>\n");
}

fn anchor(name: &str) -> String {
    format!("tag-{}", name.to_lowercase().replace(' ', "-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_every_operation_and_schema_and_loads_nothing() {
        let document: Value = serde_json::from_str(&openapi_json()).unwrap();
        let page = page(&document);
        for methods in document["paths"].as_object().unwrap().values() {
            for item in methods.as_object().unwrap().values() {
                let id = text(item, "operationId");
                assert_eq!(page.matches(&format!("<h3 id=\"{id}\">")).count(), 1, "{id}");
            }
        }
        for name in document["components"]["schemas"].as_object().unwrap().keys() {
            assert_eq!(page.matches(&format!(" id=\"schema-{name}\"")).count(), 1, "{name}");
        }
        for loading in ["<script", " src=", "@import", "url(", "<link", "<iframe", "<img"] {
            assert!(!page.contains(loading), "{loading}");
        }
        for part in page.split(" href=\"#").skip(1) {
            let to = part.split('"').next().unwrap();
            assert!(page.contains(&format!(" id=\"{to}\"")), "{to} is nowhere");
        }
    }

    #[test]
    fn what_the_document_says_is_text() {
        let document = serde_json::json!({
            "info": {"title": "<b>A</b>", "version": "\"1\"", "description": "x & `y<z`"},
            "tags": [], "paths": {},
        });
        let page = page(&document);
        assert!(page.contains("<h1>&lt;b&gt;A&lt;/b&gt;</h1>"), "{page}");
        assert!(page.contains("x &amp; <code>y&lt;z</code>"), "{page}");
    }
}
