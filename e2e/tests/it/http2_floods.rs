//! Floods of HTTP/2 frames against the real binary: its memory stays bounded, and it serves others.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::scene::Scene;

const LIMIT: Duration = Duration::from_secs(30);
/// How much a flood sends at most: more than all sockets hold.
const FLOOD_BYTES: usize = 32 * 1024 * 1024;
/// How often each is tried at once.
const CONNECTIONS: usize = 8;
/// What the process may grow by, over all of them.
const GROWTH_KIB: u64 = 96 * 1024;

/// The frames of a flood, one after another.
type Flood = Box<dyn Fn(usize) -> Vec<u8>>;

fn frame(kind: u8, flags: u8, stream: usize, payload: &[u8]) -> Vec<u8> {
    let length = payload.len().to_be_bytes();
    let stream = u32::try_from(stream).unwrap_or(u32::MAX).to_be_bytes();
    [&length[5..], &[kind, flags], &stream, payload].concat()
}

fn literal(first: u8, name: &str, value: &str) -> Vec<u8> {
    let length = |text: &str| u8::try_from(text.len()).unwrap_or(u8::MAX);
    [&[first, length(name)], name.as_bytes(), &[length(value)], value.as_bytes()].concat()
}

/// A request's head: GET, http, this path and key; 16 entries of the dynamic table are made by it.
fn head(path: &str, key: &str) -> Vec<u8> {
    let mut block = vec![0x82, 0x86];
    block.extend(literal(0, ":path", path));
    block.extend(literal(0, ":authority", "gw.test"));
    block.extend(literal(0, "api-token", key));
    for _ in 0..16 {
        block.extend(literal(0x40, "x", &"v".repeat(100)));
    }
    block
}

/// Sends `begin` and the flood; whether the gateway ended the connection before all of it was taken.
async fn ends(gateway: SocketAddr, begin: &[u8], next: impl Fn(usize) -> Vec<u8>) -> Result<bool> {
    let mut connection = TcpStream::connect(gateway).await?;
    let (mut reading, mut writing) = connection.split();
    let settings = frame(4, 0, 0, &[]);
    writing.write_all(&[b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", &*settings, begin].concat()).await?;
    let flood = async {
        let (mut written, mut at) = (0, 0);
        while written < FLOOD_BYTES {
            let part: Vec<u8> = (0..64).flat_map(|step| next(at + step)).collect();
            at += 64;
            if writing.write_all(&part).await.is_err() {
                return true;
            }
            written += part.len();
        }
        false
    };
    let answers = async {
        let mut part = vec![0; 64 * 1024];
        while reading.read(&mut part).await.is_ok_and(|n| n > 0) {}
    };
    let (ended, ()) = timeout(LIMIT, async { tokio::join!(flood, answers) }).await.context("the connection ends")?;
    Ok(ended)
}

/// Memory of a process that is in use.
fn memory_kib(pid: u32) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).context("status of the process")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("VmRSS")?;
    line.trim().trim_end_matches(" kB").parse().context("a number of kB")
}

#[tokio::test]
async fn floods_take_no_memory_and_no_service() -> Result<()> {
    let scene = Scene::start().await?;
    let profile = scene.profile("shop").await?;
    assert_eq!(scene.status(&profile).await?, 200);
    let pid = scene.system.pid().context("running")?;
    let before = memory_kib(pid)?;
    let (gateway, good) = (scene.system.gateway, head(&scene.path, &profile.key));
    let bomb = [&*good, &[0xbe; 8 * 1024]].concat();
    let floods: Vec<(&str, Vec<u8>, Flood)> = vec![
        ("resets", vec![], {
            let good = good.clone();
            Box::new(move |at| [frame(1, 4, at * 2 + 1, &good), frame(3, 0, at * 2 + 1, &[0, 0, 0, 8])].concat())
        }),
        ("streams", vec![], {
            let good = good.clone();
            Box::new(move |at| frame(1, 4, at * 2 + 1, &good))
        }),
        ("continuation", frame(1, 1, 1, &good), Box::new(|_| frame(9, 0, 1, &literal(0, "a", "b")))),
        ("pings", vec![], Box::new(|_| frame(6, 0, 0, &[0; 8]))),
        ("settings", vec![], Box::new(|_| frame(4, 0, 0, &[0, 1, 0, 0, 0x10, 0]))),
        ("empty data", frame(1, 4, 1, &good), Box::new(|_| frame(0, 0, 1, &[]))),
        ("windows", vec![], Box::new(|_| frame(8, 0, 0, &[0, 0, 0, 1]))),
        ("priorities", vec![], Box::new(|at| frame(2, 0, at * 2 + 1, &[0, 0, 0, 0, 1]))),
        ("compressed headers", vec![], Box::new(move |at| frame(1, 5, at * 2 + 1, &bomb))),
    ];
    for (name, begin, next) in &floods {
        let all = (0..CONNECTIONS).map(|_| ends(gateway, begin, next));
        for ended in futures_util::future::try_join_all(all).await.with_context(|| (*name).to_owned())? {
            assert!(ended, "a flood of {name} was taken whole");
        }
        assert_eq!(scene.status(&profile).await?, 200, "after a flood of {name}");
        let grown = memory_kib(pid)?.saturating_sub(before);
        assert!(grown < GROWTH_KIB, "{grown} KiB more after a flood of {name}");
    }
    Ok(())
}
