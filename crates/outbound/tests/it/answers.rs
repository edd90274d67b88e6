//! What is made of answers: whole, huge, slow, broken, redirecting, compressed.

use crate::support::{Does, LIMITS, Server, allowed, fetcher, get, get_within, no_names};
use outbound::{FetchError, Limits};
use std::process::Command;
use std::time::Duration;

#[tokio::test]
async fn an_answer_is_handed_over_with_its_status_and_freshness() {
    let text = "HTTP/1.1 404 Not Found\r\ncache-control: max-age=120\r\nage: 20\r\ncontent-length: 4\r\n\r\ngone";
    let answer = get(&Server::start(Does::says(text)).await).await.unwrap();
    assert_eq!((answer.status, &*answer.body), (404, &b"gone"[..]));
    assert_eq!(answer.fresh_for, Some(Duration::from_secs(100)));
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n";
    assert_eq!(&*get(&Server::start(Does::says(chunked)).await).await.unwrap().body, b"abc");
    let until_closed = "HTTP/1.1 200 OK\r\n\r\nabc";
    assert_eq!(&*get(&Server::start(Does::says(until_closed)).await).await.unwrap().body, b"abc");
}

#[tokio::test]
async fn a_request_says_who_asks_and_nothing_else() {
    let server = Server::start(Does::answers("x")).await;
    get(&server).await.unwrap();
    let head = server.head().await;
    assert!(head.starts_with("get /keys?v=1 http/1.1\r\n"), "{head}");
    let mut names: Vec<&str> = head.lines().skip(1).filter_map(|line| Some(line.split_once(':')?.0)).collect();
    names.sort_unstable();
    assert_eq!(names, ["accept", "accept-encoding", "host", "user-agent"], "{head}");
    assert!(head.contains("accept-encoding: identity\r\n") && head.contains("user-agent: portcullis/"), "{head}");
}

#[tokio::test]
async fn cookies_are_not_kept() {
    let answer = "HTTP/1.1 200 OK\r\nset-cookie: a=b\r\ncontent-length: 0\r\n\r\n";
    let server = Server::start(Does::says(answer)).await;
    for _ in 0..2 {
        get(&server).await.unwrap();
        assert!(!server.head().await.contains("cookie"));
    }
}

#[tokio::test]
async fn redirects_are_answers_and_are_not_followed() {
    let aim = Server::start(Does::answers("secret")).await;
    for to in [format!("http://127.0.0.1:{}/", aim.port), "https://example.com/".into(), "/elsewhere".into()] {
        for status in [301, 302, 303, 307, 308] {
            let text = format!("HTTP/1.1 {status} Moved\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n");
            let server = Server::start(Does::says(&text)).await;
            assert_eq!(get(&server).await.unwrap().status, status);
            assert_eq!(server.connections(), 1);
        }
    }
    assert_eq!(aim.connections(), 0);
}

#[tokio::test]
async fn a_body_may_have_the_limit_and_not_a_byte_more() {
    let exact = "x".repeat(1000);
    let limits = Limits { body_bytes: 1000, ..LIMITS };
    assert_eq!(get_within(&Server::start(Does::answers(&exact)).await, limits).await.unwrap().body.len(), 1000);
    let too_large = Err(FetchError::TooLarge { limit_bytes: 1000 });
    let more = "x".repeat(1001);
    assert_eq!(get_within(&Server::start(Does::answers(&more)).await, limits).await, too_large);
    let unannounced = format!("HTTP/1.1 200 OK\r\n\r\n{more}");
    assert_eq!(get_within(&Server::start(Does::says(&unannounced)).await, limits).await, too_large);
    let announced_only = "HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n";
    assert_eq!(get_within(&Server::start(Does::says(announced_only)).await, limits).await, too_large);
}

#[tokio::test]
async fn an_endless_body_is_left() {
    let mut endless = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    let chunk = [b"400\r\n".as_slice(), &[b'x'; 1024], b"\r\n"].concat();
    endless.extend(chunk.repeat(100));
    assert_eq!(get(&Server::start(Does::Says(endless)).await).await, Err(FetchError::TooLarge { limit_bytes: 65_536 }));
    // A head that never ends.
    let server = Server::start(Does::Repeats(b"x-more: and more\r\n".to_vec())).await;
    assert_eq!(get(&server).await, Err(FetchError::Broken));
}

#[tokio::test]
async fn silence_ends_with_the_time_allowed() {
    let limits = Limits { total: Duration::from_millis(200), ..LIMITS };
    assert_eq!(get_within(&Server::start(Does::Waits).await, limits).await, Err(FetchError::Timeout));
    let half = "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf";
    let drips = Server::start(Does::Repeats(b"HTTP/1.1 100 Continue\r\n\r\n".to_vec())).await;
    assert!(get_within(&drips, limits).await.is_err());
    assert_eq!(get(&Server::start(Does::says(half)).await).await, Err(FetchError::Broken));
}

