//! What gateways are made of: everything at once, or what was touched since a revision; either as of one revision.

use crate::access_profiles::{find_profile, load_profiles, load_revoked};
use crate::access_token_keys::load_keys;
use crate::api_collections::load_collections;
use crate::cert_bundles::load_cert_bundles;
use crate::changes::{ChangeKind, changes_since};
use crate::clients::{find_client, load_clients};
use crate::dialect::{self, BEGIN_SNAPSHOT, DbConnection};
use crate::endpoints::load_endpoints;
use crate::error::StoreError;
use crate::policies::load_policies;
use crate::secret_key::SecretKey;
use crate::settings::load_settings;
use crate::store::{Store, current_revision};
use domain::access_policy::AccessPolicy;
use domain::access_profile::AccessProfile;
use domain::access_token::AccessTokenKeys;
use domain::api_collection::ApiCollection;
use domain::cert_bundle::CertBundle;
use domain::client::Client;
use domain::directory::Delta;
use domain::endpoint::Endpoint;
use domain::settings::Settings;
use domain::token::TokenDigest;
use domain::{CertBundleId, ClientId, CollectionId, PolicyId, ProfileId, Revision};
use sqlx::Connection;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Where a change touches more objects than this, reading everything is quicker than reading each.
const READ_ONE_BY_ONE: usize = 200;

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

/// What was touched since a revision, read in one transaction.
#[derive(Debug)]
pub struct News {
    /// The revision that all of it shows.
    pub revision: Revision,
    /// Which objects, each once.
    pub touched: Vec<(ChangeKind, i64)>,
    /// These objects as they are now.
    pub deltas: Vec<Delta>,
    /// The same as rows, for the copy on the disk.
    pub rows: String,
}

/// All rows of a directory.
#[derive(Debug)]
pub struct DirectoryCopy {
    /// The revision that they show.
    pub revision: Revision,
    /// The version of the schema that they are of.
    pub schema: i64,
    /// The rows.
    pub rows: String,
}

impl Store {
    /// Reads everything as of one revision: ten queries, however much there is.
    pub async fn load_directory(&self) -> Result<(Revision, Loaded), StoreError> {
        let mut db = self.follower().await?;
        let mut snapshot = db.begin_with(BEGIN_SNAPSHOT).await?;
        let revision = current_revision(&mut snapshot).await?;
        Ok((revision, load_all(&mut snapshot, self.key()).await?))
    }

    /// What was touched since a revision. `None` where that cannot be said (see [`Store::changes_since`]), or where it is
    /// so much that reading everything is quicker: load everything then.
    pub async fn news_since(&self, known: Revision) -> Result<Option<News>, StoreError> {
        let mut db = self.follower().await?;
        let mut snapshot = db.begin_with(BEGIN_SNAPSHOT).await?;
        let revision = current_revision(&mut snapshot).await?;
        let Some(changes) = changes_since(&mut snapshot, known).await? else { return Ok(None) };
        let touched: BTreeSet<_> = changes.iter().map(|change| (change.kind, change.id)).collect();
        if touched.len() > READ_ONE_BY_ONE {
            return Ok(None);
        }
        let touched: Vec<_> = touched.into_iter().collect();
        let (mut deltas, mut rows) = (Vec::with_capacity(touched.len()), String::new());
        let tables = self.tables(&mut snapshot).await?;
        for &(kind, id) in &touched {
            deltas.push(load_object(&mut snapshot, self.key(), kind, id).await?);
            tables.copy_object(&mut snapshot, kind, id, &mut rows).await?;
        }
        Ok(Some(News { revision, touched, deltas, rows }))
    }

    /// All rows of the directory as of one revision.
    pub async fn copy_directory(&self) -> Result<DirectoryCopy, StoreError> {
        let mut db = self.reader().await?;
        let mut snapshot = db.begin_with(BEGIN_SNAPSHOT).await?;
        let revision = current_revision(&mut snapshot).await?;
        let rows = self.tables(&mut snapshot).await?.copy_all(&mut snapshot).await?;
        Ok(DirectoryCopy { revision, schema: dialect::schema_version(), rows })
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

/// Everything that a database holds for gateways.
pub(crate) async fn load_all(db: &mut DbConnection, key: &SecretKey) -> Result<Loaded, StoreError> {
    let policies = load_policies(db, None).await?;
    let cert_bundles = load_cert_bundles(db, None).await?;
    let collections = load_collections(db, key, None).await?;
    let endpoints = load_endpoints(db, None).await?;
    let clients = load_clients(db, key).await?;
    let profiles = load_profiles(db, key).await?;
    let settings = load_settings(db).await?;
    let access_token_keys = AccessTokenKeys::new(load_keys(db, key).await?);
    let revoked = load_revoked(db).await?;
    let collections = with_endpoints(collections, endpoints);
    Ok(Loaded { clients, profiles, collections, policies, cert_bundles, settings, access_token_keys, revoked })
}

/// Whether gateways can read what a change touched, before it is committed: what they cannot read is refused whole.
pub(crate) async fn check_readable(
    db: &mut DbConnection,
    key: &SecretKey,
    touched: &BTreeSet<(ChangeKind, i64)>,
) -> Result<(), StoreError> {
    if touched.len() > READ_ONE_BY_ONE {
        return load_all(db, key).await.map(drop);
    }
    for &(kind, id) in touched {
        load_object(db, key, kind, id).await?;
    }
    Ok(())
}

/// One object as it is now.
async fn load_object(db: &mut DbConnection, key: &SecretKey, kind: ChangeKind, id: i64) -> Result<Delta, StoreError> {
    Ok(match kind {
        ChangeKind::Client => {
            let found = find_client(db, key, ClientId(id)).await?;
            Delta::Client(ClientId(id), found.map(|row| Box::new(row.client)))
        }
        ChangeKind::Profile => {
            let found = find_profile(db, key, ProfileId(id)).await?;
            Delta::Profile(ProfileId(id), found.map(|row| Box::new(row.profile)))
        }
        ChangeKind::Policy => {
            let found = load_policies(db, Some(PolicyId(id))).await?.pop();
            Delta::Policy(PolicyId(id), found.map(Box::new))
        }
        ChangeKind::Collection => {
            let found = load_collections(db, key, Some(CollectionId(id))).await?;
            let endpoints = load_endpoints(db, Some(CollectionId(id))).await?;
            let found = with_endpoints(found, endpoints).pop();
            Delta::Collection(CollectionId(id), found.map(|found| Arc::new((found.collection, found.endpoints))))
        }
        ChangeKind::CertBundle => {
            let found = load_cert_bundles(db, Some(CertBundleId(id))).await?.pop();
            Delta::CertBundle(CertBundleId(id), found.map(Box::new))
        }
        ChangeKind::Settings => Delta::Settings(Box::new(load_settings(db).await?)),
        ChangeKind::AccessTokenKeys => Delta::AccessTokenKeys(AccessTokenKeys::new(load_keys(db, key).await?)),
    })
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
