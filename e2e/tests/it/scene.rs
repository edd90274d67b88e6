//! The usual beginning: a server, an upstream behind it, one collection with one endpoint, one client.

use anyhow::Result;
use e2e::{Api, Caller, Collection, Profile, Settings, TestSystem, Upstream};
use serde_json::{Value, json};

/// A small workspace that works.
pub(crate) struct Scene {
    pub(crate) system: TestSystem,
    pub(crate) upstream: Upstream,
    pub(crate) api: Api,
    pub(crate) caller: Caller,
    pub(crate) collection: Collection,
    /// A call that profiles of this scene may make.
    pub(crate) path: String,
    pub(crate) client: u64,
}

impl Scene {
    /// Starts everything.
    pub(crate) async fn start() -> Result<Self> {
        Self::start_with(Settings::default()).await
    }

    /// Starts everything with these settings.
    pub(crate) async fn start_with(settings: Settings) -> Result<Self> {
        let upstream = Upstream::start().await?;
        let system = TestSystem::start_with(settings).await?;
        let api = system.api().await?;
        let caller = system.caller();
        let collection = api.make_collection("Things", &upstream.url()).await?;
        api.make_endpoint(&collection, "GET", "things").await?;
        let path = format!("{}/things", collection.path);
        let client = api.make_client("Acme").await?;
        Ok(Self { system, upstream, api, caller, collection, path, client })
    }

    /// A profile of the scene's client that may call the scene's collection.
    pub(crate) async fn profile(&self, name: &str) -> Result<Profile> {
        self.profile_with(name, json!({})).await
    }

    /// The same with more fields.
    pub(crate) async fn profile_with(&self, name: &str, more: Value) -> Result<Profile> {
        self.api.make_profile(self.client, name, &[self.collection.id], more).await
    }

    /// The status of a call of the scene's path.
    pub(crate) async fn status(&self, profile: &Profile) -> Result<u16> {
        self.caller.status(&self.path, &profile.key).await
    }
}
