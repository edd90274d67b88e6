//! What is there, as a document and by id.

use crate::access_profiles::load_profiles;
use crate::api_collections::load_collections;
use crate::cert_bundles::load_cert_bundles;
use crate::clients::load_clients;
use crate::dialect::DbConnection;
use crate::endpoints::load_endpoints;
use crate::error::StoreError;
use crate::policies::load_policies;
use crate::projects::{DEFAULT_PROJECT, Project, load_projects};
use crate::row::known;
use crate::secret_key::SecretKey;
use crate::settings::load_settings;
use crate::terms::{TermsOwner, load_secrets};
use crate::webhooks::{NewWebhook, load_webhooks};
use domain::access_profile::AccessProfile;
use domain::api_collection::ApiCollection;
use domain::client::Client;
use domain::endpoint::Endpoint;
use domain::jwt::KeyFamily;
use domain::secret::Secret;
use domain::settings::Settings;
use domain::terms::Terms;
use domain::text::{Name, Slug};
use domain::workspace::{
    CertBundleEntry, ClientEntry, CollectionEntry, CredentialEntry, EndpointEntry, PolicyEntry, ProfileEntry,
    ProjectEntry, TermsEntry, WebhookEntry, Workspace,
};
use domain::{CertBundleId, ClientId, CollectionId, PolicyId, ProfileId, ProjectId, WebhookId};
use std::collections::HashMap;

/// What is there. Lists of ids and objects stand in the order of the document's sections.
pub(super) struct Present {
    pub(super) workspace: Workspace,
    pub(super) settings: Settings,
    pub(super) projects: Vec<ProjectId>,
    pub(super) policies: Vec<PolicyId>,
    pub(super) cert_bundles: Vec<CertBundleId>,
    pub(super) collections: Vec<(ApiCollection, Vec<Endpoint>)>,
    pub(super) clients: Vec<(Client, Vec<AccessProfile>)>,
    pub(super) webhooks: Vec<WebhookId>,
}

/// Names by id, for references.
struct Names {
    projects: HashMap<i64, Name>,
    policies: HashMap<i64, Name>,
    bundles: HashMap<i64, Name>,
    collections: HashMap<i64, Slug>,
    client_keys: HashMap<i64, Secret>,
    profile_keys: HashMap<i64, Secret>,
}

impl Present {
    /// Reads everything in the caller's transaction.
    pub(super) async fn load(db: &mut DbConnection, key: &SecretKey) -> Result<Self, StoreError> {
        let settings = load_settings(&mut *db).await?;
        let mut projects = load_projects(&mut *db).await?;
        let mut policies = load_policies(&mut *db, None).await?;
        let mut bundles = load_cert_bundles(&mut *db, None).await?;
        let mut collections = load_collections(&mut *db, key, None).await?;
        let mut endpoints = by(load_endpoints(&mut *db, None).await?, |endpoint| endpoint.collection_id.0);
        let mut clients = load_clients(&mut *db, key).await?;
        let mut profiles = by(load_profiles(&mut *db, key).await?, |profile| profile.client_id.0);
        let mut webhooks = load_webhooks(&mut *db, key).await?;
        webhooks.sort_by_cached_key(|(_, webhook)| webhook.name.folded());
        projects.sort_by_cached_key(|project| (project.id != DEFAULT_PROJECT, project.name.folded()));
        policies.sort_by_cached_key(|policy| policy.name.folded());
        bundles.sort_by_cached_key(|bundle| bundle.name.folded());
        collections.sort_by_cached_key(|own| (own.name.folded(), own.version.folded()));
        clients.sort_by_cached_key(|client| client.name.folded());
        let (mut client_keys, mut profile_keys) = (HashMap::new(), HashMap::new());
        for (owner, secret) in load_secrets(db, key).await? {
            match owner {
                TermsOwner::Client(ClientId(id)) => client_keys.insert(id, secret),
                TermsOwner::Profile(ProfileId(id)) => profile_keys.insert(id, secret),
            };
        }
        let names = Names {
            projects: projects.iter().map(|own| (own.id.0, own.name.clone())).collect(),
            policies: policies.iter().map(|own| (own.id.0, own.name.clone())).collect(),
            bundles: bundles.iter().map(|own| (own.id.0, own.name.clone())).collect(),
            collections: collections.iter().map(|own| (own.id.0, own.path.clone())).collect(),
            client_keys,
            profile_keys,
        };
        let collections: Vec<_> = collections
            .into_iter()
            .map(|collection| {
                let mut own = endpoints.remove(&collection.id.0).unwrap_or_default();
                own.sort_by_cached_key(|own| (own.path.as_str().to_owned(), own.method.as_str()));
                (collection, own)
            })
            .collect();
        let clients: Vec<_> = clients
            .into_iter()
            .map(|client| {
                let mut own = profiles.remove(&client.id.0).unwrap_or_default();
                own.sort_by_cached_key(|profile| profile.name.folded());
                (client, own)
            })
            .collect();
        let workspace = Workspace {
            settings: Some(settings.clone()),
            projects: Some(projects.iter().map(project_entry).collect()),
            policies: Some(policies.iter().map(policy_entry).collect()),
            cert_bundles: Some(
                bundles
                    .iter()
                    .map(|own| CertBundleEntry { name: own.name.clone(), authorities: own.authorities.clone() })
                    .collect(),
            ),
            collections: Some(collections.iter().map(|own| names.collection(own)).collect::<Result<_, _>>()?),
            clients: Some(clients.iter().map(|own| names.client(own)).collect::<Result<_, _>>()?),
            webhooks: Some(webhooks.iter().map(|(_, own)| webhook_entry(own)).collect()),
        };
        Ok(Self {
            workspace,
            settings,
            projects: projects.iter().map(|own| own.id).collect(),
            policies: policies.iter().map(|own| own.id).collect(),
            cert_bundles: bundles.iter().map(|own| own.id).collect(),
            collections,
            clients,
            webhooks: webhooks.into_iter().map(|(id, _)| id).collect(),
        })
    }
}

