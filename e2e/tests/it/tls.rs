//! TLS listeners as `curl` and `openssl` meet them, with certificates that `openssl` made.

use anyhow::{Context as _, Result, bail};
use e2e::{Ended, Settings, TestSystem, free_address, program, run_bounded, until};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tempfile::TempDir;
use tokio::process::Command;

use crate::scene::Scene;

const LIMIT: Duration = Duration::from_secs(20);

/// A folder with certificates and a settings file.
struct Files {
    folder: TempDir,
    tls: SocketAddr,
}

impl Files {
    /// Certificates for `a.test` and `*.b.test` on a TLS listener; `more` is more of the settings file.
    async fn make(more: &str) -> Result<Self> {
        let files = Self { folder: tempfile::tempdir()?, tls: free_address() };
        files.certificate("a", "a.test").await?;
        files.certificate("b", "*.b.test").await?;
        let pair = |name: &str| {
            let (certificate, key) = (files.text_path(&format!("{name}.pem")), files.text_path(&format!("{name}.key")));
            format!("{{ certificate = {certificate:?}, key = {key:?} }}")
        };
        let (tls, a, b) = (files.tls, pair("a"), pair("b"));
        let text = format!("[[gateway.listeners]]\nlisten = \"{tls}\"\ntls = {{ certificates = [{a}, {b}] }}\n{more}");
        std::fs::write(files.path("portcullis.toml"), text)?;
        Ok(files)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text_path(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    /// Makes a self-signed certificate and puts both files in place by renaming, the key first.
    async fn certificate(&self, name: &str, host: &str) -> Result<()> {
        let mut openssl = Command::new("openssl");
        openssl.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30"]);
        openssl.args(["-subj", "/CN=test", "-addext", &format!("subjectAltName=DNS:{host}")]);
        openssl.arg("-keyout").arg(self.path("new.key")).arg("-out").arg(self.path("new.pem"));
        run_bounded(openssl, LIMIT).await?.good()?;
        std::fs::rename(self.path("new.key"), self.path(&format!("{name}.key")))?;
        std::fs::rename(self.path("new.pem"), self.path(&format!("{name}.pem")))?;
        Ok(())
    }

    fn settings(&self) -> Settings {
        let config = self.text_path("portcullis.toml");
        Settings { arguments: vec!["--config".to_owned(), config], ..Settings::default() }
    }
}

/// `curl` with these arguments to a host that is the listener; prints the status.
async fn curl(files: &Files, host: &str, path: &str, arguments: &[&str]) -> Result<Ended> {
    let mut curl = Command::new("curl");
    curl.args([
        "-sS",
        "--max-time",
        "15",
        "-o",
        "/dev/null",
        "-w",
        "%{http_code} %{http_version} %{ssl_verify_result}",
    ]);
    curl.args(["--resolve", &format!("{host}:{}:{}", files.tls.port(), files.tls.ip())]);
    curl.args(arguments).arg(format!("https://{host}:{}{path}", files.tls.port()));
    run_bounded(curl, LIMIT).await
}

/// `openssl s_client` with these arguments: connects, goes through the handshake, ends.
async fn s_client(address: SocketAddr, arguments: &[&str]) -> Result<Ended> {
    let mut openssl = Command::new("openssl");
    openssl.args(["s_client", "-connect", &address.to_string()]).args(arguments);
    run_bounded(openssl, LIMIT).await
}

/// Of a certificate file, its fingerprint.
async fn fingerprint_of(certificate: &Path) -> Result<String> {
    let mut openssl = Command::new("openssl");
    openssl.args(["x509", "-noout", "-fingerprint", "-sha256", "-in"]).arg(certificate);
    run_bounded(openssl, LIMIT).await?.good()
}

/// The fingerprint of the certificate that is shown for a name.
async fn fingerprint_shown(files: &Files, name: &str) -> Result<String> {
    let shown = s_client(files.tls, &["-servername", name]).await?.stdout;
    let begin = shown.find("-----BEGIN").context("no certificate")?;
    let path = files.path("shown.pem");
    std::fs::write(&path, &shown[begin..])?;
    fingerprint_of(&path).await
}

#[tokio::test]
async fn curl_calls_over_tls_and_the_name_picks_the_certificate() -> Result<()> {
    let files = Files::make("").await?;
    let scene = Scene::start_with(files.settings()).await?;
    let profile = scene.profile("shop").await?;
    let token = format!("api-token: {}", profile.key);
    let (a, b) = (files.text_path("a.pem"), files.text_path("b.pem"));
    for (host, trusted, protocol, expected) in [
        ("a.test", &a, &["--http1.1"][..], "200 1.1 0"),
        ("x.b.test", &b, &["--http1.1"], "200 1.1 0"),
        ("a.test", &a, &["--http2"], "200 2 0"),
        ("a.test", &a, &["--tls-max", "1.2"], "200 2 0"),
        ("a.test", &a, &["--tlsv1.3"], "200 2 0"),
    ] {
        let arguments = [&["--cacert", trusted, "-H", &token], protocol].concat();
        let ended = curl(&files, host, &scene.path, &arguments).await?;
        assert!(ended.stdout.starts_with(expected), "{host} {protocol:?}: {}", ended.text());
    }
    // The wrong certificate for the name would not be trusted.
    let ended = curl(&files, "x.b.test", &scene.path, &["--cacert", &a, "-H", &token]).await?;
    assert_ne!(ended.code, Some(0), "{}", ended.text());
    // A name that no certificate is for gets the first.
    assert_eq!(fingerprint_shown(&files, "other.test").await?, fingerprint_of(&files.path("a.pem")).await?);
    assert_eq!(fingerprint_shown(&files, "y.b.test").await?, fingerprint_of(&files.path("b.pem")).await?);
    let schemes: Vec<_> =
        scene.upstream.seen().iter().filter_map(|seen| seen.header("x-forwarded-proto").map(str::to_owned)).collect();
    assert_eq!(schemes, ["https"; 5]);
    // The plain listener goes on, and a call without credential is refused on both.
    assert_eq!(scene.status(&profile).await?, 200);
    assert!(curl(&files, "a.test", &scene.path, &["--cacert", &a]).await?.stdout.starts_with("401 "));
    Ok(())
}

#[tokio::test]
async fn old_versions_are_refused_and_sessions_resume() -> Result<()> {
    let files = Files::make("").await?;
    let _system = TestSystem::start_with(files.settings()).await?;
    let weak = ["-cipher", "ALL:@SECLEVEL=0"];
    for old in ["-tls1", "-tls1_1"] {
        let ended = s_client(files.tls, &[&[old], &weak[..]].concat()).await?;
        assert_ne!(ended.code, Some(0), "{old}");
        assert!(
            ended.text().contains("Cipher is (NONE)") && ended.text().contains("SSL alert number"),
            "{old}: {}",
            ended.text()
        );
    }
    let session = files.text_path("session");
    // TLS 1.3 sends its tickets after the handshake: a request waits until they are there.
    for version in ["-tls1_2", "-tls1_3"] {
        let exchange = |direction: &'static str| {
            let (session, tls) = (session.clone(), files.tls);
            async move {
                let line = format!(
                    "printf 'GET /.portcullis/live HTTP/1.1\\r\\nhost: a.test\\r\\nconnection: close\\r\\n\\r\\n' | \
                     openssl s_client -connect {tls} -servername a.test {version} {direction} {session} -ign_eof"
                );
                let mut shell = Command::new("sh");
                shell.args(["-c", &line]);
                anyhow::Ok(run_bounded(shell, LIMIT).await?.text())
            }
        };
        let first = exchange("-sess_out").await?;
        assert!(first.contains("New, TLSv1") && first.contains("live"), "{version}: {first}");
        let second = exchange("-sess_in").await?;
        assert!(second.contains("Reused, TLSv1") && second.contains("live"), "{version}: {second}");
    }
    Ok(())
}

#[tokio::test]
async fn certificates_are_renewed_without_a_failed_request() -> Result<()> {
    let files = Files::make("").await?;
    let scene = Scene::start_with(files.settings()).await?;
    let profile = scene.profile("shop").await?;
    let url = format!("https://{}{}", files.tls, scene.path);
    // Each request is a new connection with a full handshake.
    let client = reqwest::Client::builder()
        .danger_accept_invalid_certs(true)
        .no_proxy()
        .timeout(LIMIT)
        .pool_max_idle_per_host(0)
        .build()?;
    let (running, done) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicUsize::new(0)));
    let callers: Vec<_> = (0..4)
        .map(|_| {
            let (client, url, key) = (client.clone(), url.clone(), profile.key.clone());
            let (running, done) = (Arc::clone(&running), Arc::clone(&done));
            tokio::spawn(async move {
                while running.load(Ordering::Relaxed) {
                    let answer = client.get(&url).header("api-token", &key).send().await?;
                    if answer.status() != 200 {
                        bail!("answered {}", answer.status());
                    }
                    done.fetch_add(1, Ordering::Relaxed);
                }
                Ok(())
            })
        })
        .collect();
    for round in 0..3 {
        files.certificate("a", "a.test").await?;
        let expected = fingerprint_of(&files.path("a.pem")).await?;
        // The first is found by itself, within seconds; the others at once, when told.
        if round > 0 {
            hang_up(&scene.system)?;
        }
        until("the new certificate is shown", LIMIT, async || {
            Ok((fingerprint_shown(&files, "a.test").await? == expected).then_some(()))
        })
        .await?;
    }
    let good = fingerprint_of(&files.path("a.pem")).await?;
    std::fs::copy(files.path("b.key"), files.path("a.key"))?;
    hang_up(&scene.system)?;
    until("the bad pair is logged", LIMIT, async || {
        Ok(scene.system.log()?.contains("a new certificate is not usable").then_some(()))
    })
    .await?;
    assert_eq!(fingerprint_shown(&files, "a.test").await?, good);
    running.store(false, Ordering::Relaxed);
    for caller in callers {
        caller.await??;
    }
    assert!(done.load(Ordering::Relaxed) >= 20, "only {} requests", done.load(Ordering::Relaxed));
    Ok(())
}

