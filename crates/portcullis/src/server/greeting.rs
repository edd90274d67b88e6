//! What standard output says at start.

use crate::clock;
use crate::control;
use crate::settings::Settings;
use anyhow::Context as _;
use std::io::Write as _;
use std::net::SocketAddr;
use store::{Actor, Store};

/// Says where everything is; at first start also the one-time set-up link.
pub(super) async fn greet(
    store: &Store,
    settings: &Settings,
    gateway: SocketAddr,
    management_url: &str,
) -> anyhow::Result<()> {
    let mut text = format!(
        "Portcullis {}\n  gateway      http://{gateway}\n  console      {management_url}\n  data         {}\n",
        env!("CARGO_PKG_VERSION"),
        settings.data_dir.display(),
    );
    if let Some(why) = store.away_since_look() {
        let away = format!("  database     cannot be used now ({why}): serving the directory as it was last known\n");
        text.push_str(&away);
    } else if store.needs_setup().await? {
        let actor = Actor::system("first start");
        let link = control::setup_link(store, &actor, clock::wall(), management_url, None).await?;
        text.push_str("  set-up link  ");
        text.push_str(link.expose());
        text.push_str(
            "\n               (once, within one hour: makes the owner; `portcullis setup-link` makes another)\n",
        );
    }
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).context("cannot write to standard output")
}