fn by<T>(objects: Vec<T>, owner: impl Fn(&T) -> i64) -> HashMap<i64, Vec<T>> {
    let mut groups: HashMap<i64, Vec<T>> = HashMap::new();
    for object in objects {
        groups.entry(owner(&object)).or_default().push(object);
    }
    groups
}

fn project_entry(project: &Project) -> ProjectEntry {
    ProjectEntry {
        name: project.name.clone(),
        default: project.id == DEFAULT_PROJECT,
        description: project.description.clone(),
    }
}

fn policy_entry(policy: &domain::access_policy::AccessPolicy) -> PolicyEntry {
    PolicyEntry {
        name: policy.name.clone(),
        description: policy.description.clone(),
        rate_limit: policy.rate_limit,
        usage_quota: policy.usage_quota,
        on_store_failure: policy.on_store_failure,
    }
}

fn webhook_entry(webhook: &NewWebhook) -> WebhookEntry {
    WebhookEntry {
        name: webhook.name.clone(),
        url: webhook.url.clone(),
        events: webhook.events.clone(),
        enabled: webhook.enabled,
        secret: Some(webhook.secret.clone()),
    }
}

fn endpoint_entry(endpoint: &Endpoint) -> EndpointEntry {
    EndpointEntry {
        name: endpoint.name.clone(),
        method: endpoint.method,
        path: endpoint.path.clone(),
        description: endpoint.description.clone(),
        upstream_path: endpoint.upstream_path.clone(),
        active: endpoint.active,
    }
}

impl Names {
    fn project(&self, id: ProjectId) -> Result<Option<Name>, StoreError> {
        if id == DEFAULT_PROJECT {
            return Ok(None);
        }
        known("project_id", self.projects.get(&id.0).cloned()).map(Some)
    }

    fn collection(&self, (own, endpoints): &(ApiCollection, Vec<Endpoint>)) -> Result<CollectionEntry, StoreError> {
        Ok(CollectionEntry {
            name: own.name.clone(),
            version: own.version.clone(),
            path: own.path.clone(),
            project: self.project(own.project_id)?,
            description: own.description.clone(),
            enabled: own.enabled,
            upstream: own.upstream.clone(),
            limits: own.limits,
            cors: own.cors.clone(),
            allow_query_token: own.allow_query_token,
            forwarding: own.forwarding,
            endpoints: Some(endpoints.iter().map(endpoint_entry).collect()),
        })
    }

