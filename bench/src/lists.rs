//! What the lists and searches of the management API cost in a large workspace: whole requests over HTTP, one after the
//! other, on a warm server. Aim: 50 ms for 95 of 100.
//!
//! The workspace is made once through the management API and kept: ten projects, 50 policies, 50 collections with ten
//! endpoints each, and clients with default terms and three profiles, of which one has own terms.

use crate::clock;
use crate::peers::machine;
use crate::peers::management::Management;
use crate::peers::ours::{Launch, Ours};
use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

const AIM: Duration = Duration::from_millis(50);
const COLLECTIONS: u32 = 50;
const POLICIES: u32 = 50;
const PROJECTS: u32 = 10;
/// What the confined caller sees.
const SEEN: [u32; 2] = [2, 3];

/// How the lists are measured.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The program.
    #[arg(long, default_value = "target/release/portcullis")]
    portcullis: PathBuf,
    /// Clients, with three profiles each.
    #[arg(long, default_value_t = 10_000)]
    clients: u32,
    /// Requests for each line of the table.
    #[arg(long, default_value_t = 200)]
    requests: u32,
    /// Where the workspace is kept.
    #[arg(long, default_value = "target/bench-lists")]
    folder: PathBuf,
    /// Where the table goes.
    #[arg(long, default_value = "bench/results/lists.md")]
    report: PathBuf,
}

/// Fills the workspace if need be, and measures.
pub(crate) fn run(options: &Options) -> Result<()> {
    let folder = std::path::absolute(&options.folder)?.join(options.clients.to_string());
    std::fs::create_dir_all(&folder).context("make the folder")?;
    let program = std::path::absolute(&options.portcullis)?;
    let data_dir = folder.join("data");
    let gateway = ([127, 0, 0, 1], 18_480).into();
    let launch = Launch {
        program: &program,
        wrapper: &[],
        data_dir: &data_dir,
        folder: &folder,
        gateway,
        access_log: None,
        secure: None,
    };
    let ours = Ours::serve(&launch)?;
    let management = ours.management()?;
    if !folder.join("filled").exists() {
        fill(&management, options.clients)?;
        std::fs::write(folder.join("filled"), "").context("note that it is filled")?;
    }
    let mut report = head(options);
    println!("{:>8} {:>8} {:>8}  request", "median", "p95", "most");
    let mut misses = 0_usize;
    let confined = management.confined(&SEEN)?;
    for (caller, who, paths) in
        [(&management, "", requests(options.clients)), (&confined, ", confined to two projects", confined_requests())]
    {
        for path in paths {
            let times = measure(caller, &path, options.requests)?;
            let miss = times.p95 > AIM;
            misses += usize::from(miss);
            let [p50, p95, most] = [times.p50, times.p95, times.most].map(|time| time.as_secs_f64() * 1000.0);
            println!("{p50:8.1} {p95:8.1} {most:8.1}  {path}{who}{}", if miss { "  over the aim" } else { "" });
            let mark = if miss { " **over the aim**" } else { "" };
            let _ = writeln!(report, "| `{path}`{who} | {p50:.1} | {p95:.1}{mark} | {most:.1} |");
        }
    }
    let _ = writeln!(report, "\nOver the aim: {misses}. Load at the end: {}.", machine::load());
    std::fs::write(&options.report, report).context("write the report")
}

fn head(options: &Options) -> String {
    format!(
        "# Lists and searches in a large workspace\n\nWhole requests of the management API over HTTP, one after the other, on a warm server, SQLite: \
         {} clients with three profiles\neach, 10 projects, 50 policies, 50 collections with ten endpoints each, {} requests a line, \
         milliseconds. Aim: p95 at most {} ms.\n\n- date: {}\n- command: `cargo run --release -p bench -- lists`\n- processor: {}, {} cores\n\n\
         | request | p50 | p95 | most |\n| --- | ---: | ---: | ---: |\n",
        options.clients,
        options.requests,
        AIM.as_millis(),
        clock::date(),
        machine::processor(),
        machine::cores(),
    )
}

