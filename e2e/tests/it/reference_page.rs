//! The reference page of the API in a browser.

use anyhow::Result;
use e2e::TestSystem;

use crate::console_steps;

#[tokio::test]
async fn the_reference_page_is_accessible_and_loads_nothing_from_elsewhere() -> Result<()> {
    let system = TestSystem::start().await?;
    console_steps::run(&system, "reference-page.mjs", &[]).await?;
    Ok(())
}
