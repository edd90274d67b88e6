//! `export`, `diff` and `apply`.

use super::passphrase::{Use, passphrase};
use super::remote::server;
use super::{print, progress, runtime};
use crate::cli::{ApplyArgs, DiffArgs, ExportArgs, Overrides, Remote};
use crate::control::{ApplyOrder, Request, perform};
use crate::failure::Failure;
use crate::settings::Settings;
use anyhow::{Context as _, anyhow};
use indicatif::HumanBytes;
use serde_json::Value;
use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// Largest file, as the management API takes it.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// Writes the workspace down.
pub(super) fn export(args: &ExportArgs) -> Result<(), Failure> {
    let passphrase = passphrase(&args.passphrase, Use::Seal)?;
    let server = server(&args.remote)?;
    let settings = Settings::load(&args.overrides)?;
    let progress = progress::waiting("reading the workspace");
    let text = runtime()?.block_on(async {
        match &server {
            Some(server) => server.export(passphrase).await,
            None => perform(&settings, Request::ExportWorkspace { passphrase }).await,
        }
    });
    progress.finish_and_clear();
    let mut text = text?;
    if args.json {
        let document: Value = yaml_serde::from_str(&text).context("the server answered nothing of use")?;
        text = serde_json::to_string_pretty(&document).context("cannot write JSON")? + "\n";
    }
    match &args.output {
        None => print(text.trim_end()),
        Some(path) => Ok(write_private(path, &text)?),
    }
}

/// A file that only its owner may read; it replaces a former one whole.
fn write_private(path: &Path, text: &str) -> anyhow::Result<()> {
    let cannot = || format!("cannot write {}", path.display());
    let mut draft = path.as_os_str().to_owned();
    draft.push(".new");
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&draft).with_context(cannot)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).with_context(cannot)?;
    std::fs::rename(&draft, path).with_context(cannot)
}

/// Says what a file would change.
pub(super) fn diff(args: &DiffArgs) -> Result<(), Failure> {
    let document = read(&args.file)?;
    let secret = passphrase(&args.passphrase, Use::Open)?;
    let order = ApplyOrder { document, dry_run: true, prune: args.prune, passphrase: secret };
    let answer = carry_out(order, &args.remote, &args.overrides, "comparing")?;
    show(&answer, args.json)?;
    let differs = answer.get("changes").and_then(Value::as_array).is_some_and(|changes| !changes.is_empty());
    if args.exit_code && differs { Err(Failure::Differs) } else { Ok(()) }
}

/// Changes the workspace to what a file says.
pub(super) fn apply(args: &ApplyArgs) -> Result<(), Failure> {
    let document = read(&args.file)?;
    let secret = passphrase(&args.passphrase, Use::Open)?;
    let what = if args.dry_run { "comparing" } else { "applying" };
    let order = ApplyOrder { document, dry_run: args.dry_run, prune: args.prune, passphrase: secret };
    let answer = carry_out(order, &args.remote, &args.overrides, what)?;
    show(&answer, args.json)
}

fn read(file: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let shown = file.display();
    let read = if file == Path::new("-") {
        std::io::stdin().take(MAX_BYTES + 1).read_to_string(&mut text)
    } else {
        std::fs::File::open(file).and_then(|file| file.take(MAX_BYTES + 1).read_to_string(&mut text))
    };
    read.with_context(|| format!("cannot read {shown}"))?;
    if text.len() as u64 > MAX_BYTES {
        return Err(Failure::Failed(anyhow!("{shown}: is over 64 MiB")));
    }
    Ok(text)
}

fn carry_out(order: ApplyOrder, remote: &Remote, overrides: &Overrides, what: &str) -> Result<Value, Failure> {
    let server = server(remote)?;
    let settings = Settings::load(overrides)?;
    let size = HumanBytes(order.document.len() as u64);
    let progress = progress::waiting(&format!("{what} {size} of workspace"));
    let answer = runtime()?.block_on(async {
        match &server {
            Some(server) => {
                let query = [("dry_run", order.dry_run), ("prune", order.prune)];
                server.apply(order.document, &query, order.passphrase).await
            }
            None => perform(&settings, Request::ApplyWorkspace(order)).await,
        }
    });
    progress.finish_and_clear();
    Ok(serde_json::from_str(&answer?).context("the server answered nothing of use")?)
}

fn show(answer: &Value, json: bool) -> Result<(), Failure> {
    if json {
        return print(&serde_json::to_string_pretty(answer).context("cannot write JSON")?);
    }
    print(in_words(answer).trim_end())
}

/// A difference, an object a line with its fields below.
fn in_words(answer: &Value) -> String {
    let mut text = String::new();
    let list = |value: &Value, name: &str| value.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let word = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    for change in list(answer, "changes") {
        let (sign, what) = match word(&change, "change").as_str() {
            "created" => ('+', "created"),
            "deleted" => ('-', "deleted"),
            _ => ('~', "changed"),
        };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{sign} {} {:?} {what}", word(&change, "object"), word(&change, "name"));
        for field in list(&change, "fields") {
            let value = |name: &str| field.get(name).cloned().unwrap_or_default();
            let (before, after) = (value("before"), value("after"));
            let name = word(&field, "field");
            let _ = match sign {
                '+' => writeln!(text, "    {name}: {after}"),
                '-' => writeln!(text, "    {name}: {before}"),
                _ => writeln!(text, "    {name}: {} -> {}", or_none(&before), or_none(&after)),
            };
        }
    }
    let count = |name: &str| answer.get(name).and_then(Value::as_u64).unwrap_or_default();
    let applied = answer.get("applied").and_then(Value::as_bool).unwrap_or_default();
    let _ = writeln!(
        text,
        "{} created, {} changed, {} deleted, {} unchanged{}",
        count("created"),
        count("changed"),
        count("deleted"),
        count("unchanged"),
        if applied { format!("; applied as revision {}", count("revision")) } else { String::new() }
    );
    for note in list(answer, "notes") {
        let _ = writeln!(text, "note: {}", note.as_str().unwrap_or_default());
    }
    text
}

fn or_none(value: &Value) -> String {
    if value.is_null() { "(none)".to_owned() } else { value.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_difference_is_shown_object_by_object_and_field_by_field() {
        let answer = json!({
            "applied": true, "revision": 7, "created": 1, "changed": 1, "deleted": 1, "unchanged": 2,
            "changes": [
                {"object": "access_policy", "name": "Gold", "change": "changed",
                 "fields": [{"field": "rate_limit.limit", "before": 10, "after": 20},
                            {"field": "description", "before": null, "after": "x"}]},
                {"object": "client", "name": "Acme", "change": "created",
                 "fields": [{"field": "enabled", "before": null, "after": true}]},
                {"object": "client", "name": "Old", "change": "deleted",
                 "fields": [{"field": "enabled", "before": false, "after": null}]},
            ],
            "notes": ["look here"],
        });
        assert_eq!(
            in_words(&answer),
            "~ access_policy \"Gold\" changed\n    rate_limit.limit: 10 -> 20\n    description: (none) -> \"x\"\n\
             + client \"Acme\" created\n    enabled: true\n- client \"Old\" deleted\n    enabled: false\n\
             1 created, 1 changed, 1 deleted, 2 unchanged; applied as revision 7\nnote: look here\n"
        );
    }
}
