//! A server that says, path by path, what a test wants, and counts what it was asked.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// What is said at a path.
#[derive(Clone)]
pub(super) enum Says {
    /// 200 with these header lines and body.
    Ok(&'static str, String),
    /// These bytes.
    Raw(String),
    /// Nothing, for as long as it is waited for.
    Nothing,
    /// Nothing: it closes.
    Closes,
}

#[derive(Default)]
struct Script {
    says: HashMap<String, Says>,
    asked: HashMap<String, usize>,
}

/// The server.
pub(super) struct Issuer {
    port: u16,
    script: Arc<Mutex<Script>>,
}

impl Issuer {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let script = Arc::new(Mutex::new(Script::default()));
        let shared = Arc::clone(&script);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, Arc::clone(&shared)));
            }
        });
        Self { port, script }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub(super) fn says(&self, path: &str, says: Says) {
        self.script.lock().unwrap().says.insert(path.to_owned(), says);
    }

    /// Says a set of keys with these ids at a path.
    pub(super) fn has_keys(&self, path: &str, kids: &[&str]) {
        self.says(path, Says::Ok("", key_set(kids)));
    }

    /// How often a path was asked for.
    pub(super) fn asked(&self, path: &str) -> usize {
        self.script.lock().unwrap().asked.get(path).copied().unwrap_or_default()
    }
}

async fn answer(mut stream: TcpStream, script: Arc<Mutex<Script>>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if !matches!(stream.read_buf(&mut head).await, Ok(1..)) {
            return;
        }
    }
    let text = String::from_utf8(head).unwrap();
    let target = text.split(' ').nth(1).unwrap();
    let path = target.split('?').next().unwrap().to_owned();
    let says = {
        let mut script = script.lock().unwrap();
        let says = script.says.get(&path).cloned();
        *script.asked.entry(path).or_default() += 1;
        says
    };
    let bytes = match says {
        Some(Says::Ok(headers, body)) => {
            format!("HTTP/1.1 200 OK\r\n{headers}content-length: {}\r\n\r\n{body}", body.len())
        }
        Some(Says::Raw(text)) => text,
        Some(Says::Nothing) => {
            let _ = stream.read_u8().await;
            return;
        }
        Some(Says::Closes) => return,
        None => "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".to_owned(),
    };
    let _ = stream.write_all(bytes.as_bytes()).await;
    let _ = stream.shutdown().await;
}

/// A set of Ed25519 keys (the public key of RFC 8037 A.2) with these ids.
pub(super) fn key_set(kids: &[&str]) -> String {
    let keys = kids.iter().map(|kid| {
        format!(r#"{{"kty":"OKP","crv":"Ed25519","kid":"{kid}","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}}"#)
    });
    format!(r#"{{"keys":[{}]}}"#, keys.collect::<Vec<_>>().join(","))
}