    fn client(&self, (own, profiles): &(Client, Vec<AccessProfile>)) -> Result<ClientEntry, StoreError> {
        let shared = own.shared_policy_id.map(|id| known("shared_policy_id", self.policies.get(&id.0).cloned()));
        let key = self.client_keys.get(&own.id.0);
        Ok(ClientEntry {
            name: own.name.clone(),
            project: self.project(own.project_id)?,
            description: own.description.clone(),
            email: own.email.clone(),
            enabled: own.enabled,
            shared_policy: shared.transpose()?,
            default_terms: own.default_terms.as_ref().map(|terms| self.terms(terms, key)).transpose()?,
            profiles: Some(profiles.iter().map(|own| self.profile(own)).collect::<Result<_, _>>()?),
        })
    }

    fn profile(&self, own: &AccessProfile) -> Result<ProfileEntry, StoreError> {
        let key = self.profile_keys.get(&own.id.0);
        let credential = |own: &domain::access_profile::Credential| CredentialEntry {
            kind: own.kind,
            digest: own.digest,
            identifier: own.identifier.clone(),
            last4: own.last4.clone(),
            ends_at: own.ends_at,
        };
        Ok(ProfileEntry {
            name: own.name.clone(),
            active: own.active,
            own_terms: own.own_terms.as_ref().map(|terms| self.terms(terms, key)).transpose()?,
            ip_allow_list: own.ip_allow_list.clone(),
            ip_deny_list: own.ip_deny_list.clone(),
            expires_at: own.expires_at,
            period_anchor: Some(own.period_anchor),
            labels: own.labels.clone(),
            api_key: own.identifier().cloned(),
            credentials: Some(own.credentials.iter().map(credential).collect()),
        })
    }

    fn terms(&self, terms: &Terms, key: Option<&Secret>) -> Result<TermsEntry, StoreError> {
        let none = domain::terms::JwtTerms::default();
        let jwt = terms.jwt.as_deref().unwrap_or(&none);
        let mut collections = Vec::with_capacity(terms.collection_ids.len());
        for id in &terms.collection_ids {
            collections.push(known("terms.collections", self.collections.get(&id.0).cloned())?);
        }
        collections.sort_by(|one, other| one.as_str().cmp(other.as_str()));
        let mut bundles = Vec::with_capacity(terms.cert_bundle_ids.len());
        for id in &terms.cert_bundle_ids {
            bundles.push(known("terms.cert_bundles", self.bundles.get(&id.0).cloned())?);
        }
        bundles.sort_by_cached_key(Name::folded);
        let policy = terms.policy_id.map(|id| known("terms.policy_id", self.policies.get(&id.0).cloned()));
        let is_shared = jwt.family == Some(KeyFamily::Hmac);
        Ok(TermsEntry {
            collections,
            policy: policy.transpose()?,
            auth_type: terms.method,
            jwt_method: jwt.family,
            jwt_public_key: key.filter(|_| !is_shared).map(|key| key.expose().to_owned()),
            jwt_secret: key.filter(|_| is_shared).cloned(),
            oidc_issuer: jwt.oidc_issuer.as_deref().map(ToOwned::to_owned),
            oidc_jwks_uri: jwt.oidc_jwks_uri.as_deref().map(ToOwned::to_owned),
            access_profile_claim: jwt.access_profile_claim.as_deref().map(ToOwned::to_owned),
            required_claims: jwt.rules.required_claims.clone(),
            allowed_issuers: jwt.rules.allowed_issuers.clone(),
            allowed_audiences: jwt.rules.allowed_audiences.clone(),
            jwt_algorithms: jwt.rules.algorithms.clone(),
            clock_leeway_seconds: jwt.rules.leeway_seconds,
            mtls_enabled: terms.mtls_enabled,
            cert_bundles: bundles,
            validation_formula: terms.validation_formula.clone(),
        })
    }
}

/// The id behind a collection, for those that stay.
pub(super) fn collection_id(present: &Present, place: usize) -> Option<CollectionId> {
    present.collections.get(place).map(|(own, _)| own.id)
}
