//! What gateways are made of: everything at once from one snapshot, or one object after a change.

use crate::access_profiles::{load_profiles, load_revoked};
use crate::access_token_keys::load_keys;
use crate::api_collections::load_collections;
use crate::cert_bundles::load_cert_bundles;
use crate::clients::load_clients;
use crate::dialect::BEGIN_SNAPSHOT;
use crate::endpoints::load_endpoints;
use crate::error::StoreError;
use crate::policies::load_policies;
use crate::settings::load_settings;
use crate::store::{Store, current_revision};
use domain::access_policy::AccessPolicy;
use domain::access_profile::AccessProfile;
use domain::access_token::AccessTokenKeys;
use domain::api_collection::ApiCollection;
use domain::cert_bundle::CertBundle;
use domain::client::Client;
use domain::endpoint::Endpoint;
use domain::settings::Settings;
use domain::token::TokenDigest;
use domain::{CollectionId, Revision};
use sqlx::Connection;

/// Everything that a directory is compiled from, each by id.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// All clients.
    pub clients: Vec<Client>,
    /// All access profiles with their credentials.
    pub profiles: Vec<AccessProfile>,
    /// All collections with their endpoints.
    pub collections: Vec<LoadedCollection>,
    /// All access policies.
    pub policies: Vec<AccessPolicy>,
    /// All certificate bundles.
    pub cert_bundles: Vec<CertBundle>,
    /// The settings of the workspace.
    pub settings: Settings,
    /// The keys for access tokens; none before [`Store::load_access_token_keys`] made the first one.
    pub access_token_keys: AccessTokenKeys,
    /// Digests of credentials that ended in the last 90 days, in no order.
    pub revoked: Vec<TokenDigest>,
}

/// A collection with its endpoints, by id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadedCollection {
    /// The collection.
    pub collection: ApiCollection,
    /// Its endpoints, inactive ones too.
    pub endpoints: Vec<Endpoint>,
}

impl Store {
    /// Reads everything as of one revision: ten queries, however much there is.
    pub async fn load_directory(&self) -> Result<(Revision, Loaded), StoreError> {
        let mut db = self.reader().await?;
        let mut snapshot = db.begin_with(BEGIN_SNAPSHOT).await?;
        let revision = current_revision(&mut snapshot).await?;
        let policies = load_policies(&mut snapshot, None).await?;
        let cert_bundles = load_cert_bundles(&mut snapshot, None).await?;
        let collections = load_collections(&mut snapshot, self.key(), None).await?;
        let endpoints = load_endpoints(&mut snapshot, None).await?;
        let clients = load_clients(&mut snapshot, self.key()).await?;
        let profiles = load_profiles(&mut snapshot, self.key()).await?;
        let settings = load_settings(&mut snapshot).await?;
        let access_token_keys = AccessTokenKeys::new(load_keys(&mut snapshot, self.key()).await?);
        let revoked = load_revoked(&mut snapshot).await?;
        let collections = with_endpoints(collections, endpoints);
        let loaded =
            Loaded { clients, profiles, collections, policies, cert_bundles, settings, access_token_keys, revoked };
        Ok((revision, loaded))
    }

    /// One collection with its endpoints.
    pub async fn load_collection(&self, id: CollectionId) -> Result<Option<LoadedCollection>, StoreError> {
        let mut db = self.reader().await?;
        let mut snapshot = db.begin_with(BEGIN_SNAPSHOT).await?;
        let collections = load_collections(&mut snapshot, self.key(), Some(id)).await?;
        let endpoints = load_endpoints(&mut snapshot, Some(id)).await?;
        Ok(with_endpoints(collections, endpoints).pop())
    }
}

/// Gives each collection its endpoints; both come sorted by collection.
fn with_endpoints(collections: Vec<ApiCollection>, endpoints: Vec<Endpoint>) -> Vec<LoadedCollection> {
    let mut endpoints = endpoints.into_iter().peekable();
    let with_own = |collection: ApiCollection| {
        let mut own = Vec::new();
        while let Some(endpoint) = endpoints.next_if(|endpoint| endpoint.collection_id == collection.id) {
            own.push(endpoint);
        }
        LoadedCollection { collection, endpoints: own }
    };
    collections.into_iter().map(with_own).collect()
}
