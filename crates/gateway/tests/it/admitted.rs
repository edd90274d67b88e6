//! Calls that pass every check: what the upstream gets, and what the caller gets back.

use crate::support::{Gateway, Setup, Upstream, get, request, token};

#[test]
fn a_good_call_reaches_the_upstream_and_its_answer_comes_back() {
    let upstream = Upstream::plain();
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    let reply = gateway.get("/orders/a/b?x=1");
    assert_eq!((reply.status, reply.body.as_str()), (200, "hello"));
    assert_eq!(reply.header("content-type"), Some("text/plain"));
    assert_eq!(reply.header("x-request-id").unwrap().len(), 36);
    let seen = upstream.only();
    assert_eq!(seen.line, "GET /a/b?x=1 HTTP/1.1");
    assert_eq!(seen.header("host"), Some(upstream.authority().as_str()));
    assert_eq!(gateway.stop().calls, 1);
}

#[test]
fn exactly_these_headers_reach_the_upstream() {
    let upstream = Upstream::plain();
    let gateway = Gateway::start(&Setup::new(format!("{}/base", upstream.url())));
    let sent = [
        "Accept: a/b",
        "Cookie: c=1",
        "Cookie: d=2",
        "X-Custom: \u{e9}",
        "X-Empty: ",
        "Content-Type: text/x",
        "Connection: close, X-Named, x-portcullis-client-id, traceparent",
        "X-Named: gone",
        "Keep-Alive: timeout=5",
        "Proxy-Connection: keep-alive",
        "Proxy-Authorization: Basic eA==",
        "TE: gzip, trailers;q=1, trailers",
        "Upgrade: websocket",
        "HTTP2-Settings: x",
        "Forwarded: for=1.2.3.4",
        "X-Forwarded-For: 1.2.3.4",
        "X-Forwarded-Proto: https",
        "X-Forwarded-Host: evil",
        "X-Forwarded-Port: 1",
        "X_Forwarded_For: 1.2.3.4",
        "X-Real-IP: 1.2.3.4",
        "X-HTTP-Method-Override: DELETE",
        "X-HTTP-Method: DELETE",
        "X-Method-Override: DELETE",
        "X-Original-URL: /x",
        "X-Rewrite-URL: /x",
        "Proxy: http://evil",
        "Expect: nothing",
        "X-Portcullis-Client-Id: 1",
        "X-Portcullis-Claims: x",
        "X_Portcullis_Client_Id: 1",
        "api_token: x",
        "X-Request-Id: mine",
        "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "tracestate: a=b",
        "Via: 1.0 fred",
    ];
    let text = format!("{}\r\n", sent.join("\r\n"));
    let reply = gateway.send(&request("POST", "/orders/x", &text, "body"));
    assert_eq!(reply.status, 200);
    let seen = upstream.only();
    assert_eq!(seen.line, "POST /base/x HTTP/1.1");
    assert_eq!(seen.body, b"body");
    let host = upstream.authority();
    let request_id = reply.header("x-request-id").unwrap();
    let expected = vec![
        ("accept", "a/b"),
        ("connection", "te"),
        ("content-length", "4"),
        ("content-type", "text/x"),
        ("cookie", "c=1"),
        ("cookie", "d=2"),
        ("host", &host),
        ("te", "trailers"),
        ("tracestate", "a=b"),
        ("via", "1.0 fred, 1.1 portcullis"),
        ("x-custom", "\u{e9}"),
        ("x-empty", ""),
        ("x-forwarded-for", "127.0.0.1"),
        ("x-forwarded-host", "gw.test"),
        ("x-forwarded-proto", "http"),
        ("x-portcullis-client-id", "11"),
        ("x-portcullis-collection", "orders"),
        ("x-portcullis-endpoint", "101"),
        ("x-portcullis-profile-id", "22"),
        ("x-portcullis-profile-name", "Billing%20job%20%C3%A9"),
        ("x-request-id", request_id),
    ];
    let mut got: Vec<_> = seen.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let trace = got.iter().position(|(name, _)| *name == "traceparent").map(|at| got.remove(at)).unwrap();
    got.sort_unstable();
    assert_eq!(got, expected);
    assert!(trace.1.starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-") && trace.1.ends_with("-01"), "{trace:?}");
    assert!(!trace.1.contains("00f067aa0ba902b7"));
}

#[test]
fn a_trace_is_begun_where_the_caller_has_none() {
    let upstream = Upstream::plain();
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    gateway.send(&request("GET", "/orders/x", "traceparent: nonsense\r\ntracestate: a=b\r\n", ""));
    let seen = upstream.only();
    assert_eq!(seen.header("traceparent").unwrap().len(), 55);
    assert_eq!(seen.header("tracestate"), None);
}

#[test]
fn credentials_never_go_on() {
    let upstream = Upstream::plain();
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    let reply = gateway.get("/orders/x?a=1&api_token=secret&API%5Ftoken=secret&b=%2f&c");
    assert_eq!(reply.status, 200);
    let seen = upstream.only();
    assert_eq!(seen.line, "GET /x?a=1&b=%2f&c HTTP/1.1");
    let text = format!("{seen:?}");
    assert!(!text.contains(&token()) && !text.contains("secret") && !text.contains("api-token"), "{text}");
}

#[test]
fn one_canonical_path_is_forwarded_and_queries_pass_byte_for_byte() {
    for (target, forwarded) in [
        ("/orders", "GET /base HTTP/1.1"),
        ("/orders/", "GET /base/ HTTP/1.1"),
        ("/orders/%61%7e%2D/caf%c3%a9", "GET /base/a~-/caf%C3%A9 HTTP/1.1"),
        ("/orders/a;x=1?q=%zz&%41", "GET /base/a;x=1?q=%zz&%41 HTTP/1.1"),
        ("/%6Frders/x?", "GET /base/x? HTTP/1.1"),
        ("http://GW.test/orders/x", "GET /base/x HTTP/1.1"),
        ("http://gw.test:80/orders/y?z", "GET /base/y?z HTTP/1.1"),
        ("/orders/{x}|\"^[]", "GET /base/{x}|\"^[] HTTP/1.1"),
        ("/orders/x?a=^`{|}'[]\\", "GET /base/x?a=^`{|}'[]\\ HTTP/1.1"),
    ] {
        let upstream = Upstream::plain();
        let gateway = Gateway::start(&Setup::new(format!("{}/base", upstream.url())));
        assert_eq!(gateway.get(target).status, 200, "{target}");
        assert_eq!(upstream.only().line, forwarded);
    }
}

#[test]
fn raw_characters_that_are_no_part_of_a_url_pass_as_they_are() {
    let upstream = Upstream::plain();
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    for target in ["/orders/<", "/orders/>", "/orders/`", "/orders/x?\"", "/orders/x?<", "/orders/x?>"] {
        assert_eq!(gateway.get(target).status, 200, "{target}");
    }
    let lines: Vec<_> = upstream.seen().into_iter().map(|seen| seen.line).collect();
    assert_eq!(lines, ["/<", "/>", "/`", "/x?\"", "/x?<", "/x?>"].map(|target| format!("GET {target} HTTP/1.1")));
}

#[test]
fn every_method_is_forwarded_as_it_is() {
    let upstream = Upstream::plain();
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
        assert_eq!(gateway.send(&request(method, "/orders/x", "", "")).status, 200, "{method}");
    }
    let lines: Vec<_> = upstream.seen().iter().map(|seen| seen.line.clone()).collect();
    assert_eq!(lines.len(), 6);
    assert_eq!(lines[4], "DELETE /x HTTP/1.1");
    assert!(upstream.seen().iter().all(|seen| seen.header("transfer-encoding").is_none()));
}

