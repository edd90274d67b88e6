//! What other proxies read: filled-in configurations, and keys in the form that each knows.

use super::peer::{Duty, Peer};
use super::seed::{LIST, SeededProfile};
use anyhow::{Context as _, Result};
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fmt::Write as _;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;

/// Fills a configuration in.
pub(super) fn fill(template: &str, folder: &Path, listen: SocketAddr, upstream: SocketAddr) -> String {
    template
        .replace("{{FOLDER}}", &folder.display().to_string())
        .replace("{{LISTEN}}", &listen.to_string())
        .replace("{{HOST}}", &listen.ip().to_string())
        .replace("{{PORT}}", &listen.port().to_string())
        .replace("{{UPSTREAM}}", &upstream.to_string())
        .replace("{{UPSTREAM_HOST}}", &upstream.ip().to_string())
        .replace("{{UPSTREAM_PORT}}", &upstream.port().to_string())
}

/// Fills in what makes a listener one of TLS and HTTP/2, or nothing.
pub(super) fn with_tls(peer: Peer, duty: Duty, template: &str) -> String {
    let (word, lines, scheme) = match (duty, peer) {
        (Duty::Checks | Duty::Plain, _) => ("", "", "http"),
        (Duty::Secure, Peer::Nginx) => (
            " ssl",
            "http2 on; ssl_certificate {{FOLDER}}/cert.pem; ssl_certificate_key {{FOLDER}}/key.pem; \
             ssl_protocols TLSv1.2 TLSv1.3;",
            "https",
        ),
        (Duty::Secure, Peer::Haproxy) => (" ssl crt {{FOLDER}}/both.pem alpn h2,http/1.1", "", "https"),
        (Duty::Secure, Peer::Envoy) => (
            "",
            "transport_socket: { name: tls, typed_config: { \
             \"@type\": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext, \
             common_tls_context: { alpn_protocols: [h2, http/1.1], tls_certificates: [{ \
             certificate_chain: { filename: \"{{FOLDER}}/cert.pem\" }, private_key: { filename: \"{{FOLDER}}/key.pem\" } }] } } }",
            "https",
        ),
        (Duty::Secure, Peer::Traefik) => (
            ", tls: {}",
            "tls: { certificates: [{ certFile: \"{{FOLDER}}/cert.pem\", keyFile: \"{{FOLDER}}/key.pem\" }] }",
            "https",
        ),
        (Duty::Secure, Peer::Caddy) => ("", "tls {{FOLDER}}/cert.pem {{FOLDER}}/key.pem", "https"),
    };
    template.replace("{{TLS}}", word).replace("{{TLS_LINES}}", lines).replace("{{SCHEME}}", scheme)
}

/// Writes keys, and address lists where a proxy has them by key.
pub(super) fn write_keys(peer: Peer, folder: &Path, profiles: &[SeededProfile]) -> Result<()> {
    match peer {
        Peer::Nginx => write_maps(folder, profiles, "\"", ";"),
        Peer::Haproxy => write_maps(folder, profiles, "", ""),
        Peer::Envoy => {
            let credential = |(number, profile): (usize, &SeededProfile)| {
                format!("{{key: \"{}\", client: p{number}}}", profile.credential())
            };
            let all: Vec<String> = profiles.iter().enumerate().map(credential).collect();
            write(folder, "keys.map", &format!("[{}]", all.join(", ")))
        }
        Peer::Traefik => {
            let mut users = String::new();
            for (number, profile) in profiles.iter().enumerate() {
                let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, profile.credential().as_bytes());
                writeln!(users, "p{number}:{{SHA}}{}", STANDARD.encode(hash.as_ref()))?;
            }
            write(folder, "keys.map", &users)
        }
        Peer::Caddy => write_files(folder, profiles),
    }
}

