//! The workspace file, backup and restore, status and doctor, by the real binary.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use e2e::{Api, Ended, TestSystem, Upstream, program, run_bounded};
use serde_json::{Value, json};
use tokio::process::Command;

const LIMIT: Duration = Duration::from_mins(1);
const PASSPHRASE: &str = "an old horse and a battery";

/// A system with a client whose profile can call, and the profile's token.
async fn filled(upstream: &Upstream) -> Result<(TestSystem, Api, String)> {
    let system = TestSystem::start().await?;
    let api = system.api().await?;
    let collection = api.make_collection("Orders", &upstream.url()).await?;
    api.make_endpoint(&collection, "GET", "orders").await?;
    let policy = api.make_policy("Gold", 1000, "second").await?;
    let client = api.make_client("Acme").await?;
    let more = json!({"api_policy_id": policy});
    let profile = api.make_profile(client, "Web", &[collection.id], more).await?;
    Ok((system, api, profile.key))
}

/// Runs a command away from any data directory, with these variables.
async fn elsewhere(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Result<Ended> {
    let mut command = Command::new(program()?);
    command.args(arguments).current_dir(folder).envs(variables.iter().copied());
    run_bounded(command, LIMIT).await
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap_or_default()
}

#[tokio::test]
async fn a_workspace_moves_to_another_server_with_its_secrets_and_calls_go_on() -> Result<()> {
    let upstream = Upstream::start().await?;
    let (from, _, token) = filled(&upstream).await?;
    let to = TestSystem::start().await?;
    let file = from.folder().join("workspace.yaml");
    let plain = from.command(&["export"]).await?.good()?;
    ensure!(plain.contains("name: Acme") && !plain.contains("secrets:"), "{plain}");
    let passphrase = from.folder().join("passphrase");
    std::fs::write(&passphrase, format!("{PASSPHRASE}\n"))?;
    let sealed = ["export", "--with-secrets", "--passphrase-file", text(&passphrase), "--output", text(&file)];
    from.command(&sealed).await?.good()?;
    let written = std::fs::read_to_string(&file)?;
    ensure!(written.contains("\nsecrets:\n") && !written.contains(&token), "{written}");

    let as_json = from.folder().join("workspace.json");
    std::fs::write(&as_json, from.command(&["export", "--json"]).await?.good()?)?;
    from.command(&["diff", text(&as_json), "--prune", "--exit-code"]).await?.good()?;

    // From another machine, as it were: by the address of the server and a token.
    let api = to.api().await?;
    let server = format!("http://{}", to.management);
    let variables = [("PORTCULLIS_TOKEN", api.token()), ("PORTCULLIS_PASSPHRASE", PASSPHRASE)];
    let compare = ["diff", text(&file), "--server", &server, "--json", "--with-secrets"];
    let shown = elsewhere(from.folder(), &compare, &variables).await?.good()?;
    let shown: Value = serde_json::from_str(&shown)?;
    ensure!(shown["applied"] == false && shown["created"] == 5, "{shown}");
    let rehearsed = ["apply", text(&file), "--server", &server, "--with-secrets", "--dry-run"];
    elsewhere(from.folder(), &rehearsed, &variables).await?.good()?;
    let differs = ["diff", text(&file), "--server", &server, "--exit-code"];
    assert_eq!(elsewhere(from.folder(), &differs, &variables).await?.code, Some(1));
    let apply = ["apply", text(&file), "--server", &server, "--with-secrets"];
    let applied = elsewhere(from.folder(), &apply, &variables).await?.good()?;
    ensure!(applied.contains("+ access_profile \"Acme / Web\" created") && !applied.contains(&token), "{applied}");
    assert_eq!(to.caller().status("/orders-v1/orders", &token).await?, 200);
    assert_eq!(to.command(&["export"]).await?.good()?, plain);

    // The same again changes nothing, and a stranger's token nothing at all.
    let again = elsewhere(from.folder(), &differs, &variables).await?;
    assert_eq!(
        (again.code, again.stdout.lines().next()),
        (Some(0), Some("0 created, 0 changed, 0 deleted, 7 unchanged"))
    );
    let refused = elsewhere(from.folder(), &apply, &[("PORTCULLIS_TOKEN", "pcm_nobody"), variables[1]]).await?;
    assert_eq!(refused.code, Some(1));
    let in_the_open = ["diff", text(&file), "--server", "http://portcullis.example.com"];
    let refused = elsewhere(from.folder(), &in_the_open, &variables).await?;
    assert_eq!(refused.code, Some(2));
    ensure!(refused.stderr.contains("--allow-http"), "{}", refused.stderr);
    Ok(())
}

#[tokio::test]
async fn what_apply_changes_is_in_force_when_it_ends_and_a_bad_file_changes_nothing() -> Result<()> {
    let upstream = Upstream::start().await?;
    let (system, _, token) = filled(&upstream).await?;
    let file = system.folder().join("workspace.yaml");
    let plain = system.command(&["export"]).await?.good()?;
    for _ in 0..5 {
        std::fs::write(&file, plain.replacen("name: Acme\n  enabled: true", "name: Acme\n  enabled: false", 1))?;
        system.command(&["apply", text(&file)]).await?.good()?;
        assert_eq!(system.caller().status("/orders-v1/orders", &token).await?, 403);
        std::fs::write(&file, &plain)?;
        system.command(&["apply", text(&file)]).await?.good()?;
        assert_eq!(system.caller().status("/orders-v1/orders", &token).await?, 200);
    }
    let broken = plain.replacen("\nclients:\n", "\nclients:\n- name: Broken\n  shared_policy: Nothing\n", 1);
    std::fs::write(&file, broken)?;
    let refused = system.command(&["apply", text(&file), "--prune"]).await?;
    assert_eq!(refused.code, Some(1));
    ensure!(refused.stderr.contains("clients[0].shared_policy: unknown access policy"), "{}", refused.stderr);
    assert_eq!(system.command(&["export"]).await?.good()?, plain);
    Ok(())
}

#[tokio::test]
async fn commands_work_on_the_store_itself_while_no_server_runs() -> Result<()> {
    let upstream = Upstream::start().await?;
    let (mut system, _, token) = filled(&upstream).await?;
    let plain = system.command(&["export"]).await?.good()?;
    let status: Value = serde_json::from_str(&system.command(&["status", "--json"]).await?.good()?)?;
    ensure!(status["running"] == true && status["nodes"][0]["lag_revisions"] == 0, "{status}");
    system.stop().await?;
    assert_eq!(system.command(&["export"]).await?.good()?, plain);
    let file = system.folder().join("workspace.yaml");
    std::fs::write(&file, plain.replace("limit: 1000", "limit: 2000"))?;
    let shown = system.command(&["apply", text(&file)]).await?.good()?;
    ensure!(shown.contains("rate_limit.limit: 1000 -> 2000"), "{shown}");
    let status = system.command(&["status"]).await?.good()?;
    ensure!(status.contains("not running") && status.contains("store revision"), "{status}");
    system.launch().await?;
    assert_eq!(system.caller().status("/orders-v1/orders", &token).await?, 200);
    Ok(())
}

#[tokio::test]
async fn a_backup_of_a_running_server_is_restored_whole_and_never_over_anything() -> Result<()> {
    let upstream = Upstream::start().await?;
    let (system, _, token) = filled(&upstream).await?;
    let plain = system.command(&["export"]).await?.good()?;
    let backup = system.folder().join("backup");
    let said = system.command(&["backup", text(&backup)]).await?.good()?;
    ensure!(said.contains("secret.key is not in the backup"), "{said}");
    ensure!(!backup.join("secret.key").exists());
    assert_eq!(system.command(&["backup", text(&backup)]).await?.code, Some(1), "a backup is never overwritten");

    let mut other = TestSystem::prepared(e2e::Settings::default())?;
    let key = system.data_dir().join("secret.key");
    let restore = ["restore", text(&backup), "--secret-key", text(&key)];
    // Without the key, with a key of another instance, and with a file that was changed: refused, and nothing is left.
    assert_eq!(other.command(&["restore", text(&backup)]).await?.code, Some(1));
    let wrong = system.folder().join("wrong.key");
    std::fs::write(&wrong, "a".repeat(64))?;
    let refused = other.command(&["restore", text(&backup), "--secret-key", text(&wrong)]).await?;
    ensure!(refused.code == Some(1) && refused.stderr.contains("does not belong"), "{}", refused.stderr);
    ensure!(!other.data_dir().join("control.db").exists());
    let database = std::fs::read(backup.join("control.db"))?;
    let mut damaged = database.clone();
    *damaged.last_mut().context("an empty database")? ^= 1;
    std::fs::write(backup.join("control.db"), damaged)?;
    let refused = other.command(&restore).await?;
    ensure!(refused.stderr.contains("digest"), "{}", refused.stderr);
    std::fs::write(backup.join("control.db"), database)?;

    other.command(&restore).await?.good()?;
    assert_eq!(other.command(&restore).await?.code, Some(1), "restore never overwrites");
    assert_eq!(other.command(&["export"]).await?.good()?, plain);
    other.launch().await?;
    assert_eq!(other.caller().status("/orders-v1/orders", &token).await?, 200);
    Ok(())
}

#[tokio::test]
async fn doctor_finds_nothing_in_a_sound_instance_and_says_what_is_wrong_in_another() -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let upstream = Upstream::start().await?;
    let (mut system, ..) = filled(&upstream).await?;
    let findings = |ended: &Ended| -> Result<Value> { Ok(serde_json::from_str(&ended.stdout)?) };
    let sound = system.command(&["doctor", "--json"]).await?;
    assert_eq!(sound.code, Some(0), "{}", sound.text());
    let checks: Vec<_> = findings(&sound)?["findings"].as_array().context("findings")?.clone();
    ensure!(checks.len() >= 9, "{checks:?}");
    ensure!(checks.iter().all(|finding| finding["state"] != "problem"), "{checks:?}");
    // Nobody has opened the set-up link of this instance.
    ensure!(checks.iter().any(|finding| finding["check"] == "owner" && finding["state"] == "warning"), "{checks:?}");
    system.stop().await?;
    let key = system.data_dir().join("secret.key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644))?;
    let counts = system.data_dir().join("quota.db");
    std::fs::set_permissions(&counts, std::fs::Permissions::from_mode(0o640))?;
    let database = system.data_dir().join("control.db");
    let mut bytes = std::fs::read(&database)?;
    for byte in bytes.iter_mut().skip(4096 * 3).take(4096) {
        *byte = 0x5a;
    }
    std::fs::write(&database, bytes)?;
    let sick = system.command(&["doctor", "--json", "--management-listen", "0.0.0.0:0"]).await?;
    assert_eq!(sick.code, Some(1), "{}", sick.text());
    let answer = findings(&sick)?;
    let with = |state: &str| -> Vec<&str> {
        let all = answer["findings"].as_array().into_iter().flatten();
        all.filter(|finding| finding["state"] == state).filter_map(|finding| finding["check"].as_str()).collect()
    };
    let (problems, warnings) = (with("problem"), with("warning"));
    ensure!(problems.contains(&"secret key") && problems.contains(&"control database"), "{answer}");
    ensure!(warnings.contains(&"file permissions") && warnings.contains(&"management listener"), "{answer}");
    Ok(())
}

#[tokio::test]
async fn completions_manual_pages_and_schemas_are_printed() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let bash = elsewhere(folder.path(), &["completion", "bash"], &[]).await?.good()?;
    ensure!(bash.contains("_portcullis()") && bash.contains("apply"), "{bash}");
    elsewhere(folder.path(), &["man", "pages"], &[]).await?.good()?;
    let page = std::fs::read_to_string(folder.path().join("pages/portcullis-apply.1"))?;
    ensure!(page.contains("\\-\\-prune"), "{page}");
    let schema: Value = serde_json::from_str(&elsewhere(folder.path(), &["schema", "workspace"], &[]).await?.good()?)?;
    assert_eq!(schema["properties"]["version"]["maximum"], 1);
    for command in ["export", "diff", "apply", "backup", "restore", "status", "doctor", "schema", "completion", "man"] {
        let help = elsewhere(folder.path(), &[command, "--help"], &[]).await?.good()?;
        ensure!(help.contains("Example"), "{command}: {help}");
    }
    // Nothing explains what a server has not seen, and asking makes no store.
    let nobody = elsewhere(folder.path(), &["explain", "--url", "/x"], &[]).await?;
    ensure!(nobody.code == Some(1) && nobody.stderr.contains("no server is running"), "{}", nobody.stderr);
    ensure!(!folder.path().join("portcullis-data").exists(), "a store was made");
    let shown: Value =
        serde_json::from_str(&elsewhere(folder.path(), &["config", "show", "--json"], &[]).await?.good()?)?;
    assert_eq!(shown["gateway"]["listen"], "127.0.0.1:8080");
    let wrong = elsewhere(folder.path(), &["apply"], &[]).await?;
    assert_eq!(wrong.code, Some(2));
    Ok(())
}
