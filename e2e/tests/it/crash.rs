//! `kill -9` in the middle of many writes, again and again: nothing that was acknowledged is lost, neither from the
//! database nor from the copy of the directory that a node starts from without it.
//!
//! Without `PORTCULLIS_TEST_LONG` a part of the 200 kills.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use e2e::{TestSystem, is_long_run, until};

use crate::integrity::check_databases;
use crate::writers::{Acknowledged, Writers};

const BOUND: Duration = Duration::from_mins(1);
/// Every so many kills the databases are checked, and a server starts without its control database.
const LOOK_EVERY: usize = 10;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_acknowledged_change_survives_kills() -> Result<()> {
    let kills = if is_long_run() { 200 } else { 60 };
    let mut system = TestSystem::start().await?;
    let api = system.api().await?;
    let acknowledged = Acknowledged::default();
    for kill in 0..kills {
        let start = acknowledged.count();
        let writers = Writers::start(&api, &acknowledged, &kill.to_string());
        // Killed after a different number of acknowledgements each time, always with writes under way.
        let enough = start + 3 + (kill * 7) % 11;
        until("enough writes are acknowledged", BOUND, async || Ok((acknowledged.count() >= enough).then_some(())))
            .await?;
        system.kill().await?;
        writers.ended().await?;
        if kill % LOOK_EVERY == LOOK_EVERY - 1 {
            check_databases(&system.data_dir()).await?;
            starts_without_its_database(&mut system, &acknowledged).await?;
        }
        system.launch().await?;
    }
    assert!(acknowledged.count() >= kills * 3, "only {} writes were acknowledged", acknowledged.count());
    acknowledged.check(&api).await?;
    println!("{kills} kills, {} acknowledged writes, none lost", acknowledged.count());
    Ok(())
}

/// With the control database out of the way, the server serves a directory that has every acknowledged revision.
async fn starts_without_its_database(system: &mut TestSystem, acknowledged: &Acknowledged) -> Result<()> {
    let files = ["control.db", "control.db-wal", "control.db-shm"];
    let (data_dir, aside) = (system.data_dir(), system.folder().join("aside"));
    std::fs::create_dir_all(&aside)?;
    let move_all = |from: &Path, to: &Path| -> Result<()> {
        for file in files.iter().filter(|file| from.join(file).exists()) {
            std::fs::rename(from.join(file), to.join(file))?;
        }
        Ok(())
    };
    move_all(&data_dir, &aside)?;
    system.launch().await?;
    let ready = system.stranger().get("/readyz").await?.good()?;
    assert_eq!(ready["store"], "missing");
    let revision = ready["revision"].as_i64().context("revision")?;
    assert!(revision >= acknowledged.revision(), "{revision}, acknowledged {}", acknowledged.revision());
    system.kill().await?;
    move_all(&aside, &data_dir)
}
