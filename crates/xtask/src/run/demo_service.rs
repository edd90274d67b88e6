//! The service behind the demo: quotes and orders of a small wholesaler, as JSON over HTTP/1.1.
//!
//! One thread per connection, connections kept alive, loopback only. It holds its data in the code, so that
//! every answer can be looked up here: GET and POST /quotes, /quotes/{id}, /orders, /orders/{id}.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

/// A connection that says nothing for this long is closed.
const IDLE: Duration = Duration::from_mins(2);
const BODY_LIMIT_BYTES: usize = 64 * 1024;

/// The running service; it ends with the program.
pub(crate) struct DemoService {
    port: u16,
}

impl DemoService {
    /// Listens on the port of an earlier run if it is known, else on any free one.
    pub(crate) fn start(port: Option<u16>) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port.unwrap_or(0)))
            .with_context(|| format!("the demo service cannot listen on port {}", port.unwrap_or(0)))?;
        let port = listener.local_addr().context("demo service address")?.port();
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                std::thread::spawn(move || serve(&connection));
            }
        });
        Ok(Self { port })
    }

    /// Its port on loopback.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Its base URL.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

/// Answers requests until the caller leaves or sends something that is not HTTP.
fn serve(connection: &TcpStream) {
    if connection.set_read_timeout(Some(IDLE)).is_err() {
        return;
    }
    let mut reader = BufReader::new(connection);
    while let Some(request) = read_request(&mut reader) {
        let (status, body) = answer(&request.method, &request.path, &request.body);
        let text = body.to_string();
        let head =
            format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", text.len());
        let body = if request.method == "HEAD" { "" } else { text.as_str() };
        let mut writer = connection;
        if writer.write_all([head.as_bytes(), body.as_bytes()].concat().as_slice()).is_err() {
            return;
        }
    }
}

struct Request {
    method: String,
    path: String,
    body: Vec<u8>,
}

/// The next request; none at the end of the connection or where a rule is broken.
fn read_request(reader: &mut BufReader<&TcpStream>) -> Option<Request> {
    let mut line = String::new();
    if reader.read_line(&mut line).ok()? == 0 {
        return None;
    }
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?);
    let path = target.split('?').next()?.to_owned();
    let (mut length, mut chunked) = (0, false);
    loop {
        let mut field = String::new();
        reader.read_line(&mut field).ok()?;
        let field = field.trim();
        if field.is_empty() {
            break;
        }
        let (name, value) = field.split_once(':')?;
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().ok().filter(|length| *length <= BODY_LIMIT_BYTES)?;
        }
        chunked |= name.eq_ignore_ascii_case("transfer-encoding");
    }
    let body = if chunked { read_chunks(reader)? } else { read_exactly(reader, length)? };
    Some(Request { method, path, body })
}

fn read_exactly(reader: &mut BufReader<&TcpStream>, length: usize) -> Option<Vec<u8>> {
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(body)
}

fn read_chunks(reader: &mut BufReader<&TcpStream>) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let length = usize::from_str_radix(line.split(';').next()?.trim(), 16).ok()?;
        if body.len() + length > BODY_LIMIT_BYTES {
            return None;
        }
        body.extend(read_exactly(reader, length)?);
        reader.read_line(&mut String::new()).ok()?;
        if length == 0 {
            return Some(body);
        }
    }
}

/// What the service says.
fn answer(method: &str, path: &str, body: &[u8]) -> (&'static str, Value) {
    let mut segments = path.trim_matches('/').split('/');
    let (noun, id) = (segments.next().unwrap_or_default(), segments.next());
    let Some(things) = collection(noun) else {
        return ("404 Not Found", json!({"error": format!("nothing at {path}")}));
    };
    match (method, id) {
        ("GET" | "HEAD", None) => ("200 OK", json!({noun: things})),
        ("GET" | "HEAD", Some(id)) => match things.into_iter().find(|thing| thing["id"] == id) {
            Some(thing) => ("200 OK", thing),
            None => ("404 Not Found", json!({"error": format!("no {noun} {id}")})),
        },
        ("POST", None) => match serde_json::from_slice::<Value>(body) {
            Ok(Value::Object(mut fields)) => {
                fields.insert("id".to_owned(), json!(if noun == "quotes" { "Q-1004" } else { "O-2004" }));
                fields.insert("status".to_owned(), json!("received"));
                ("201 Created", Value::Object(fields))
            }
            _ => ("400 Bad Request", json!({"error": "the body must be a JSON object"})),
        },
        _ => ("405 Method Not Allowed", json!({"error": format!("{method} is not offered here")})),
    }
}

fn collection(noun: &str) -> Option<Vec<Value>> {
    match noun {
        "quotes" => Some(vec![
            json!({"id": "Q-1001", "customer": "Alder Books", "total": "1840.00", "currency": "EUR", "valid_until": "2027-01-31"}),
            json!({"id": "Q-1002", "customer": "Brook Cafe", "total": "312.50", "currency": "EUR", "valid_until": "2027-02-15"}),
            json!({"id": "Q-1003", "customer": "Cedar Office", "total": "9120.00", "currency": "USD", "valid_until": "2027-01-10"}),
        ]),
        "orders" => Some(vec![
            json!({"id": "O-2001", "quote": "Q-1001", "status": "shipped", "items": 12}),
            json!({"id": "O-2002", "quote": "Q-1002", "status": "packing", "items": 3}),
            json!({"id": "O-2003", "quote": "Q-1003", "status": "received", "items": 40}),
        ]),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{DemoService, answer};

    fn check(method: &str, path: &str, body: &str, status: &str) {
        assert_eq!(answer(method, path, body.as_bytes()).0, status, "{method} {path}");
    }

    #[test]
    fn answers_follow_method_and_path() {
        check("GET", "/quotes", "", "200 OK");
        check("GET", "/orders/O-2001", "", "200 OK");
        check("GET", "/orders/O-9", "", "404 Not Found");
        check("GET", "/elsewhere", "", "404 Not Found");
        check("POST", "/orders", r#"{"quote":"Q-1001"}"#, "201 Created");
        check("POST", "/orders", "[]", "400 Bad Request");
        check("DELETE", "/orders", "", "405 Method Not Allowed");
    }

    #[test]
    fn several_requests_go_over_one_connection() {
        let service = DemoService::start(None).unwrap();
        let agent = ureq::agent();
        for _ in 0..3 {
            let text =
                agent.get(format!("{}/quotes", service.url())).call().unwrap().body_mut().read_to_string().unwrap();
            assert!(text.contains("Q-1001"));
        }
    }
}