fn hang_up(system: &TestSystem) -> Result<()> {
    let pid = system.pid().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw).context("process id")?;
    Ok(kill_process(pid, Signal::HUP)?)
}

#[tokio::test]
async fn curl_speaks_the_proxy_protocol_to_a_listener_that_wants_it() -> Result<()> {
    let (wanted, elsewhere) = (free_address(), free_address());
    let files = Files::make(&format!(
        "[[gateway.listeners]]\nlisten = \"{wanted}\"\nproxy_protocol = \"required\"\nproxy_protocol_from = [\"127.0.0.0/8\"]\n\
         [[gateway.listeners]]\nlisten = \"{elsewhere}\"\nproxy_protocol = \"required\"\nproxy_protocol_from = [\"10.0.0.0/8\"]\n"
    ))
    .await?;
    let scene = Scene::start_with(files.settings()).await?;
    let profile = scene.profile("shop").await?;
    let call = async |address: SocketAddr, arguments: &[&str]| {
        let mut curl = Command::new("curl");
        curl.args(["-sS", "--max-time", "15", "-o", "/dev/null", "-w", "%{http_code}"]).args(arguments);
        curl.args(["-H", &format!("api-token: {}", profile.key), &format!("http://{address}{}", scene.path)]);
        run_bounded(curl, LIMIT).await
    };
    assert_eq!(call(wanted, &["--haproxy-protocol"]).await?.stdout, "200");
    assert_eq!(call(wanted, &["--haproxy-protocol", "--interface", "127.0.0.9"]).await?.stdout, "200");
    let sources: Vec<_> =
        scene.upstream.seen().iter().filter_map(|seen| seen.header("x-forwarded-for").map(str::to_owned)).collect();
    assert_eq!(sources, ["127.0.0.1", "127.0.0.9"]);
    assert_eq!(call(wanted, &[]).await?.stdout, "000");
    assert_eq!(call(elsewhere, &["--haproxy-protocol"]).await?.stdout, "000");
    Ok(())
}