#[tokio::test]
async fn a_broken_answer_is_an_error() {
    for text in ["", "garbage\r\n\r\n", "HTTP/1.1 200", "{\"keys\":[]}", "SSH-2.0-OpenSSH_9.2\r\n"] {
        assert_eq!(get(&Server::start(Does::says(text)).await).await, Err(FetchError::Broken), "{text}");
    }
    assert_eq!(get(&Server::start(Does::Closes).await).await, Err(FetchError::Broken));
}

#[tokio::test]
async fn a_compressed_answer_is_refused() {
    for encoding in ["gzip", "br", "zstd", "deflate", "identity, gzip"] {
        let text = format!("HTTP/1.1 200 OK\r\ncontent-encoding: {encoding}\r\ncontent-length: 2\r\n\r\n\u{1f}?");
        assert_eq!(get(&Server::start(Does::says(&text)).await).await, Err(FetchError::Encoded), "{encoding}");
    }
    let identity = "HTTP/1.1 200 OK\r\ncontent-encoding: identity\r\ncontent-length: 2\r\n\r\nok";
    assert_eq!(&*get(&Server::start(Does::says(identity)).await).await.unwrap().body, b"ok");
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_unreachable() {
    let server = Server::start(Does::Closes).await;
    let mut url = server.url();
    url.set_port(Some(1)).unwrap();
    let fetcher = crate::support::fetcher(crate::support::no_names(), Vec::new());
    let fault = fetcher.get(&url, &crate::support::allowed(&["127.0.0.1"]), LIMITS).await;
    assert_eq!(fault, Err(FetchError::Unreachable));
}

/// Runs another test of this file in a process whose environment names a proxy where nobody listens.
#[test]
fn a_proxy_of_the_environment_is_not_used() {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "answers::a_request_says_who_asks_and_nothing_else"]);
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        command.env(name, "http://127.0.0.1:1");
    }
    let run = command.env_remove("NO_PROXY").env_remove("no_proxy").output().unwrap();
    let text = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success() && text.contains("1 passed"), "{text}");
}

#[tokio::test]
async fn a_form_is_posted_once_with_its_credential() {
    let server = Server::start(Does::answers("{}")).await;
    let form = outbound::Form { fields: &[("grant_type", "client_credentials")], basic: Some(("shop", "s")) };
    let answer =
        fetcher(no_names(), Vec::new()).post_form(&server.url(), &form, &allowed(&["127.0.0.1"]), LIMITS).await;
    assert_eq!(answer.unwrap().status, 200);
    let head = server.head().await;
    for line in [
        "post /keys?v=1 http/1.1\r\n",
        "\r\nauthorization: basic c2hvcdpz\r\n",
        "\r\ncontent-type: application/x-www-form-urlencoded\r\n",
        "\r\naccept: application/json\r\n",
        "\r\ncontent-length: 29\r\n",
    ] {
        assert!(head.contains(line), "{line:?} in {head}");
    }
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_form_goes_nowhere_that_a_fetch_may_not_go() {
    let server = Server::start(Does::answers("{}")).await;
    let form = outbound::Form { fields: &[], basic: None };
    let answer = fetcher(no_names(), Vec::new()).post_form(&server.url(), &form, &allowed(&[]), LIMITS).await;
    assert_eq!((answer, server.connections()), (Err(outbound::FetchError::PlainHttp), 0));
}

#[tokio::test]
async fn json_is_posted_with_its_headers_and_only_the_status_is_read() {
    let endless = b"HTTP/1.1 202 Accepted\r\ncontent-encoding: gzip\r\ncontent-length: 99999999999\r\n\r\n".to_vec();
    let server = Server::start(Does::Says(endless)).await;
    let message = outbound::Message { headers: &[("webhook-id", "msg_1")], body: "{\"a\":1}" };
    let fetcher = fetcher(no_names(), Vec::new());
    let status = fetcher.post_json(&server.url(), &message, &allowed(&["127.0.0.1"]), LIMITS).await;
    assert_eq!(status, Ok(202));
    let head = server.head().await;
    for line in ["post /keys?v=1 http/1.1\r\n", "\r\nwebhook-id: msg_1\r\n", "\r\ncontent-type: application/json\r\n"] {
        assert!(head.contains(line), "{line:?} in {head}");
    }
    let status = fetcher.post_json(&server.url(), &message, &allowed(&[]), LIMITS).await;
    assert_eq!((status, server.connections()), (Err(FetchError::PlainHttp), 1));
    let silent = Server::start(Does::Waits).await;
    let brief = Limits { total: Duration::from_millis(200), ..LIMITS };
    let status = fetcher.post_json(&silent.url(), &message, &allowed(&["127.0.0.1"]), brief).await;
    assert_eq!(status, Err(FetchError::Timeout));
}
