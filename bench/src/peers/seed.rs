//! Data directories with many profiles, made once through the management API and kept.
//!
//! A collection with one endpoint in front of the upstream, a policy with a rate limit and a quota that no run reaches,
//! and clients with 20 profiles each: an own credential, own terms, an address list of two entries. Beside the data
//! directory lies a file with a line per profile: client, profile, and the header line that carries its credential.

use super::management::Management;
use super::ours::{Launch, Ours};
use super::tokens::Signer;
use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use std::fs;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Profiles of one client.
pub(crate) const PER_CLIENT: usize = 20;
/// The networks of every profile's list. Callers come from 127.0.0.1; 127.9.9.9 is outside.
pub(crate) const LIST: [&str; 2] = ["10.0.0.0/8", "127.0.0.0/16"];
/// The path of the measured endpoint at the gateway.
pub(crate) const PATH: &str = "/orders-v1/orders/";

/// What a data directory holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Auth tokens, all checks.
    Token,
    /// One auth token without policy and address list: the nearest to a plain proxy that the product has.
    Plain,
    /// JSON Web Tokens of a shared secret.
    Hs256,
    /// JSON Web Tokens of an RSA key of 2048 bits.
    Rs256,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Plain => "plain",
            Self::Hs256 => "hs256",
            Self::Rs256 => "rs256",
        }
    }
}

/// A data directory that is filled.
#[derive(Debug)]
pub(crate) struct Seed {
    /// The directory itself.
    pub(crate) data_dir: PathBuf,
    /// The profiles, in the order of the keys.
    pub(crate) profiles: Vec<SeededProfile>,
}

/// One profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SeededProfile {
    /// Its client's id.
    pub(crate) client: u64,
    /// Its id.
    pub(crate) id: u64,
    /// The header line with its credential.
    pub(crate) line: String,
}

impl SeededProfile {
    /// Its credential alone.
    pub(crate) fn credential(&self) -> &str {
        self.line.rsplit_once(' ').map_or("", |(_, credential)| credential)
    }
}

/// Where and how a directory is filled.
#[derive(Debug, Clone)]
pub(crate) struct Place<'a> {
    /// The program.
    pub(crate) portcullis: &'a Path,
    /// Under this folder.
    pub(crate) folder: &'a Path,
    /// What stands behind the collection.
    pub(crate) upstream: SocketAddr,
    /// The gateway's address while it is filled; management is one port above.
    pub(crate) gateway: SocketAddr,
}

/// Gives the directory with so many profiles, making it if it is not there.
pub(crate) fn seed(place: &Place<'_>, kind: Kind, profiles: usize) -> Result<Seed> {
    let folder = place.folder.join(format!("{}-{profiles}-{}", kind.name(), place.upstream.port()));
    let list = folder.join("profiles");
    if !list.exists() {
        eprintln!("filling a data directory with {profiles} profiles ({}); this is done once", kind.name());
        if folder.exists() {
            fs::remove_dir_all(&folder).with_context(|| format!("remove {}", folder.display()))?;
        }
        fs::create_dir_all(&folder).with_context(|| format!("make {}", folder.display()))?;
        let made = fill(place, &folder, kind, profiles)?;
        let mut file = std::io::BufWriter::new(fs::File::create(folder.join("profiles.part"))?);
        for profile in &made {
            writeln!(file, "{} {} {}", profile.client, profile.id, profile.line)?;
        }
        file.into_inner()?.sync_all()?;
        fs::rename(folder.join("profiles.part"), &list)?;
    }
    let text = fs::read_to_string(&list).with_context(|| format!("read {}", list.display()))?;
    let profiles = text.lines().map(parse_line).collect::<Option<_>>().context("a list of profiles is damaged")?;
    Ok(Seed { data_dir: folder.join("data"), profiles })
}

fn parse_line(line: &str) -> Option<SeededProfile> {
    let mut parts = line.splitn(3, ' ');
    Some(SeededProfile {
        client: parts.next()?.parse().ok()?,
        id: parts.next()?.parse().ok()?,
        line: parts.next()?.to_owned(),
    })
}

fn fill(place: &Place<'_>, folder: &Path, kind: Kind, profiles: usize) -> Result<Vec<SeededProfile>> {
    let server = Ours::serve(&Launch {
        program: place.portcullis,
        wrapper: &[],
        data_dir: &folder.join("data"),
        folder,
        gateway: place.gateway,
        access_log: None,
        secure: None,
    })?;
    let api = server.management()?;
    let collection = id_of(&api.post(
        "/api/api_collections",
        &json!({"name": "Orders", "version": "1.0", "upstream": {"urls": [format!("http://{}", place.upstream)]}}),
    )?)?;
    let endpoint = json!({"name": "An order", "method": "GET", "path": "orders/{id}", "active": true});
    api.post(&format!("/api/api_collections/{collection}/api_endpoints"), &endpoint)?;
    let policy = json!({
        "name": "Not reached",
        "rate_limit": {"limit": 1_000_000_000, "interval": "hour"},
        "usage_quota": {"limit": 1_000_000_000, "interval": "month"},
    });
    let policy = id_of(api.post("/api/api_policies", &policy)?.get("data").context("no data")?)?;
    let signer = Signer::new(kind)?;
    let mut made = Vec::with_capacity(profiles);
    while made.len() < profiles {
        let numbers = made.len()..profiles.min(made.len() + PER_CLIENT);
        make_client(&api, &signer, (kind, collection, policy), numbers, &mut made)?;
        if made.len() % 100_000 == 0 {
            eprintln!("  {} profiles", made.len());
        }
    }
    Ok(made)
}

fn make_client(
    api: &Management,
    signer: &Signer,
    (kind, collection, policy): (Kind, u64, u64),
    numbers: std::ops::Range<usize>,
    made: &mut Vec<SeededProfile>,
) -> Result<()> {
    let profile = |number: usize| {
        let mut body = json!({
            "name": format!("Profile {number}"), "active": true, "auth_type": "token",
            "api_collection_ids": [collection], "api_policy_id": policy, "ip_allow_list": LIST,
        });
        if let Value::Object(body) = &mut body {
            if kind == Kind::Plain {
                body.remove("api_policy_id");
                body.remove("ip_allow_list");
            }
            body.extend(signer.terms(number));
        }
        body
    };
    let body = json!({
        "name": format!("Client {}", numbers.start / PER_CLIENT),
        "api_keys": numbers.clone().map(profile).collect::<Vec<_>>(),
    });
    let answer = api.post("/api/v2/api_clients", &body)?;
    let client = id_of(answer.get("data").context("no data")?)?;
    let keys = answer.pointer("/data/api_keys").and_then(Value::as_array).context("no api_keys")?;
    if keys.len() != numbers.len() {
        bail!("{} profiles were made, not {}", keys.len(), numbers.len());
    }
    for (number, key) in numbers.zip(keys) {
        let line = signer.line(number, key)?;
        made.push(SeededProfile { client, id: id_of(key)?, line });
    }
    Ok(())
}

fn id_of(thing: &Value) -> Result<u64> {
    thing.get("id").and_then(Value::as_u64).with_context(|| format!("no id in {thing}"))
}