#[tokio::test]
async fn prefix_custom_domains_and_public_address_are_settings_of_the_workspace() -> Result<()> {
    let files = Files::make("").await?;
    let scene = Scene::start_with(files.settings()).await?;
    let profile = scene.profile("shop").await?;
    let change = json!({
        "public_url": format!("https://a.test:{}", files.tls.port()), "prefix": "acme", "custom_domains": ["apis.b.test"]
    });
    scene.api.put("/api/settings", &change).await?.good()?;
    let shown = scene.api.get(&format!("/api/api_collections/{}", scene.collection.id)).await?.good()?;
    let url = shown["url"].as_str().context("url")?;
    assert_eq!(url, format!("https://a.test:{}/acme{}", files.tls.port(), scene.collection.path));
    let token = format!("api-token: {}", profile.key);
    let (a, b) = (files.text_path("a.pem"), files.text_path("b.pem"));
    let prefixed = format!("/acme{}", scene.path);
    for (host, trusted, path, expected) in [
        ("a.test", &a, &prefixed, "200 "),
        ("a.test", &a, &scene.path, "404 "),
        ("apis.b.test", &b, &scene.path, "200 "),
        ("apis.b.test", &b, &prefixed, "404 "),
        ("other.b.test", &b, &scene.path, "404 "),
    ] {
        let ended = curl(&files, host, path, &["--cacert", trusted, "-H", &token]).await?;
        assert!(ended.stdout.starts_with(expected), "{host} {path}: {}", ended.text());
    }
    let explained =
        scene.system.command(&["explain", "--profile", &profile.id.to_string(), "--url", &scene.path]).await?.good()?;
    assert!(explained.contains("route_unknown") && explained.contains("acme"), "{explained}");
    let url = format!("https://APIS.b.test{}", scene.path);
    let explained =
        scene.system.command(&["explain", "--profile", &profile.id.to_string(), "--url", &url]).await?.good()?;
    assert!(!explained.contains("route_unknown"), "{explained}");
    Ok(())
}

#[tokio::test]
async fn config_check_names_what_is_wrong_with_a_listener() -> Result<()> {
    let files = Files::make("").await?;
    let check = async || {
        let mut check = Command::new(program()?);
        check.args(["config", "check", "--config"]).arg(files.path("portcullis.toml"));
        run_bounded(check, LIMIT).await
    };
    assert_eq!(check().await?.good()?, "the settings are in order\n");
    std::fs::copy(files.path("a.key"), files.path("b.key"))?;
    let ended = check().await?;
    assert_eq!(ended.code, Some(2));
    let place = "settings: gateway.listeners[0].tls.certificates[1]: the private key in ";
    assert!(
        ended.stderr.contains(place) && ended.stderr.contains("does not belong to the certificate"),
        "{}",
        ended.stderr
    );
    Ok(())
}