fn write_maps(folder: &Path, profiles: &[SeededProfile], quote: &str, end: &str) -> Result<()> {
    let (mut keys, mut lists) = (String::new(), String::new());
    for (number, profile) in profiles.iter().enumerate() {
        writeln!(keys, "{quote}{}{quote} p{number}{end}", profile.credential())?;
        for network in ["a", "b"] {
            writeln!(lists, "{quote}p{number}:{network}{quote} 1{end}")?;
        }
    }
    write(folder, "keys.map", &keys)?;
    write(folder, "lists.map", &lists)?;
    let [first, second] = LIST;
    write(folder, "networks.map", &format!("{first} a\n{second} b\n"))
}

/// An empty file named like each key, made anew where the keys are others than before.
fn write_files(folder: &Path, profiles: &[SeededProfile]) -> Result<()> {
    let keys = folder.join("keys");
    let there = fs::read_dir(&keys).map_or(0, Iterator::count);
    let first = profiles.first().map_or("", SeededProfile::credential);
    if there == profiles.len() && keys.join(first).exists() {
        return Ok(());
    }
    if there > 0 {
        fs::remove_dir_all(&keys).context("remove the keys of a former run")?;
    }
    fs::create_dir_all(&keys).context("make the folder of keys")?;
    for profile in profiles {
        fs::File::create(keys.join(profile.credential())).context("make the file of a key")?;
    }
    Ok(())
}

fn write(folder: &Path, name: &str, text: &str) -> Result<()> {
    fs::write(folder.join(name), text).with_context(|| format!("write {name}"))
}

/// The header line with which a profile calls a proxy: its own, or Basic where that is all that the proxy knows.
pub(super) fn credential_line(peer: Peer, number: usize, profile: &SeededProfile, duty: Duty) -> String {
    match (peer, duty) {
        (Peer::Traefik, Duty::Checks | Duty::Secure) => {
            let pair = STANDARD.encode(format!("p{number}:{}", profile.credential()));
            format!("Authorization: Basic {pair}")
        }
        _ => profile.line.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profiles() -> Vec<SeededProfile> {
        ["one", "two"].map(|key| SeededProfile { client: 1, id: 1, line: format!("api-token: {key}") }).into()
    }

    #[test]
    fn each_proxy_gets_the_keys_in_its_own_form() {
        let check = |peer: Peer, file: &str, wanted: &str| {
            let folder = tempfile::tempdir().unwrap();
            write_keys(peer, folder.path(), &profiles()).unwrap();
            assert_eq!(fs::read_to_string(folder.path().join(file)).unwrap(), wanted, "{}", peer.name());
        };
        check(Peer::Nginx, "keys.map", "\"one\" p0;\n\"two\" p1;\n");
        check(Peer::Haproxy, "lists.map", "p0:a 1\np0:b 1\np1:a 1\np1:b 1\n");
        check(Peer::Haproxy, "networks.map", "10.0.0.0/8 a\n127.0.0.0/16 b\n");
        check(Peer::Envoy, "keys.map", "[{key: \"one\", client: p0}, {key: \"two\", client: p1}]");
        check(Peer::Caddy, "keys/two", "");
        // By `printf one | openssl dgst -sha1 -binary | base64`.
        check(
            Peer::Traefik,
            "keys.map",
            "p0:{SHA}/gW83NxJKAEngaXxoqd8u1OY4QY=\np1:{SHA}rXguzax3D8brmmLkT5CHP7l/sms=\n",
        );
    }

    #[test]
    fn a_configuration_is_filled_in_whole() {
        let [listen, upstream] = ["127.0.0.1:1", "127.0.0.1:2"].map(|address| address.parse().unwrap());
        let text = fill(
            "{{FOLDER}} {{HOST}} {{PORT}} {{LISTEN}} {{UPSTREAM}} {{UPSTREAM_PORT}}",
            Path::new("/x"),
            listen,
            upstream,
        );
        assert_eq!(text, "/x 127.0.0.1 1 127.0.0.1:1 127.0.0.1:2 2");
    }
}
