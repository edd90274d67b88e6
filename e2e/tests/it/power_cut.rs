//! Power cuts under management writes: the file system of the data directory lies in an image file; in the middle of
//! writes the server is halted, the image copied and the copy mounted. Nothing that was acknowledged is missing there.
//!
//! The file system writes nothing by itself for ten minutes: what is in the copy was synced. Without
//! `PORTCULLIS_TEST_LONG` a part of the 50 cuts.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use e2e::{Mount, NotHere, TestSystem, is_long_run, make_image, until};
use rustix::process::Signal;

use crate::integrity::check_databases;
use crate::writers::{Acknowledged, Writers};

const BOUND: Duration = Duration::from_mins(1);
const IMAGE_MIB: u64 = 48;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_acknowledged_change_survives_power_cuts() -> Result<()> {
    let cuts = if is_long_run() { 50 } else { 10 };
    let mut system = TestSystem::prepared(e2e::Settings::default())?;
    let image = system.folder().join("disk.img");
    make_image(&image, IMAGE_MIB)?;
    let _mount = match Mount::of_image(&system.data_dir(), &image)? {
        Ok(mount) => mount,
        Err(NotHere(why)) => {
            eprintln!("NOT TESTED: power cuts. This machine lets no image be mounted: {why}");
            return Ok(());
        }
    };
    system.launch().await?;
    let api = system.api().await?;
    let acknowledged = Acknowledged::default();
    let writers = Writers::start(&api, &acknowledged, "cut");
    let copy = system.folder().join("copy.img");
    for cut in 0..cuts {
        let enough = acknowledged.count() + 5 + (cut * 7) % 13;
        until("enough writes are acknowledged", BOUND, async || Ok((acknowledged.count() >= enough).then_some(())))
            .await?;
        system.signal(Signal::STOP)?;
        // Answers that were sent before may still be on their way: they are not counted.
        let known = acknowledged.at_this_moment();
        std::fs::copy(&image, &copy)?;
        system.signal(Signal::CONT)?;
        examine(&copy, &known, api.token()).await.with_context(|| format!("cut {cut}"))?;
    }
    system.kill().await?;
    writers.ended().await?;
    println!("{cuts} power cuts, {} acknowledged writes, none lost", acknowledged.count());
    Ok(())
}

/// What a machine finds that starts again with this disk.
async fn examine(image: &Path, known: &Acknowledged, token: &str) -> Result<()> {
    let mut system = TestSystem::prepared(e2e::Settings::default())?;
    let mounted = Mount::of_image(&system.data_dir(), image)?;
    let _mount = mounted.map_err(|NotHere(why)| anyhow::anyhow!("the copy cannot be mounted: {why}"))?;
    // The copy of the directory first: starting with the database makes a new one.
    let database = system.data_dir().join("control.db");
    let aside = database.with_extension("aside");
    std::fs::rename(&database, &aside)?;
    system.launch().await?;
    let ready = system.stranger().get("/readyz").await?.good()?;
    let revision = ready["revision"].as_i64().context("revision")?;
    ensure!(ready["store"] == "missing" && revision >= known.revision(), "{ready}, acknowledged {}", known.revision());
    system.kill().await?;
    std::fs::rename(&aside, &database)?;

    system.launch().await?;
    known.check(&e2e::Api::new(system.management, token)).await?;
    system.kill().await?;
    check_databases(&system.data_dir()).await
}
