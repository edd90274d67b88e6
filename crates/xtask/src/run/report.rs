//! What `cargo xtask run` prints when everything stands.

use anyhow::Result;

use super::api::needs_setup;
use super::data_dir::DataDir;
use super::seed::Sample;
use super::server::{Binary, Server};
use crate::workspace;

/// Prints the addresses, and a line to paste; without a new key, how to get one.
pub(crate) fn tell(binary: &Binary, data_dir: &DataDir, server: &Server, sample: Option<&Sample>) -> Result<()> {
    let management = server.management;
    let directory = data_dir.path().display();
    println!();
    println!("  Portcullis is running.");
    println!();
    if needs_setup(management)? {
        let link = binary.ask(data_dir, &["setup-link"])?;
        let link = link.lines().find(|line| line.contains("http://")).unwrap_or(&link);
        println!("  Console      {}", link.trim());
        println!("               (opens once, within an hour: makes you the owner)");
    } else {
        println!("  Console      http://{management}/");
        println!("               (password lost? portcullis setup-link --data-dir {directory} --email YOU)");
    }
    println!("  Management   http://{management}/api");
    println!("  Gateway      http://{}", server.gateway);
    println!("  Data         {directory}");
    println!("  Log          {}", workspace::shown(server.log()));
    println!();
    if let Some(sample) = sample {
        println!("  A call that works:");
        println!();
        println!("    curl -H 'api-token: {}' {}", sample.key, sample.url);
    } else {
        println!("  The workspace was there already; nothing was added. Keys are shown once: to get a new one, open a");
        println!("  client in the console and press Refresh at an access profile, or");
        println!();
        println!("    TOKEN=$({} token create --role admin --data-dir {directory})", workspace::shown(binary.path()));
        println!("    curl -X PUT -H \"Authorization: Bearer $TOKEN\" \\");
        println!("      http://{management}/api/v2/api_clients/CLIENT/api_keys/KEY/refresh_secret");
        println!();
        println!("  Start over with an empty directory: cargo xtask run --fresh");
    }
    println!();
    println!("  Ctrl-C stops everything.");
    Ok(())
}
