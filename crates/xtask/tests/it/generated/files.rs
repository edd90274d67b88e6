//! The generators: each file with the text that it should have. Shared by `cargo xtask generate`, which
//! writes them, and by the test that compares them.

use std::fmt::Write as _;
use std::path::PathBuf;

use domain::denial::{Check, Denial};

/// The repository's top folder.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Each generated file: path from the top, and text.
pub(crate) fn all() -> Vec<(&'static str, String)> {
    vec![
        ("openapi/management.json", openapi()),
        ("openapi/workspace.schema.json", management::workspace::json_schema()),
        ("docs/manual/errors.md", errors_page()),
    ]
}

fn openapi() -> String {
    let mut text = management::openapi_json();
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

fn errors_page() -> String {
    let mut page = String::from(PAGE_START);
    let mut check = None;
    for denial in Denial::ALL {
        if check != Some(denial.check()) {
            check = Some(denial.check());
            writeln!(page, "\n## Check {}: {}", denial.check().number(), check_in_words(denial.check()))
                .expect("writes to memory");
        }
        writeln!(
            page,
            "\n### `{}`\n\n- What happened: {}.\n- The caller sees: {} {}, \"{}\".\n- What to change: {}",
            denial.code(),
            denial.log_text(),
            denial.status(),
            denial.title(),
            denial.caller_text(),
            denial.help(),
        )
        .expect("writes to memory");
    }
    page
}

const PAGE_START: &str = "\
<!-- Made by `cargo xtask generate` from crates/domain/src/denial.rs; do not edit. -->
# Why a call was refused

The gateway checks each request in the order below and stops at the first check that fails. The caller sees the
status and one general sentence for it; the code with the true reason is in the log, beside the request id that
every answer carries in `X-Request-Id`.
";

fn check_in_words(check: Check) -> &'static str {
    match check {
        Check::Room => "room for the request",
        Check::Framing => "HTTP framing, target, header sizes, method",
        Check::CredentialPresent => "a credential is present",
        Check::CredentialGenuine => "the credential is genuine",
        Check::MutualTls => "mutual TLS",
        Check::Enabled => "client and profile are enabled",
        Check::SourceAddress => "source address",
        Check::Route => "the address leads to a collection",
        Check::Granted => "the profile may use the collection",
        Check::Endpoint => "collection, endpoint, method",
        Check::RateLimit => "rate limits",
        Check::Quota => "usage quotas",
        Check::Forward => "forwarding",
    }
}
