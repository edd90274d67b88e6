//! Requests that two servers could read differently, sent byte by byte: refused before anything else.

use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::scene::Scene;

const LIMIT: Duration = Duration::from_secs(20);

#[tokio::test]
async fn ambiguous_oversized_and_unknown_requests_are_refused() -> Result<()> {
    let scene = Scene::start().await?;
    let profile = scene.profile("shop").await?;
    let root = &scene.collection.path;
    let head = format!("Host: gateway\r\napi-token: {}\r\n", profile.key);
    let get = |target: &str| format!("GET {root}/{target} HTTP/1.1\r\n{head}\r\n");
    let post = |fields: &str, body: &str| format!("POST {root}/things HTTP/1.1\r\n{head}{fields}\r\n{body}");
    let cases = [
        ("the request itself is fine", get("things"), 200),
        ("a dot segment, escaped", get("things/%2e%2e/x"), 400),
        ("a dot segment, escaped twice", get("things/%252e%252e/x"), 400),
        ("an escaped slash", get("a%2Fb"), 400),
        ("an empty segment", get("a//b"), 400),
        ("a bad escape", get("a%zz"), 400),
        ("a control character, escaped", get("a%00b"), 400),
        ("length and chunks together", post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400),
        ("two lengths", post("Content-Length: 3\r\nContent-Length: 4\r\n", "abc"), 400),
        ("chunked twice", post("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n"), 400),
        ("a folded header", format!("GET {root}/things HTTP/1.1\r\n{head}X-A: 1\r\n 2\r\n\r\n"), 400),
        ("no host", format!("GET {root}/things HTTP/1.1\r\napi-token: {}\r\n\r\n", profile.key), 400),
        ("two hosts", format!("GET {root}/things HTTP/1.1\r\n{head}Host: other\r\n\r\n"), 400),
        ("TRACE", format!("TRACE {root}/things HTTP/1.1\r\n{head}\r\n"), 501),
        ("an unknown method", format!("FLY {root}/things HTTP/1.1\r\n{head}\r\n"), 501),
        ("a long target", get(&"a".repeat(70_000)), 414),
        ("a large header", format!("GET {root}/things HTTP/1.1\r\n{head}X-A: {}\r\n\r\n", "a".repeat(20_000)), 431),
        ("the key twice", format!("GET {root}/things HTTP/1.1\r\n{head}api-token: x\r\n\r\n"), 401),
    ];
    let mut wrong = Vec::new();
    for (what, request, wanted) in cases {
        let answer = exchange(&scene, &request).await.with_context(|| what.to_owned())?;
        let status = answer.split(' ').nth(1).and_then(|status| status.parse::<u16>().ok());
        if status != Some(wanted) {
            wrong.push(format!("{what}: wanted {wanted}, got {}", answer.lines().next().unwrap_or("nothing")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(scene.upstream.seen().len(), 1, "only the good request reached the upstream");
    Ok(())
}

/// Sends the bytes on a connection of their own and reads until an answer's head is there or the end.
async fn exchange(scene: &Scene, request: &str) -> Result<String> {
    let mut connection = TcpStream::connect(scene.system.gateway).await?;
    let talk = async {
        // A refusal may come, and the connection be closed, before all was sent.
        connection.write_all(request.as_bytes()).await.ok();
        let mut answer = Vec::new();
        let mut part = [0; 4096];
        while !answer.windows(4).any(|four| four == b"\r\n\r\n") {
            match connection.read(&mut part).await {
                Ok(0) | Err(_) => break,
                Ok(count) => answer.extend_from_slice(&part[..count]),
            }
        }
        String::from_utf8_lossy(&answer).into_owned()
    };
    Ok(tokio::time::timeout(LIMIT, talk).await?)
}
