//! The console in headless Chromium, with a real gateway behind it: one whole run, then every screen.

use std::time::Duration;

use anyhow::{Context as _, Result};
use e2e::{TestSystem, Upstream, run_bounded, tools};
use tempfile::TempDir;
use tokio::process::Command;

const RUN_LIMIT: Duration = Duration::from_mins(5);
const SCREENS_LIMIT: Duration = Duration::from_mins(6);

#[tokio::test]
async fn an_owner_does_the_whole_page_and_every_screen_is_accessible() -> Result<()> {
    let scripts = tools::browser_scripts().await?;
    let upstream = Upstream::start().await?;
    let system = TestSystem::start().await?;
    let api = system.api().await?;
    let quotes = api.make_collection("Quotes", &upstream.url()).await?;
    let orders = api.make_collection("Orders", &upstream.url()).await?;
    api.make_endpoint(&quotes, "GET", "quotes").await?;
    api.make_endpoint(&orders, "GET", "orders").await?;
    api.make_policy("Sixty per minute", 60, "minute").await?;
    let link = system.command(&["setup-link"]).await?.good()?;
    let link = link.split_whitespace().find(|word| word.starts_with("http")).context("no link")?;

    let folder = TempDir::new()?;
    let logo = folder.path().join("logo.png");
    image::RgbImage::from_pixel(300, 200, image::Rgb([40, 110, 170])).save(&logo)?;
    let node = |script: &str| -> Result<Command> {
        let mut command = Command::new("node");
        command
            .arg(script)
            .current_dir(&scripts)
            .env("CHROMIUM", tools::chromium()?)
            .env("ARTIFACTS", tools::artifacts()?)
            .env("CONSOLE", format!("http://{}", system.management))
            .env("SETUP_LINK", link)
            .env("QUOTES_URL", format!("http://{}{}/quotes", system.gateway, quotes.path))
            .env("ORDERS_URL", format!("http://{}{}/orders", system.gateway, orders.path))
            .env("LOGO", &logo)
            .env("STORAGE_STATE", folder.path().join("session.json"));
        Ok(command)
    };
    run_bounded(node("the-whole-page.mjs")?, RUN_LIMIT).await?.good().context("the whole page")?;
    run_bounded(node("every-screen.mjs")?, SCREENS_LIMIT).await?.good().context("every screen")?;
    Ok(())
}
