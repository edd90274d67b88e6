//! `serve --takeover`: nothing fails, nothing is counted wrongly, and what is revoked is revoked in both processes.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use e2e::{Connection, PlainUpstream, Profile, Settings, run_bounded, until};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::time::timeout;

use crate::scene::Scene;
use crate::takeover_load::Load;

const TAKEOVERS: usize = 20;
const REQUESTS: usize = 100_000;
const BOUND: Duration = Duration::from_secs(20);

fn workers(count: u16) -> Settings {
    Settings { arguments: vec!["--workers".to_owned(), count.to_string()], ..Default::default() }
}

/// A scene whose upstream remembers nothing, and the path that goes there.
async fn plain(count: u16) -> Result<(Scene, PlainUpstream, u64, String)> {
    let scene = Scene::start_with(workers(count)).await?;
    let upstream = PlainUpstream::start().await?;
    let collection = scene.api.make_collection("Plain", &upstream.url()).await?;
    scene.api.make_endpoint(&collection, "GET", "things").await?;
    scene.api.make_endpoint(&collection, "GET", "stream").await?;
    Ok((scene, upstream, collection.id, collection.path))
}

async fn calls_total(scene: &Scene, profile: &Profile) -> Result<u64> {
    let shown = scene.api.get(&profile.path()).await?.good()?;
    shown.pointer("/data/calls_total").and_then(Value::as_u64).with_context(|| format!("no calls_total in {shown}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_takeovers_under_load_fail_no_request_and_lose_no_count() -> Result<()> {
    let (mut scene, _upstream, collection, path) = plain(2).await?;
    let profile = scene.api.make_profile(scene.client, "load", &[collection], json!({})).await?;
    let load = Load::start(scene.system.gateway, &format!("{path}/things"), &profile.key);
    let first = scene.system.pid();
    for number in 1..=TAKEOVERS {
        // The number of workers changes up and down.
        let workers = ["1", "2", "3"][number % 3];
        scene.system.set_arguments(&["--workers", workers]);
        let former = scene.system.begin_takeover().await.with_context(|| format!("takeover {number}"))?;
        former.ended().await.with_context(|| format!("takeover {number}"))?;
        load.goes_well()?;
    }
    assert_ne!(scene.system.pid(), first);
    load.reached(REQUESTS).await?;
    let sent = load.end().await?;
    println!("{TAKEOVERS} takeovers, {sent}");
    let counted = until("all calls are counted", BOUND, async || {
        let counted = calls_total(&scene, &profile).await?;
        Ok((counted >= sent.all()).then_some(counted))
    })
    .await?;
    assert_eq!(counted, sent.all());
    Ok(())
}

#[tokio::test]
async fn a_revocation_during_the_drain_holds_in_both_processes() -> Result<()> {
    let (mut scene, _upstream, collection, path) = plain(1).await?;
    let profile = scene.api.make_profile(scene.client, "shop", &[collection], json!({})).await?;
    let header = format!("api-token: {}", profile.key);
    let things = format!("{path}/things");
    let mut idle = Connection::open(scene.system.gateway).await?;
    let mut other = Connection::open(scene.system.gateway).await?;
    assert_eq!(idle.status(&things, &header, BOUND).await?, 200);
    assert_eq!(other.status(&things, &header, BOUND).await?, 200);
    let mut stream = open_stream(&scene, &format!("{path}/stream"), &header).await?;

    let mut former = scene.system.begin_takeover().await?;
    assert_eq!(other.status(&things, &header, BOUND).await?, 200, "one more call in the former process");
    let disabled = scene.api.act(&format!("{}/disable", profile.path())).await?;
    assert_eq!(disabled.status, 200, "{}", disabled.text);
    assert!(former.runs()?, "the former process still serves the stream");
    assert_eq!(idle.status(&things, &header, BOUND).await?, 403, "a connection still open in the former process");
    assert_eq!(scene.caller.status(&things, &profile.key).await?, 403, "a new connection");
    let cut = timeout(Duration::from_secs(10), async {
        while stream.read(&mut [0; 4096]).await.is_ok_and(|read| read > 0) {}
    });
    assert!(cut.await.is_ok(), "the stream in the former process is cut");
    former.ended().await?;
    Ok(())
}

/// A request whose answer goes on.
async fn open_stream(scene: &Scene, path: &str, header: &str) -> Result<TcpStream> {
    let gateway = scene.system.gateway;
    let mut stream = TcpStream::connect(gateway).await?;
    stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: {gateway}\r\n{header}\r\n\r\n").as_bytes()).await?;
    let mut begin = [0; 12];
    timeout(BOUND, stream.read_exact(&mut begin)).await??;
    assert_eq!(&begin, b"HTTP/1.1 200");
    Ok(stream)
}

#[tokio::test]
async fn rate_windows_and_quotas_go_over_to_the_new_process() -> Result<()> {
    let mut scene = Scene::start_with(workers(2)).await?;
    let policy = json!({
        "name": "Both",
        "rate_limit": {"limit": 30, "interval": "hour"},
        "usage_quota": {"limit": 1000, "interval": "year"},
    });
    let made = scene.api.post("/api/api_policies", &policy).await?.good()?;
    let policy = made.pointer("/data/id").and_then(Value::as_u64).context("policy")?;
    let profile = scene.profile_with("shop", json!({"api_policy_id": policy})).await?;
    let header = format!("api-token: {}", profile.key);
    let mut kept = Connection::open(scene.system.gateway).await?;
    for call in 1..=10 {
        assert_eq!(kept.status(&scene.path, &header, BOUND).await?, 200, "call {call}");
    }
    let former = scene.system.begin_takeover().await?;
    for call in 11..=30 {
        assert_eq!(scene.status(&profile).await?, 200, "call {call}");
    }
    assert_eq!(scene.status(&profile).await?, 429);
    // What is promised: a connection that is still open in the former process gets at most one more call.
    assert_eq!(kept.status(&scene.path, &header, BOUND).await?, 200);
    assert_eq!(kept.status(&scene.path, &header, BOUND).await?, 429);
    former.ended().await?;
    scene.system.takeover().await?;
    assert_eq!(scene.status(&profile).await?, 429, "also after a second takeover");

    let shown = scene.api.get(&format!("{}/counters", profile.path())).await?.good()?;
    let quota = shown.pointer("/data/quota").context("quota")?;
    assert_eq!((&quota["used"], &quota["unaccounted"]), (&json!(31), &json!(0)), "{quota}");
    Ok(())
}

#[tokio::test]
async fn a_quota_is_used_up_to_the_last_call_across_takeovers_and_reset_in_both_processes() -> Result<()> {
    let mut scene = Scene::start_with(workers(2)).await?;
    let policy = json!({"name": "Quota", "usage_quota": {"limit": 1500, "interval": "year"}});
    let made = scene.api.post("/api/api_policies", &policy).await?.good()?;
    let policy = made.pointer("/data/id").and_then(Value::as_u64).context("policy")?;
    let profile = scene.profile_with("shop", json!({"api_policy_id": policy})).await?;
    let header = format!("api-token: {}", profile.key);
    let mut admitted = 0;
    for _ in 0..2 {
        let mut kept = Connection::open(scene.system.gateway).await?;
        for _ in 0..20 {
            assert_eq!(kept.status(&scene.path, &header, BOUND).await?, 200);
        }
        let former = scene.system.begin_takeover().await?;
        assert_eq!(scene.status(&profile).await?, 200);
        assert_eq!(kept.status(&scene.path, &header, BOUND).await?, 200, "on a lease of the former process");
        former.ended().await?;
        admitted += 22;
    }
    let gateway = scene.system.gateway;
    let (mut kept, mut idle) = (Connection::open(gateway).await?, Connection::open(gateway).await?);
    assert_eq!(kept.status(&scene.path, &header, BOUND).await?, 200);
    assert_eq!(idle.status(&scene.path, &header, BOUND).await?, 200);
    let former = scene.system.begin_takeover().await?;
    assert_eq!(kept.status(&scene.path, &header, BOUND).await?, 200, "the former process has a lease now");
    admitted += 3;
    // A reset, while the former process is held up by the idle connection, calls that lease back.
    scene.api.post(&format!("{}/counters/reset", profile.path()), &json!({})).await?.good()?;
    println!("{admitted} calls admitted before the reset");
    assert_eq!(use_up(&scene, &header).await?, 1500);
    assert_eq!(idle.status(&scene.path, &header, BOUND).await?, 429, "in the former process");
    former.ended().await?;
    Ok(())
}

/// Calls until one is refused; says how many were admitted.
async fn use_up(scene: &Scene, header: &str) -> Result<u32> {
    timeout(Duration::from_mins(2), call_until_refused(scene, header)).await.context("no call is refused")?
}

async fn call_until_refused(scene: &Scene, header: &str) -> Result<u32> {
    let mut connection = Connection::open(scene.system.gateway).await?;
    let mut admitted = 0;
    loop {
        match connection.status(&scene.path, header, BOUND).await? {
            200 => admitted += 1,
            429 => return Ok(admitted),
            // On a busy disk a lease may take longer than a call waits for it: nothing is taken then.
            503 => tokio::time::sleep(Duration::from_millis(50)).await,
            other => bail!("a call was answered {other}"),
        }
    }
}

#[tokio::test]
async fn a_process_that_cannot_take_over_leaves_the_running_one_as_it_was() -> Result<()> {
    let scene = Scene::start_with(workers(2)).await?;
    let profile = scene.profile("shop").await?;
    let header = format!("api-token: {}", profile.key);
    let mut kept = Connection::open(scene.system.gateway).await?;
    let taken = TcpListener::bind(("127.0.0.1", 0)).await?;
    let busy = taken.local_addr()?.to_string();
    for (arguments, code, said) in [
        (["--workers", "9999"], 2, "gateway.workers"),
        (["--gateway-listen", busy.as_str()], 1, "in use"),
        (["--management-listen", busy.as_str()], 1, "in use"),
    ] {
        let mut command = scene.system.serve_command()?;
        command.arg("--takeover");
        let mut command = with_another_value(&command, arguments)?;
        command.current_dir(scene.system.folder());
        let ended = run_bounded(command, BOUND).await?;
        assert_eq!(ended.code, Some(code), "{}", ended.text());
        assert!(ended.stderr.contains(said), "{}", ended.text());
        assert_eq!(kept.status(&scene.path, &header, BOUND).await?, 200);
        assert_eq!(scene.status(&profile).await?, 200);
    }
    for leave_at in [Leave::AfterTheOffer, Leave::AfterTheWindows] {
        pretend_to_take_over(&scene, leave_at).await?;
        assert_eq!(kept.status(&scene.path, &header, BOUND).await?, 200);
        assert_eq!(scene.status(&profile).await?, 200, "the listeners are as before");
        assert_eq!(scene.caller.get("/.portcullis/ready", None).await?.status, 200);
        assert_eq!(scene.api.get(&profile.path()).await?.status, 200);
        scene.system.command(&["token", "create", "--role", "admin"]).await?.good()?;
    }
    Ok(())
}

/// The same command with one option given another value.
fn with_another_value(
    command: &tokio::process::Command,
    [option, value]: [&str; 2],
) -> Result<tokio::process::Command> {
    let command = command.as_std();
    let mut arguments: Vec<String> =
        command.get_args().map(|argument| argument.to_string_lossy().into_owned()).collect();
    let at = arguments.iter().position(|argument| argument == option).context("no such option")?;
    value.clone_into(&mut arguments[at + 1]);
    let mut changed = tokio::process::Command::new(command.get_program());
    changed.args(arguments);
    Ok(changed)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Leave {
    AfterTheOffer,
    AfterTheWindows,
}

/// Speaks as a new process does, up to a point, and leaves.
async fn pretend_to_take_over(scene: &Scene, leave: Leave) -> Result<()> {
    let mut stream = UnixStream::connect(scene.system.data_dir().join("control.sock")).await?;
    stream.write_all(b"{\"command\":\"take_over\",\"protocol\":1}\n").await?;
    let mut answer = Vec::new();
    while !answer.ends_with(b"\n") {
        answer.push(stream.read_u8().await?);
    }
    assert_eq!(answer, b"{\"done\":\"\"}\n");
    let offer = message(&mut stream).await?;
    assert!(offer.starts_with(b"{\"say\":\"offer\""), "{}", String::from_utf8_lossy(&offer));
    // The byte with which the sockets come; whoever does not ask for them does not get them.
    stream.read_u8().await?;
    if leave == Leave::AfterTheWindows {
        let ready = b"{\"say\":\"ready\"}";
        stream.write_u32_le(u32::try_from(ready.len())?).await?;
        stream.write_u8(0).await?;
        stream.write_all(ready).await?;
        assert!(message(&mut stream).await?.starts_with(b"PCRW"));
    }
    Ok(())
}

async fn message(stream: &mut UnixStream) -> Result<Vec<u8>> {
    let length = timeout(BOUND, stream.read_u32_le()).await??;
    stream.read_u8().await?;
    let mut message = vec![0; length as usize];
    stream.read_exact(&mut message).await?;
    Ok(message)
}

#[tokio::test]
async fn when_the_new_process_is_killed_the_former_one_ends_soon_and_a_third_one_can_start() -> Result<()> {
    let mut scene = Scene::start_with(workers(1)).await?;
    let profile = scene.profile("shop").await?;
    let header = format!("api-token: {}", profile.key);
    let mut idle = Connection::open(scene.system.gateway).await?;
    assert_eq!(idle.status(&scene.path, &header, BOUND).await?, 200);
    let former = scene.system.begin_takeover().await?;
    scene.system.kill().await?;
    timeout(BOUND, former.ended()).await.context("it goes on alone")??;
    scene.system.launch().await?;
    assert_eq!(scene.status(&profile).await?, 200);
    Ok(())
}

#[tokio::test]
async fn another_protocol_is_refused_and_a_takeover_of_nobody_ends_with_1() -> Result<()> {
    let mut scene = Scene::start().await?;
    let mut stream = UnixStream::connect(scene.system.data_dir().join("control.sock")).await?;
    stream.write_all(b"{\"command\":\"take_over\",\"protocol\":99}\n").await?;
    let mut answer = String::new();
    timeout(BOUND, stream.read_to_string(&mut answer)).await??;
    assert!(answer.starts_with("{\"failed\":"), "{answer}");

    let mut second = scene.system.serve_command()?;
    second.current_dir(scene.system.folder());
    let ended = run_bounded(second, BOUND).await?;
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("--takeover"), "a busy directory says what to do: {}", ended.text());

    scene.system.stop().await?;
    let mut command = scene.system.serve_command()?;
    command.arg("--takeover").current_dir(scene.system.folder());
    let ended = run_bounded(command, BOUND).await?;
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("no server is running in"), "{}", ended.text());
    Ok(())
}

#[tokio::test]
async fn management_calls_go_on_through_a_takeover() -> Result<()> {
    let mut scene = Scene::start().await?;
    let api = scene.api.clone();
    let (stop, mut stopped) = tokio::sync::oneshot::channel::<()>();
    let calls = tokio::spawn(async move {
        let mut made = 0_u32;
        loop {
            if stopped.try_recv().is_ok() {
                return anyhow::Ok(made);
            }
            let client = api.make_client(&format!("client {made}")).await?;
            api.get(&format!("/api/v2/api_clients/{client}")).await?.good()?;
            made += 1;
        }
    });
    for _ in 0..3 {
        scene.system.takeover().await?;
    }
    stop.send(()).ok();
    let made = calls.await??;
    assert!(made > 0);
    println!("{made} clients made during three takeovers");
    Ok(())
}
