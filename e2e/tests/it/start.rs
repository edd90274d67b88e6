//! Start-up errors: one clear line and status 1 for the machine's state, 2 for wrong usage.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::time::Duration;

use anyhow::Result;
use e2e::{Ended, Mount, NotHere, TestSystem, free_address, program, run_bounded, until};
use socket2::{Domain, Socket, Type};
use tempfile::TempDir;
use tokio::process::Command;

use crate::scene::Scene;

const LIMIT: Duration = Duration::from_secs(30);

#[tokio::test]
async fn a_port_in_use_is_named_in_one_line_and_ends_with_1() -> Result<()> {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = taken.local_addr()?;
    for option in ["--gateway-listen", "--management-listen"] {
        let other = if option == "--gateway-listen" { "--management-listen" } else { "--gateway-listen" };
        let folder = TempDir::new()?;
        let ended = serve(&folder, &[option, &address.to_string(), other, &free_address().to_string()]).await?;
        check(&ended, 1, &[&address.port().to_string()]);
    }
    Ok(())
}

#[tokio::test]
async fn a_port_taken_by_a_reuseport_listener_is_in_use_too() -> Result<()> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.set_reuse_port(true)?;
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
    socket.listen(16)?;
    let address = TcpListener::from(socket.try_clone()?).local_addr()?;
    let folder = TempDir::new()?;
    let arguments = ["--gateway-listen", &address.to_string(), "--management-listen", &free_address().to_string()];
    check(&serve(&folder, &arguments).await?, 1, &[&address.port().to_string()]);
    Ok(())
}

#[tokio::test]
async fn an_unusable_data_directory_is_named_and_ends_with_1() -> Result<()> {
    let folder = TempDir::new()?;
    let file = folder.path().join("file");
    std::fs::write(&file, "not a directory")?;
    // Root may write everywhere, so: a file where the directory should be, and a file system that takes none.
    for path in [file.display().to_string(), format!("{}/below", file.display()), "/proc/portcullis".to_owned()] {
        let mut command = Command::new(program()?);
        command.args(["serve", "--data-dir", &path, "--gateway-listen", &free_address().to_string()]);
        command.args(["--management-listen", &free_address().to_string()]).current_dir(folder.path());
        check(&run_bounded(command, LIMIT).await?, 1, &[&path]);
    }
    Ok(())
}

#[tokio::test]
async fn a_data_directory_that_cannot_be_written_is_named_and_ends_with_1() -> Result<()> {
    let mut system = TestSystem::start().await?;
    system.stop().await?;
    let path = system.data_dir();
    let mount = match Mount::read_only(&path)? {
        Ok(mount) => mount,
        Err(NotHere(why)) => {
            eprintln!("NOT TESTED: a data directory that cannot be written. This machine lets nobody mount: {why}");
            return Ok(());
        }
    };
    check(&run_bounded(system.serve_command()?, LIMIT).await?, 1, &[&path.display().to_string(), "cannot write"]);
    drop(mount);
    system.launch().await
}

#[tokio::test]
async fn a_quota_file_that_cannot_be_used_is_named_and_ends_with_1() -> Result<()> {
    let mut system = TestSystem::start().await?;
    system.stop().await?;
    let file = system.data_dir().join("quota.db");
    let good = std::fs::read(&file)?;
    std::fs::write(&file, "this is no database, and it is long enough to be looked at: ".repeat(200))?;
    check(&run_bounded(system.serve_command()?, LIMIT).await?, 1, &[&file.display().to_string(), "not a database"]);
    assert!(!std::fs::read(&file)?.starts_with(b"SQLite"), "it is left as it is, for whoever looks into it");
    std::fs::remove_file(&file)?;
    std::fs::create_dir(&file)?;
    check(&run_bounded(system.serve_command()?, LIMIT).await?, 1, &[&file.display().to_string()]);
    std::fs::remove_dir(&file)?;
    std::fs::write(&file, good)?;
    system.launch().await
}

