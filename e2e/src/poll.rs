//! Waiting for a level: ask again until it is so, within a bound.

use std::time::Duration;

use anyhow::{Result, bail};
use tokio::time::{Instant, sleep};

/// Asks every 20 ms until `ask` gives something, at most for `limit`; an error ends the waiting.
pub async fn until<T>(what: &str, limit: Duration, mut ask: impl AsyncFnMut() -> Result<Option<T>>) -> Result<T> {
    let since = Instant::now();
    loop {
        if let Some(found) = ask().await? {
            return Ok(found);
        }
        if since.elapsed() > limit {
            bail!("{what}: not so after {} s", limit.as_secs());
        }
        sleep(Duration::from_millis(20)).await;
    }
}