#[test]
fn answers_lose_what_is_not_for_the_caller() {
    let answer = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: x-named\r\nx-named: 1\r\nkeep-alive: timeout=9\r\n\
        x-portcullis-secret: 1\r\nalt-svc: h3\r\nx-request-id: theirs\r\nratelimit: 1\r\nratelimit-policy: 1\r\n\
        proxy-authenticate: Basic\r\nupgrade: h2c\r\nset-cookie: a=1\r\nset-cookie: b=2\r\nserver: up\r\nx-kept: 1\r\n\r\nok";
    let upstream = Upstream::answering(answer);
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    let reply = gateway.get("/orders/x");
    let mut names: Vec<_> =
        reply.headers.iter().map(|(name, _)| name.as_str()).filter(|name| *name != "date").collect();
    names.sort_unstable();
    assert_eq!(names, ["content-length", "server", "set-cookie", "set-cookie", "x-kept", "x-request-id"]);
    assert_ne!(reply.header("x-request-id"), Some("theirs"));
}

#[test]
fn a_location_under_the_upstream_leads_back_through_the_gateway() {
    let upstream = Upstream::on_request(|seen, wire| {
        let host = seen.header("host").unwrap();
        wire.write(
            format!("HTTP/1.1 302 Found\r\ncontent-length: 0\r\nlocation: http://{host}/base/new?a#b\r\n\r\n")
                .as_bytes(),
        );
        true
    });
    let gateway = Gateway::start(&Setup::new(format!("{}/base", upstream.url())));
    let reply = gateway.get("/orders/x");
    assert_eq!((reply.status, reply.header("location")), (302, Some("http://gw.test/orders/new?a#b")));
}

