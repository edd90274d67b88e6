//! What all series share: programs, ports, folders, the upstream, and how targets are started.

use super::certificate::Certificate;
use super::ours::{Expected, Launch, Ours, has_access_log};
use super::peer::{Duty, Peer, Setting, program_of, start_upstream};
use super::process::Process;
use super::seed::{Kind, PATH, Place, Seed, seed};
use super::target::{Checked, Target, Transport};
use super::{Options, peer};
use crate::load::Keys;
use anyhow::{Context as _, Result};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::rc::Rc;

/// Ports of one target.
const PORTS_EACH: u16 = 10;

/// The running upstream and what is needed to start targets.
#[derive(Debug)]
pub(crate) struct Scene<'a> {
    /// As asked for.
    pub(crate) options: &'a Options,
    /// The peers that take part.
    pub(crate) peers: Vec<Peer>,
    /// What could not be started, and why.
    pub(crate) missing: Vec<String>,
    /// Whether ours writes an access log, as the peers do.
    pub(crate) access_log: bool,
    certificate: Rc<Certificate>,
    /// What runs ours, such as a profiler; usually nothing.
    pub(crate) wrapper: Vec<String>,
    _upstream: Process,
    next_port: u16,
}

impl<'a> Scene<'a> {
    /// Starts the upstream.
    pub(crate) fn set(options: &'a Options) -> Result<Self> {
        let nginx = program_of(Peer::Nginx, &options.program).context("nginx is the upstream: --program nginx=PATH")?;
        std::fs::create_dir_all(&options.folder).with_context(|| format!("make {}", options.folder.display()))?;
        let peers = peer::parse_peers(&options.peers)?;
        let mut missing = Vec::new();
        for peer in &peers {
            if program_of(*peer, &options.program).is_none() {
                missing.push(format!("{}: not started, its program is not there", peer.title()));
            }
        }
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port));
        let upstream = start_upstream(nginx, &options.folder.join("upstream"), address)?;
        Ok(Self {
            options,
            peers: peers.into_iter().filter(|peer| program_of(*peer, &options.program).is_some()).collect(),
            missing,
            access_log: has_access_log(&options.portcullis, &options.folder),
            certificate: Rc::new(Certificate::new()?),
            wrapper: Vec::new(),
            _upstream: upstream,
            next_port: options.port,
        })
    }

    /// Where the upstream listens.
    pub(crate) fn upstream_address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.options.port))
    }

    /// Targets of a former series are gone: their ports are used again.
    pub(crate) fn clear(&mut self) {
        self.next_port = self.options.port;
    }

    /// A filled data directory.
    pub(crate) fn seed(&self, kind: Kind, profiles: usize) -> Result<Rc<Seed>> {
        let place = Place {
            portcullis: &self.options.portcullis,
            folder: &self.options.folder.join("seeds"),
            upstream: self.upstream_address(),
            gateway: SocketAddr::from((Ipv4Addr::LOCALHOST, self.options.port + 5)),
        };
        seed(&place, kind, profiles).map(Rc::new)
    }

    /// Ours on a filled directory.
    pub(crate) fn ours(&mut self, name: &str, seed: &Rc<Seed>, what: &Asked) -> Result<Target> {
        let address = self.address();
        let folder = self.folder(name)?;
        let log = folder.join("access.log");
        // Gateway, management, then TLS.
        let secure = (what.wire == Wire::Secure).then(|| SocketAddr::new(address.ip(), address.port() + 2));
        self.certificate.write(&folder)?;
        let log = (self.access_log && what.log == Log::Yes).then_some(log.as_path());
        let ours = Ours::serve(&Launch {
            program: &self.options.portcullis,
            wrapper: &self.wrapper,
            data_dir: &seed.data_dir,
            folder: &folder,
            gateway: address,
            access_log: log,
            secure,
        })?;
        let counts = Expected::new(&ours, seed)?;
        let mut target = Target {
            name: name.to_owned(),
            address: secure.unwrap_or(address),
            keys: Rc::new(keys(seed, what.last)),
            pass_keys: Rc::new(keys(seed, FAST.last)),
            transport: self.transport(what.wire),
            process: Some(ours.process),
            counts: Some((Rc::clone(seed), counts)),
            rounds: Vec::new(),
        };
        target.prove(what.checked)?;
        Ok(target)
    }

    /// All peers, each as far as it starts; what does not is noted as missing.
    pub(crate) fn peers(&mut self, duty: Duty, seed: &Rc<Seed>, last: &str) -> Vec<Target> {
        let mut targets = Vec::new();
        for peer in self.peers.clone() {
            match self.peer(peer, duty, seed, last) {
                Ok(target) => targets.push(target),
                Err(error) => {
                    eprintln!("{} is not measured: {error:#}", peer.name());
                    let missing = format!("{}: in a series not measured, it did not start as configured", peer.title());
                    if !self.missing.contains(&missing) {
                        self.missing.push(missing);
                    }
                }
            }
        }
        targets
    }

    fn peer(&mut self, peer: Peer, duty: Duty, seed: &Rc<Seed>, last: &str) -> Result<Target> {
        let program = program_of(peer, &self.options.program).context("no program")?;
        let address = self.address();
        let setting = Setting { duty, listen: address, upstream: self.upstream_address(), profiles: &seed.profiles };
        let folder = self.folder(peer.name())?;
        self.certificate.write(&folder)?;
        let process = peer.start(program, &folder, &setting)?;
        let lines: Vec<String> =
            seed.profiles.iter().enumerate().map(|(number, profile)| peer.line(number, profile, duty)).collect();
        let mut target = Target {
            name: peer.name().to_owned(),
            address,
            keys: Rc::new(Keys::new(&format!("{PATH}{last}"), lines.iter().map(String::as_str))),
            pass_keys: Rc::new(Keys::new(&format!("{PATH}{}", FAST.last), lines.iter().map(String::as_str))),
            transport: self.transport(if duty == Duty::Secure { Wire::Secure } else { Wire::Plain }),
            process: Some(process),
            counts: None,
            rounds: Vec::new(),
        };
        target.prove(if duty == Duty::Checks { Checked::Yes } else { Checked::No })?;
        Ok(target)
    }

    /// The upstream without any proxy.
    pub(crate) fn direct(&self, seed: &Rc<Seed>, last: &str) -> Target {
        Target {
            name: "direct".to_owned(),
            address: self.upstream_address(),
            keys: Rc::new(keys(seed, last)),
            pass_keys: Rc::new(keys(seed, last)),
            transport: Transport::Plain,
            process: None,
            counts: None,
            rounds: Vec::new(),
        }
    }

    fn transport(&self, wire: Wire) -> Transport {
        match wire {
            Wire::Plain => Transport::Plain,
            Wire::Secure => Transport::Secure(Rc::clone(&self.certificate)),
        }
    }

    fn address(&mut self) -> SocketAddr {
        self.next_port += PORTS_EACH;
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.next_port))
    }

    fn folder(&self, name: &str) -> Result<PathBuf> {
        let name: String =
            name.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).collect();
        let folder = self.options.folder.join("run").join(name);
        std::fs::create_dir_all(&folder).with_context(|| format!("make {}", folder.display()))?;
        Ok(folder)
    }
}

/// How ours is used.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// The last segment of the path: `17`, `10k` or `1m`.
    pub(crate) last: &'static str,
    /// Whether keys and addresses are checked.
    pub(crate) checked: Checked,
    /// Whether requests are logged.
    pub(crate) log: Log,
    /// How it is called.
    pub(crate) wire: Wire,
}

/// How a proxy is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wire {
    /// HTTP/1.1.
    Plain,
    /// HTTP/2 on TLS.
    Secure,
}

/// Checks and log on, the small answer.
pub(crate) const FAST: Asked = Asked { last: "17", checked: Checked::Yes, log: Log::Yes, wire: Wire::Plain };

/// Whether a line per request is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Log {
    /// It is, where the program can.
    Yes,
    /// It is not.
    No,
}

/// The requests of all profiles.
pub(crate) fn keys(seed: &Seed, last: &str) -> Keys {
    Keys::new(&format!("{PATH}{last}"), seed.profiles.iter().map(|profile| profile.line.as_str()))
}