fn fill(management: &Management, clients: u32) -> Result<()> {
    eprintln!("filling a workspace with {clients} clients; this is done once");
    for number in 1..PROJECTS {
        management.post("/api/projects", &json!({"name": format!("project {number}")}))?;
    }
    for number in 1..=POLICIES {
        let limit = json!({"limit": number, "interval": "minute"});
        management.post("/api/api_policies", &json!({"name": format!("policy {number}"), "rate_limit": limit}))?;
    }
    for number in 1..=COLLECTIONS {
        let collection = json!({"name": format!("collection {number}"), "upstream": "http://127.0.0.1:9"});
        let id = management.post("/api/api_collections", &collection)?.get("id").cloned().context("no id")?;
        for endpoint in 0..10 {
            let endpoint =
                json!({"name": format!("endpoint {endpoint}"), "method": "GET", "path": format!("{endpoint}/{{id}}")});
            management.post(&format!("/api/api_collections/{id}/api_endpoints"), &endpoint)?;
        }
    }
    for number in 0..clients {
        management.post("/api/v2/api_clients", &client(number))?;
    }
    Ok(())
}

/// Names are spread so that creation and alphabet are different orders.
fn client(number: u32) -> Value {
    let mixed = number.wrapping_mul(2_654_435_761) % 1_000_000;
    let own = json!({"name": "batch", "active": number.is_multiple_of(7), "auth_type": "token",
        "api_collection_ids": [number % COLLECTIONS + 1], "api_policy_id": number % POLICIES + 1});
    json!({
        "name": format!("client {mixed:06} {number}"),
        "project_id": number % PROJECTS + 1,
        "auth_type": "token",
        "api_collection_ids": [number % COLLECTIONS + 1, (number + 7) % COLLECTIONS + 1],
        "api_policy_id": number % POLICIES + 1,
        "api_keys": [{"name": "production", "active": true}, {"name": "test", "active": true}, own],
    })
}

/// First, last and sorted pages, common and rare words, every filter.
fn requests(clients: u32) -> Vec<String> {
    let last = |rows: u32| rows.div_ceil(100);
    let mut all = Vec::new();
    for (path, rows) in [
        ("/api/v2/api_clients", clients),
        ("/api/api_clients", clients),
        ("/api/api_access_profiles", clients * 3),
        ("/api/api_endpoints", COLLECTIONS * 10),
        ("/api/api_collections", COLLECTIONS),
        ("/api/api_policies", POLICIES),
        ("/api/projects", PROJECTS),
        ("/api/folders", PROJECTS),
    ] {
        all.push(path.to_owned());
        for query in ["sort=name", "sort=-updated_at", "q=1", "q=nowhere"] {
            all.push(format!("{path}?{query}"));
        }
        all.push(format!("{path}?page={}", last(rows)));
        all.push(format!("{path}?page={}&sort=-name", last(rows)));
    }
    for path in ["/api/v2/api_clients", "/api/api_access_profiles"] {
        for query in ["project_id=2", "api_collection_id=3", "api_policy_id=3", "active=false"] {
            all.push(format!("{path}?{query}"));
        }
    }
    all.push("/api/api_endpoints?api_collection_id=3".to_owned());
    all.push(format!("/api/v2/api_clients/{}/api_keys", clients / 2));
    all.push("/api/activity_logs".to_owned());
    all.push("/api/activity_logs?q=client".to_owned());
    all.push("/api/activity_logs?q=nowhere".to_owned());
    for word in ["client", "12", "production", "nowhere"] {
        all.push(format!("/api/search?q={word}"));
    }
    all
}

/// What a caller sees who is confined: the long lists and the searches.
fn confined_requests() -> Vec<String> {
    let mut all = Vec::new();
    for path in ["/api/v2/api_clients", "/api/api_access_profiles", "/api/api_endpoints"] {
        for query in ["", "?sort=name", "?sort=-updated_at", "?q=1", "?q=nowhere"] {
            all.push(format!("{path}{query}"));
        }
    }
    let others = ["/api/api_policies", "/api/activity_logs", "/api/search?q=client", "/api/search?q=12"];
    all.extend(others.map(str::to_owned));
    all
}

/// How long requests took.
struct Times {
    p50: Duration,
    p95: Duration,
    most: Duration,
}

fn measure(management: &Management, path: &str, requests: u32) -> Result<Times> {
    management.get(path)?;
    let mut times = Vec::new();
    for _ in 0..requests.max(1) {
        let since = clock::now();
        management.get(path)?;
        times.push(since.elapsed());
    }
    times.sort_unstable();
    let at = |share: usize| times.get((times.len() * share / 100).min(times.len() - 1)).copied().unwrap_or_default();
    Ok(Times { p50: at(50), p95: at(95), most: at(100) })
}
