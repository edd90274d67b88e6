//! The commands' end: the running server does it if there is one, else this process on the store itself.

use super::{Reply, Request, carry_out};
use crate::clock;
use crate::data_dir::{DataDir, control_socket};
use crate::settings::Settings;
use crate::snapshot;
use anyhow::{Context as _, anyhow};
use std::path::Path;
use store::{CONTROL_DB, SecretKey, Store};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;

/// Carries a command out and gives back the text to print.
pub(crate) async fn perform(settings: &Settings, request: Request) -> anyhow::Result<String> {
    match UnixStream::connect(control_socket(&settings.data_dir)).await {
        Ok(stream) => ask(stream, &request).await,
        Err(_) => on_the_store(settings, request).await,
    }
}

async fn ask(mut stream: UnixStream, request: &Request) -> anyhow::Result<String> {
    let mut line = serde_json::to_vec(request)?;
    line.push(b'\n');
    stream.write_all(&line).await.context("the running server broke off")?;
    let mut reply = String::new();
    BufReader::new(stream).read_line(&mut reply).await.context("the running server broke off")?;
    match serde_json::from_str(&reply).context("the running server answered nothing of use")? {
        Reply::Done(text) => Ok(text),
        Reply::Failed(message) => Err(anyhow!(message)),
    }
}

async fn on_the_store(settings: &Settings, request: Request) -> anyhow::Result<String> {
    let is_new = !settings.data_dir.join(CONTROL_DB).exists();
    let shown = settings.data_dir.display();
    let only_reads = match &request {
        Request::ExportWorkspace { .. } => true,
        Request::ApplyWorkspace(order) => order.dry_run,
        Request::CreateToken(_) | Request::SetupLink { .. } => false,
        Request::ExplainRecorded { .. } | Request::ExplainDescribed(_) => {
            return Err(anyhow!("no server is running on {shown}: explanations come from a running one"));
        }
        Request::Status | Request::TakeOver { .. } => return Err(anyhow!("no server is running on {shown}")),
    };
    if is_new && only_reads {
        return Err(anyhow!("there is no store in {shown}"));
    }
    let data_dir = DataDir::take(&settings.data_dir)?;
    let store = open(data_dir.path()).await?;
    if is_new {
        eprintln!("portcullis: made a new store in {}", data_dir.path().display());
    }
    let management_url = format!("http://{}", settings.management.listen);
    let own = [settings.gateway.listen, settings.management.listen];
    let text = carry_out(&store, clock::wall(), &management_url, &own, request).await?;
    store.close().await;
    Ok(text.expose().to_owned())
}

/// Opens the store of a data directory that this process holds; makes it at first start.
pub(crate) async fn open(data_dir: &Path) -> anyhow::Result<Store> {
    let key = SecretKey::load_or_create(data_dir)?;
    if snapshot::has_any(data_dir) {
        return Store::open_again(&data_dir.join(CONTROL_DB), &key).await.context(
            "the data directory has a copy of a directory (directory-*) but no database that can be used: put the \
             database back, or remove these files to begin anew",
        );
    }
    Ok(Store::open(&data_dir.join(CONTROL_DB), &key).await?)
}
