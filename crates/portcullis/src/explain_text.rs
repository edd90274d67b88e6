//! Explanations as text on a terminal: what happened, why, what to change, and each check with what it compared.

use anyhow::Context as _;
use serde::Deserialize;
use std::fmt::Write as _;

/// What the management API answers for a request that was made.
#[derive(Debug, Deserialize)]
struct OfRecorded {
    recorded: serde_json::Map<String, serde_json::Value>,
    now: Option<Explanation>,
}

/// What it answers for a described request.
#[derive(Debug, Deserialize)]
struct Explanation {
    outcome: String,
    status: Option<u16>,
    reason: Option<String>,
    revision: i64,
    client: Option<Named>,
    profile: Option<Named>,
    collection: Option<Named>,
    endpoint: Option<Named>,
    checks: Vec<CheckRow>,
}

#[derive(Debug, Deserialize)]
struct Named {
    id: i64,
    name: Option<String>,
}

#[derive(Debug, Deserialize)]
struct CheckRow {
    number: u8,
    check: String,
    outcome: String,
    explanation: Option<String>,
    values: Vec<Value>,
    what_to_change: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Value {
    name: String,
    value: String,
}

/// Writes an explanation, given as the management API's JSON, for a person.
pub(crate) fn explanation(json: &str) -> anyhow::Result<String> {
    let mut out = String::new();
    if let Ok(OfRecorded { recorded, now }) = serde_json::from_str(json) {
        out.push_str("recorded\n");
        for (name, value) in recorded.iter().filter(|(_, value)| !value.is_null()) {
            writeln!(out, "  {name:<20} {}", in_words(value))?;
        }
        match now {
            Some(now) => {
                out.push_str("\nnow it would be ");
                write_explanation(&mut out, &now)?;
            }
            None => out.push_str("\nit cannot be run again: its profile was not known, or its path was cut\n"),
        }
    } else {
        let now: Explanation = serde_json::from_str(json).context("the server answered something unexpected")?;
        write_explanation(&mut out, &now)?;
    }
    Ok(out.trim_end().to_owned())
}

/// A recorded value as a person reads it.
fn in_words(value: &serde_json::Value) -> String {
    use serde_json::Value::{Array, Bool, Null, Number, Object, String};
    match value {
        String(text) => text.clone(),
        Array(items) => items.iter().map(in_words).collect::<Vec<_>>().join("; "),
        Object(members) => {
            match (members.get("id"), members.get("name"), members.get("limit"), members.get("remaining")) {
                (Some(id), name, ..) => format!("{} ({id})", name.and_then(|name| name.as_str()).unwrap_or("deleted")),
                (None, Some(name), Some(limit), Some(left)) => format!("{}: {left} of {limit} left", in_words(name)),
                _ => value.to_string(),
            }
        }
        Null | Bool(_) | Number(_) => value.to_string(),
    }
}

fn write_explanation(out: &mut String, explanation: &Explanation) -> anyhow::Result<()> {
    out.push_str(&explanation.outcome);
    if let (Some(status), Some(reason)) = (explanation.status, &explanation.reason) {
        write!(out, ": {status} {reason}")?;
    }
    writeln!(out, "  (directory revision {})", explanation.revision)?;
    if let Some(row) = explanation.checks.iter().find(|row| row.outcome == "stopped") {
        for (label, text) in [("why", &row.explanation), ("what to change", &row.what_to_change)] {
            if let Some(text) = text {
                writeln!(out, "  {label}: {text}")?;
            }
        }
    }
    let whose = [
        ("client", &explanation.client),
        ("profile", &explanation.profile),
        ("collection", &explanation.collection),
        ("endpoint", &explanation.endpoint),
    ];
    for (label, named) in whose {
        if let Some(Named { id, name }) = named {
            writeln!(out, "  {label:<20} {} ({id})", name.as_deref().unwrap_or("deleted"))?;
        }
    }
    out.push('\n');
    for row in &explanation.checks {
        let mark = match row.outcome.as_str() {
            "passed" => "passed",
            "stopped" => "STOPPED",
            _ => "-",
        };
        write!(out, "  {:>2} {:<20} {mark:<8}", row.number, row.check)?;
        let values: Vec<_> = row.values.iter().map(|value| format!("{}: {}", value.name, value.value)).collect();
        writeln!(out, " {}", values.join("; "))?;
    }
    // Rows without values end in blanks otherwise.
    *out = out.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    out.push('\n');
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DESCRIBED: &str = r#"{"outcome": "refused", "status": 403, "reason": "ip_not_allowed", "check": 6, "revision": 12,
        "client": {"id": 4, "name": "Acme"}, "profile": {"id": 9, "name": "Web shop"}, "collection": null, "endpoint": null,
        "checks": [
            {"number": 5, "check": "enabled", "outcome": "passed", "reason": null, "explanation": null,
             "values": [{"name": "client", "value": "enabled"}], "what_to_change": null},
            {"number": 6, "check": "source_address", "outcome": "stopped", "reason": "ip_not_allowed",
             "explanation": "the source address is not on the allow list",
             "values": [{"name": "source", "value": "203.0.113.7"}], "what_to_change": "Add the address."},
            {"number": 7, "check": "route", "outcome": "not_reached", "reason": null, "explanation": null, "values": [],
             "what_to_change": null}]}"#;

    #[test]
    fn a_refusal_reads_from_top_to_bottom() {
        let text = explanation(DESCRIBED).unwrap();
        let expected = "\
refused: 403 ip_not_allowed  (directory revision 12)
  why: the source address is not on the allow list
  what to change: Add the address.
  client               Acme (4)
  profile              Web shop (9)

   5 enabled              passed   client: enabled
   6 source_address       STOPPED  source: 203.0.113.7
   7 route                -";
        assert_eq!(text, expected);
    }

    #[test]
    fn a_recorded_request_stands_beside_what_would_become_of_it_now() {
        let json =
            format!(r#"{{"recorded": {{"status": 403, "reason": "ip_denied", "path": "/a"}}, "now": {DESCRIBED}}}"#);
        let text = explanation(&json).unwrap();
        assert!(text.starts_with("recorded\n  path                 /a\n"), "{text}");
        assert!(text.contains("\nnow it would be refused: 403 ip_not_allowed"), "{text}");
    }
}