#[test]
fn statuses_without_a_body_keep_the_connection_in_step() {
    for (answer, status) in [
        ("HTTP/1.1 204 No Content\r\n\r\n", 204),
        ("HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\netag: \"x\"\r\n\r\n", 304),
        ("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", 200),
        ("HTTP/1.1 418 Odd\r\ncontent-length: 0\r\n\r\n", 418),
        ("HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", 200),
    ] {
        let upstream = Upstream::answering(answer);
        let gateway = Gateway::start(&Setup::new(upstream.url()));
        let mut caller = gateway.connect();
        for _ in 0..2 {
            let reply = caller.write(get("/orders/x").as_bytes()).reply();
            assert_eq!((reply.status, reply.body.as_str()), (status, ""));
        }
        assert_eq!(upstream.connections(), 1, "{answer:?}");
    }
}

#[test]
fn head_gives_the_headers_of_get_and_no_body() {
    let upstream = Upstream::on_request(|seen, wire| {
        assert!(seen.line.starts_with("HEAD "));
        wire.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1234\r\nx-a: b\r\n\r\n");
        true
    });
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    let mut caller = gateway.connect();
    for _ in 0..2 {
        let head = caller.write(request("HEAD", "/orders/x", "", "").as_bytes()).head();
        assert_eq!((head.status, head.header("content-length"), head.header("x-a")), (200, Some("1234"), Some("b")));
    }
    let refused = caller.write(request("HEAD", "/nowhere", "", "").as_bytes()).head();
    assert_eq!(refused.status, 404);
    assert_eq!(caller.write(request("HEAD", "/orders/x", "", "").as_bytes()).head().status, 200);
}

#[test]
fn a_rewritten_endpoint_is_called_under_its_upstream_path() {
    let upstream = Upstream::plain();
    let mut setup = Setup::new(format!("{}/base", upstream.url()));
    setup.endpoints = vec![("GET", "customers/{id}/orders", true)];
    setup.rewrite = Some("v2/orders/{id}");
    let gateway = Gateway::start(&setup);
    assert_eq!(gateway.get("/orders/customers/a%20b/orders?x").status, 200);
    assert_eq!(upstream.only().line, "GET /base/v2/orders/a%20b?x HTTP/1.1");
}

#[test]
fn http_1_0_callers_are_served() {
    let upstream = Upstream::answering("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n");
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    let mut caller = gateway.connect();
    let text = format!("GET /orders/x HTTP/1.0\r\nhost: gw.test\r\napi-token: {}\r\n\r\n", token());
    let reply = caller.write(text.as_bytes()).reply();
    assert_eq!((reply.status, reply.body.as_str()), (200, "ok"));
    caller.assert_closed();
    assert_eq!(upstream.only().header("via"), Some("1.0 portcullis"));
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let upstream = Upstream::on_request(|seen, wire| {
        let body = seen.line.split(' ').nth(1).unwrap().to_owned();
        wire.write(format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len()).as_bytes());
        true
    });
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    let mut caller = gateway.connect();
    let chunked = request("POST", "/orders/2", "transfer-encoding: chunked\r\n", "")
        .replace("\r\n\r\n", "\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
    let text = [get("/orders/1"), chunked, get("/nowhere"), request("POST", "/orders/4", "", "body"), get("/orders/5")]
        .concat();
    caller.write(text.as_bytes());
    for expected in [(200, "/1"), (200, "/2"), (404, ""), (200, "/4"), (200, "/5")] {
        let reply = caller.reply();
        assert_eq!(reply.status, expected.0);
        assert!(expected.0 != 200 || reply.body == expected.1, "{reply:?}");
    }
    assert_eq!(upstream.connections(), 1);
}

#[test]
fn what_follows_a_pipelined_request_malformed_is_refused_after_the_answer() {
    let upstream = Upstream::plain();
    let gateway = Gateway::start(&Setup::new(upstream.url()));
    let mut caller = gateway.connect();
    caller.write(format!("{}GET /orders/x HTTP/1.1\nhost: a\n\n", get("/orders/x")).as_bytes());
    assert_eq!(caller.reply().status, 200);
    assert_eq!(caller.reply().status, 400);
    caller.assert_closed();
    assert_eq!(upstream.seen().len(), 1);
}

#[test]
fn the_rate_limit_is_shown_on_answers() {
    let upstream = Upstream::plain();
    let mut setup = Setup::new(upstream.url());
    setup.rate = Some(2);
    let gateway = Gateway::start(&setup);
    let reply = gateway.get("/orders/x");
    assert_eq!(reply.header("ratelimit-policy"), Some(r#""rate";q=2;w=60"#));
    assert_eq!(reply.header("ratelimit"), Some(r#""rate";r=1;t=60"#));
    assert_eq!(gateway.get("/orders/x").header("ratelimit"), Some(r#""rate";r=0;t=60"#));
    let refused = gateway.get("/orders/x");
    assert_eq!((refused.status, refused.header("ratelimit")), (429, Some(r#""rate";r=0;t=60"#)));
    assert_eq!(gateway.get("/nowhere").header("ratelimit"), None);
}
