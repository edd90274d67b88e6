//! The access log: a line for each request, nothing secret in it, and no request that waits for it.

use crate::support::{Gateway, PATIENCE, Setup, Upstream, config, get, request, standing_clock, token};
use gateway::{AccessLogOutput, AccessLogWriter, GatewayConfig};
use serde_json::{Value, json};
use std::path::Path;
use tempfile::TempDir;
use tokio::time::Instant;

struct Logged {
    folder: TempDir,
    writer: AccessLogWriter,
    gateway: Option<Gateway>,
}

impl Logged {
    fn start(upstream: &Upstream) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let writer = AccessLogWriter::start(AccessLogOutput::File(folder.path().join("access.log"))).unwrap();
        let config = GatewayConfig { access_log: Some(writer.clone()), ..config() };
        let gateway = Gateway::start_with(&Setup::new(upstream.url()), config, standing_clock, 1);
        Self { folder, writer, gateway: Some(gateway) }
    }

    fn gateway(&self) -> &Gateway {
        self.gateway.as_ref().unwrap()
    }

    fn text(&self) -> String {
        read(&self.folder.path().join("access.log"))
    }

    /// Stops the gateway; gives all lines.
    fn lines(&mut self) -> Vec<Value> {
        self.gateway.take().unwrap().stop();
        self.writer.flush();
        self.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

fn of<'a>(line: &'a Value, names: &[&str]) -> Vec<&'a Value> {
    names.iter().map(|name| &line[name]).collect()
}

#[test]
fn each_request_has_one_line_whatever_becomes_of_it() {
    let mut logged = Logged::start(&Upstream::plain());
    let gateway = logged.gateway();
    let mut caller = gateway.connect();
    let good = caller.write(get("/orders/x?q=s3cret").as_bytes()).reply();
    caller.write(request("POST", "/orders/x", "", "b0dy!").as_bytes()).reply();
    caller.write(b"GET /orders/x HTTP/1.1\r\nhost: a\r\napi-token: wr0ng\r\n\r\n").reply();
    caller.write(get("/nowhere/%22%5c\u{1b}").as_bytes()).rest().unwrap();
    gateway.get("/orders/off");
    assert_eq!(gateway.worker_counts().answers, [0, 2, 0, 3, 0]);
    let id = good.header("x-request-id").unwrap().to_owned();
    let lines = logged.lines();
    let text = logged.text();
    for secret in [token().as_str(), "s3cret", "b0dy", "wr0ng"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    let names = ["request_id", "method", "path", "protocol", "source", "status", "code", "profile_id", "sent_bytes"];
    let expected = json!([id, "GET", "/orders/x", "HTTP/1.1", "127.0.0.1", 200, null, 22, 5]);
    assert_eq!(json!(of(&lines[0], &names)), expected);
    let names = ["time", "client_id", "collection_id", "endpoint_id", "latency_us", "upstream_us", "broken_off"];
    assert_eq!(json!(of(&lines[0], &names)), json!(["2023-11-14T22:13:20.000000Z", 11, 1, 101, 0, 0, null]));
    assert_eq!(json!(of(&lines[1], &["method", "received_bytes", "status"])), json!(["POST", 5, 200]));
    let refused: Vec<_> = lines[2..].iter().map(|line| json!(of(line, &["status", "code", "upstream_us"]))).collect();
    let expected = [
        json!([401, "credential_malformed", null]),
        json!([400, "bad_framing", null]),
        json!([404, "endpoint_inactive", null]),
    ];
    assert_eq!(refused, expected);
    assert_eq!(lines.len(), 5);
}

#[test]
fn an_answer_that_breaks_off_is_said_to() {
    let upstream = Upstream::on_request(|_, wire| {
        wire.write(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhal");
        false
    });
    let mut logged = Logged::start(&upstream);
    let mut caller = logged.gateway().connect();
    let _reset = caller.write(get("/orders/x").as_bytes()).rest();
    let lines = logged.lines();
    assert_eq!(json!(of(&lines[0], &["status", "sent_bytes", "broken_off"])), json!([200, 3, true]));
}

#[test]
fn the_file_can_be_moved_away() {
    let mut logged = Logged::start(&Upstream::plain());
    assert_eq!(logged.gateway().get("/orders/x").status, 200);
    let started = Instant::now();
    while logged.text().is_empty() && started.elapsed() < PATIENCE {
        std::thread::yield_now();
    }
    let old = logged.folder.path().join("access.log.1");
    std::fs::rename(logged.folder.path().join("access.log"), &old).unwrap();
    logged.writer.reopen();
    assert_eq!(logged.gateway().get("/orders/off").status, 404);
    let lines = logged.lines();
    assert_eq!((lines.len(), &lines[0]["status"]), (1, &json!(404)));
    assert_eq!(read(&old).lines().count(), 1);
}

#[test]
fn a_full_disk_costs_lines_and_no_request() {
    let writer = AccessLogWriter::start(AccessLogOutput::File("/dev/full".into())).unwrap();
    let upstream = Upstream::plain();
    let config = GatewayConfig { access_log: Some(writer.clone()), ..config() };
    let gateway = Gateway::start_with(&Setup::new(upstream.url()), config, standing_clock, 1);
    for _ in 0..3 {
        assert_eq!(gateway.get("/orders/x").status, 200);
    }
    gateway.stop();
    writer.flush();
    assert_eq!(writer.unwritten_lines(), 3);
}
