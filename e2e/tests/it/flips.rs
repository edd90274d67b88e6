//! A collection is flipped between two upstreams a thousand times: each has another path, another name in a header and
//! another credential. A call goes to one of them as a whole.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};
use e2e::Connection;
use futures_util::future::try_join_all;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::scene::Scene;

const FLIPS: usize = 1000;
const REQUESTS: usize = 100_000;
const CALLERS: usize = 16;
const BOUND: Duration = Duration::from_secs(20);

/// Answers 200 to a call that is as this upstream's are, else 500.
async fn upstream(name: &'static str) -> Result<(String, Arc<AtomicUsize>)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/{name}", listener.local_addr()?);
    let served = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&served);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let served = Arc::clone(&counted);
            // A gateway that leaves is no matter here.
            tokio::spawn(async move { serve(stream, name, &served).await.ok() });
        }
    });
    Ok((url, served))
}

async fn serve(mut stream: TcpStream, name: &str, served: &AtomicUsize) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let (mut read, mut block) = (Vec::new(), [0; 4096]);
    loop {
        while let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") {
            let head: Vec<u8> = read.drain(..end + 4).collect();
            let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
            let is_whole = head.starts_with(&format!("get /{name}/things "))
                && head.contains(&format!("\r\nx-{name}: secret of {name}\r\n"));
            served.fetch_add(1, Ordering::Relaxed);
            let status = if is_whole { "200 OK" } else { "500 Mixed" };
            stream.write_all(format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n").as_bytes()).await?;
        }
        match stream.read(&mut block).await? {
            0 => return Ok(()),
            count => read.extend_from_slice(&block[..count]),
        }
    }
}

fn shape(url: &str, name: &str) -> Value {
    let auth = json!({"type": "header", "name": format!("X-{name}"), "value": format!("secret of {name}")});
    json!({"upstream": {"urls": [url], "auth": auth}})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_call_is_answered_by_a_mixture_of_two_revisions() -> Result<()> {
    let scene = Scene::start_with(e2e::Settings {
        arguments: vec!["--workers".to_owned(), "2".to_owned()],
        ..Default::default()
    })
    .await?;
    let profile = scene.profile("shop").await?;
    let (one, served_by_one) = upstream("one").await?;
    let (two, served_by_two) = upstream("two").await?;
    let shapes = [shape(&one, "one"), shape(&two, "two")];
    let collection = format!("/api/api_collections/{}", scene.collection.id);
    scene.api.put(&collection, &shapes[1]).await?.good()?;
    let (is_over, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let callers = (0..CALLERS).map(|_| {
        let (is_over, answered) = (Arc::clone(&is_over), Arc::clone(&answered));
        let (gateway, path, header) = (scene.system.gateway, scene.path.clone(), format!("api-token: {}", profile.key));
        tokio::spawn(async move {
            let mut connection = Connection::open(gateway).await?;
            let mut wrong = Vec::new();
            while !is_over.load(Ordering::Relaxed) || answered.load(Ordering::Relaxed) < REQUESTS {
                match connection.status(&path, &header, BOUND).await? {
                    200 => {}
                    other => wrong.push(other),
                }
                answered.fetch_add(1, Ordering::Relaxed);
            }
            anyhow::Ok(wrong)
        })
    });
    let callers: Vec<_> = callers.collect();
    for flip in 0..FLIPS {
        scene.api.put(&collection, &shapes[flip % 2]).await?.good()?;
    }
    is_over.store(true, Ordering::Relaxed);
    let wrong: Vec<Vec<u16>> =
        try_join_all(callers.into_iter().map(|caller| async { caller.await.context("caller")? })).await?;
    let wrong: Vec<u16> = wrong.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{} mixed or lost: {:?}", wrong.len(), wrong.first());
    let served = (served_by_one.load(Ordering::Relaxed), served_by_two.load(Ordering::Relaxed));
    assert!(served.0 > 1000 && served.1 > 1000, "{served:?}");
    println!("{} requests during {FLIPS} flips, served {served:?}", answered.load(Ordering::Relaxed));
    Ok(())
}
