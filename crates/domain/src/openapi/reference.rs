//! References: `$ref` as a JSON pointer (RFC 6901) into the same document. Nothing is fetched.

use super::document::Node;
use percent_encoding::percent_decode_str;

/// Longest chain of references.
const MAX_STEPS: usize = 16;

/// Follows `$ref` from a value until there is none; the value itself if it has none.
pub(super) fn resolve<'d>(root: &'d Node, start: &'d Node) -> Result<&'d Node, String> {
    let mut node = start;
    for _ in 0..MAX_STEPS {
        let Some(reference) = node.get("$ref") else { return Ok(node) };
        let reference = reference.text().ok_or("has a $ref that is not a text")?;
        let shown: String = reference.chars().take(120).collect();
        let Some(pointer) = reference.strip_prefix('#') else {
            return Err(format!("refers to {shown:?}, outside of the document"));
        };
        node =
            look_up(root, pointer).ok_or_else(|| format!("refers to {shown:?}, which the document does not have"))?;
    }
    Err("has references in a circle".to_owned())
}

fn look_up<'d>(root: &'d Node, pointer: &str) -> Option<&'d Node> {
    let pointer = percent_decode_str(pointer).decode_utf8().ok()?;
    if pointer.is_empty() {
        return Some(root);
    }
    let mut node = root;
    for token in pointer.strip_prefix('/')?.split('/') {
        let name = token.replace("~1", "/").replace("~0", "~");
        node = node.get(&name).or_else(|| node.item(name.parse().ok()?))?;
    }
    Some(node)
}

#[cfg(test)]
mod tests {
    use super::super::document::{Document, Format};
    use super::*;

    const TEXT: &str = r##"{
        "a/b": {"x": [{"found": 1}]},
        "here": {"$ref": "#/a~1b/x/0"}, "escaped": {"$ref": "#/a~1b/x%2F0"}, "chain": {"$ref": "#/here"},
        "circle": {"$ref": "#/back"}, "back": {"$ref": "#/circle"},
        "gone": {"$ref": "#/nothing"}, "outside": {"$ref": "other.yaml#/a"}, "odd": {"$ref": 1}
    }"##;

    #[track_caller]
    fn check(name: &str, expected: Option<&str>) {
        let Document(root) = Document::parse(TEXT, Format::Json).unwrap();
        let resolved = resolve(&root, root.get(name).unwrap());
        match expected {
            None => assert!(resolved.unwrap().get("found").is_some()),
            Some(reason) => assert!(resolved.unwrap_err().contains(reason)),
        }
    }

    #[test]
    fn references_are_followed_inside_the_document_only() {
        check("here", None);
        check("escaped", None);
        check("chain", None);
        check("circle", Some("in a circle"));
        check("gone", Some("does not have"));
        check("outside", Some("outside of the document"));
        check("odd", Some("not a text"));
    }
}