#[tokio::test]
async fn a_second_process_on_the_same_data_directory_ends_with_1_and_the_first_goes_on() -> Result<()> {
    let system = TestSystem::start().await?;
    let mut command = Command::new(program()?);
    command.arg("serve").arg("--data-dir").arg(system.data_dir());
    command.args(["--gateway-listen", &free_address().to_string()]);
    command.args(["--management-listen", &free_address().to_string()]);
    let data_dir = system.data_dir().display().to_string();
    check(&run_bounded(command, LIMIT).await?, 1, &[&data_dir]);
    assert_eq!(system.stranger().get("/readyz").await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_store_of_a_newer_version_is_left_alone_and_ends_with_1() -> Result<()> {
    let mut system = TestSystem::start().await?;
    system.stop().await?;
    // What a later version leaves behind: a migration that this one does not know.
    let script = "
import glob, sqlite3, sys
done = 0
for path in glob.glob(sys.argv[1] + '/*.db'):
    db = sqlite3.connect(path)
    if db.execute(\"select 1 from sqlite_master where name = '_sqlx_migrations'\").fetchone():
        db.execute(\"insert into _sqlx_migrations (version, description, success, checksum, execution_time) \"
                   \"values (9999, 'later', 1, x'00', 0)\")
        db.commit()
        done += 1
sys.exit(0 if done else 'no control database found')
";
    let mut python = Command::new("python3");
    python.arg("-c").arg(script).arg(system.data_dir());
    run_bounded(python, LIMIT).await?.good()?;
    let ended = run_bounded(system.serve_command()?, LIMIT).await?;
    check(&ended, 1, &["newer"]);
    Ok(())
}

#[tokio::test]
async fn wrong_flags_settings_and_files_end_with_2() -> Result<()> {
    let folder = TempDir::new()?;
    check(&serve(&folder, &["--no-such-flag"]).await?, 2, &["--no-such-flag"]);
    check(&serve(&folder, &["--gateway-listen", "nowhere"]).await?, 2, &["nowhere"]);
    check(&serve(&folder, &["--config", "/no/such/file.toml"]).await?, 2, &["/no/such/file.toml"]);

    let file = folder.path().join("portcullis.toml");
    std::fs::write(&file, "[gateway]\nlisten = \"127.0.0.1:1\"\nno_such_setting = 1\n")?;
    let ended = serve(&folder, &["--config", &file.display().to_string()]).await?;
    check(&ended, 2, &["no_such_setting"]);
    std::fs::write(&file, "[gateway]\nlisten = 7\n")?;
    check(&serve(&folder, &["--config", &file.display().to_string()]).await?, 2, &["listen"]);

    let mut command = Command::new(program()?);
    command.arg("serve").env("PORTCULLIS_GATEWAY__LISTEN", "nowhere").current_dir(folder.path());
    check(&run_bounded(command, LIMIT).await?, 2, &["gateway.listen"]);
    Ok(())
}

#[tokio::test]
async fn the_version_is_printed_and_an_unknown_command_ends_with_2() -> Result<()> {
    let mut version = Command::new(program()?);
    version.arg("version");
    let said = run_bounded(version, LIMIT).await?.good()?;
    assert!(said.contains(env!("CARGO_PKG_VERSION")), "{said}");
    let mut unknown = Command::new(program()?);
    unknown.arg("fly");
    check(&run_bounded(unknown, LIMIT).await?, 2, &["fly"]);
    Ok(())
}

#[tokio::test]
async fn sigterm_ends_the_server_with_0_and_frees_its_ports() -> Result<()> {
    let mut system = TestSystem::start().await?;
    system.stop().await?;
    assert!(system.stranger().get("/readyz").await.is_err(), "nothing listens any more");
    Ok(())
}

#[tokio::test]
async fn sigterm_lets_a_running_call_finish() -> Result<()> {
    let mut scene = Scene::start().await?;
    let profile = scene.profile("shop").await?;
    scene.api.make_endpoint(&scene.collection, "GET", "held").await?;
    let (caller, path) = (scene.caller.clone(), format!("{}/held", scene.collection.path));
    let call = tokio::spawn(async move { caller.status(&path, &profile.key).await });
    until("the call is at the upstream", LIMIT, async || {
        Ok(scene.upstream.seen().iter().any(|seen| seen.target == "/held").then_some(()))
    })
    .await?;
    let (system, upstream, gateway) = (&mut scene.system, &scene.upstream, scene.caller.clone());
    let stopping = system.stop();
    let releasing = async {
        // Its listeners are closed, so it is draining: now the upstream may answer.
        until("the gateway takes no more calls", LIMIT, async || {
            Ok(gateway.get("/.portcullis/ready", None).await.is_err().then_some(()))
        })
        .await?;
        upstream.release();
        anyhow::Ok(())
    };
    let (stopped, released) = tokio::join!(stopping, releasing);
    released?;
    stopped?;
    assert_eq!(call.await??, 200);
    Ok(())
}

async fn serve(folder: &TempDir, arguments: &[&str]) -> Result<Ended> {
    let mut command = Command::new(program()?);
    command.arg("serve").arg("--data-dir").arg(folder.path().join("data")).args(arguments).current_dir(folder.path());
    run_bounded(command, LIMIT).await
}

/// The status, the words, and for status 1 that the error is one line without a backtrace.
fn check(ended: &Ended, code: i32, words: &[&str]) {
    assert_eq!(ended.code, Some(code), "{}", ended.text());
    for word in words {
        assert!(ended.stderr.contains(word), "{word} is not in: {}", ended.text());
    }
    assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
    if code == 1 {
        let said: Vec<&str> = ended.stderr.lines().filter(|line| line.starts_with("portcullis: ")).collect();
        assert_eq!((said.len(), ended.stderr.lines().count()), (1, 1), "one line, not:\n{}", ended.stderr);
    }
}
