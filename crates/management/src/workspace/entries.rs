//! From what was read to what it means.
//!
//! A document with faults is put together all the same, with something harmless in the place of what could not be read: so the
//! other problems are found too. It is never carried out.

use super::document::{
    WorkspaceCertBundle, WorkspaceClient, WorkspaceCollection, WorkspaceDocument, WorkspaceEndpoint, WorkspacePolicy,
    WorkspaceProfile, WorkspaceProject, WorkspaceWebhook,
};
use super::terms::WorkspaceTerms;
use crate::api_collections::unreachable::refuse_unreachable_from;
use crate::wire::{Faults, Field};
use domain::api_collection::Forwarding;
use domain::endpoint::{EndpointPath, UpstreamPath};
use domain::method::EndpointMethod;
use domain::settings::Settings;
use domain::text::{Name, Slug, Version};
use domain::upstream::{BaseUrl, Upstream};
use domain::workspace::{
    CertBundleEntry, ClientEntry, CollectionEntry, EndpointEntry, PolicyEntry, ProfileEntry, ProjectEntry,
    WebhookEntry, Workspace,
};
use std::net::SocketAddr;

/// Puts a document together; `None` where a whole section could not be read.
pub(super) fn workspace(document: WorkspaceDocument, own: &[SocketAddr], faults: &mut Faults) -> Option<Workspace> {
    let whole = is_read(&document.projects)
        && is_read(&document.policies)
        && is_read(&document.cert_bundles)
        && is_read(&document.collections)
        && is_read(&document.clients)
        && is_read(&document.webhooks);
    let settings = document.settings.flat().map(|change| change.into_update().over(&Settings::default()));
    let projects = section("projects", document.projects, faults, |at, project, _| Some(project_of(at, project)));
    let policies = section("policies", document.policies, faults, |at, policy, _| Some(policy_of(at, policy)));
    let bundles = section("cert_bundles", document.cert_bundles, faults, |at, bundle, _| bundle_of(at, bundle));
    let collections = section("collections", document.collections, faults, |at, collection, faults| {
        collection_of(at, collection, own, faults)
    });
    let clients =
        section("clients", document.clients, faults, |at, client, faults| Some(client_of(at, client, faults)));
    let webhooks = section("webhooks", document.webhooks, faults, |at, webhook, _| webhook_of(at, webhook));
    let made = Workspace { settings, projects, policies, cert_bundles: bundles, collections, clients, webhooks };
    whole.then_some(made)
}

fn is_read<T>(field: &Field<Option<T>>) -> bool {
    !matches!(field, Field::Faulty)
}

/// The objects of a section, each looked at at its place.
fn section<T, E>(
    name: &str,
    field: Field<Option<Vec<T>>>,
    faults: &mut Faults,
    make: impl Fn(usize, T, &mut Faults) -> Option<E>,
) -> Option<Vec<E>> {
    let objects = field.flat()?;
    let mut entry = |(at, object)| faults.within(&format!("{name}[{at}]"), |faults| make(at, object, faults));
    Some(objects.into_iter().enumerate().filter_map(&mut entry).collect())
}

/// The name, or one that nothing else has.
fn named(at: usize, name: Field<Name>) -> Option<Name> {
    name.value().or_else(|| Name::parse(&format!("?{at}")).ok())
}

fn no_name() -> Name {
    // The text is a name.
    Name::parse("?").unwrap_or_else(|_| unreachable!("a question mark is a name"))
}

fn project_of(at: usize, project: WorkspaceProject) -> ProjectEntry {
    ProjectEntry {
        name: named(at, project.name).unwrap_or_else(no_name),
        default: project.default.flat().unwrap_or_default(),
        description: project.description.flat(),
    }
}

fn policy_of(at: usize, policy: WorkspacePolicy) -> PolicyEntry {
    PolicyEntry {
        name: named(at, policy.name).unwrap_or_else(no_name),
        description: policy.description.flat(),
        rate_limit: policy.rate_limit.flat(),
        usage_quota: policy.usage_quota.flat(),
        on_store_failure: policy.on_store_failure.flat().unwrap_or_default().0,
    }
}

fn webhook_of(at: usize, webhook: WorkspaceWebhook) -> Option<WebhookEntry> {
    Some(WebhookEntry {
        name: named(at, webhook.name)?,
        url: webhook.url.value()?,
        events: webhook.events.value()?.0,
        enabled: webhook.enabled.flat().unwrap_or(true),
        secret: None,
    })
}

fn bundle_of(at: usize, bundle: WorkspaceCertBundle) -> Option<CertBundleEntry> {
    Some(CertBundleEntry { name: named(at, bundle.name)?, authorities: bundle.pem.value()?.0 })
}

fn collection_of(
    at: usize,
    input: WorkspaceCollection,
    own: &[SocketAddr],
    faults: &mut Faults,
) -> Option<CollectionEntry> {
    let is_named = matches!((&input.name, &input.version), (Field::Given(_), Field::Given(_)));
    let path_blank = input.path.is_empty();
    let name = named(at, input.name)?;
    let version = input.version.value().or_else(|| Version::parse("?").ok())?;
    let mut path = input.path.flat();
    if path_blank && is_named {
        match Slug::for_collection(&name, &version) {
            Ok(made) => path = Some(made),
            Err(error) => faults.bad("path", error.to_string()),
        }
    }
    let upstream = input.upstream.value().map(|upstream| upstream.0);
    if let Some(upstream) = &upstream {
        refuse_unreachable_from(upstream, own, faults);
        if let (Some(field), Some(_)) = (upstream.auth.way.secret_field(), &upstream.auth.secret) {
            let message = "must not stand here in the open: leave it out, and set it in the console or by `secrets`";
            faults.bad(&format!("upstream.auth.{field}"), message);
        }
    }
    let nowhere = || BaseUrl::parse("http://faulty.invalid").ok().map(Upstream::at);
    Some(CollectionEntry {
        path: path.or_else(|| Slug::parse(&format!("faulty-{at}")).ok())?,
        name,
        version,
        project: input.project.flat(),
        description: input.description.flat(),
        enabled: input.enabled.flat().unwrap_or(true),
        upstream: upstream.or_else(nowhere)?,
        limits: input.limits.flat().map(|limits| limits.0).unwrap_or_default(),
        cors: input.cors.flat().map(|cors| cors.0),
        allow_query_token: input.allow_query_token.flat().unwrap_or_default(),
        forwarding: Forwarding {
            keep_host: input.keep_host.flat().unwrap_or_default(),
            pass_authorization: input.pass_authorization.flat().unwrap_or_default(),
            send_claims: input.send_claims.flat().unwrap_or_default(),
            allow_encoded_slash: input.allow_encoded_slash.flat().unwrap_or_default(),
        },
        endpoints: section("endpoints", input.endpoints, faults, endpoint_of),
    })
}

fn endpoint_of(at: usize, input: WorkspaceEndpoint, faults: &mut Faults) -> Option<EndpointEntry> {
    let path = input.path.value().or_else(|| EndpointPath::parse(&format!("faulty-{at}")).ok())?;
    let upstream_path = input.upstream_path.flat().and_then(|text| match UpstreamPath::parse(&text, &path) {
        Ok(rewrite) => Some(rewrite),
        Err(message) => {
            faults.bad("upstream_path", message);
            None
        }
    });
    Some(EndpointEntry {
        name: named(at, input.name)?,
        method: input.method.value().unwrap_or(EndpointMethod::Any),
        path,
        description: input.description.flat(),
        upstream_path,
        active: input.active.flat().unwrap_or_default(),
    })
}

fn client_of(at: usize, input: WorkspaceClient, faults: &mut Faults) -> ClientEntry {
    ClientEntry {
        name: named(at, input.name).unwrap_or_else(no_name),
        project: input.project.flat(),
        description: input.description.flat(),
        email: input.email.flat(),
        enabled: input.enabled.flat().unwrap_or(true),
        shared_policy: input.shared_policy.flat(),
        default_terms: terms_of("default_terms", input.default_terms, faults),
        profiles: section("profiles", input.profiles, faults, |at, profile, faults| {
            Some(profile_of(at, profile, faults))
        }),
    }
}

fn profile_of(at: usize, input: WorkspaceProfile, faults: &mut Faults) -> ProfileEntry {
    ProfileEntry {
        name: named(at, input.name).unwrap_or_else(no_name),
        active: input.active.flat().unwrap_or_default(),
        own_terms: terms_of("own_terms", input.own_terms, faults),
        ip_allow_list: input.ip_allow_list.flat().unwrap_or_default().0,
        ip_deny_list: input.ip_deny_list.flat().unwrap_or_default().0,
        expires_at: input.expires_at.flat(),
        period_anchor: input.period_anchor.flat(),
        labels: input.labels.flat().unwrap_or_default(),
        api_key: input.api_key.flat(),
        credentials: None,
    }
}

fn terms_of(
    name: &str,
    field: Field<Option<WorkspaceTerms>>,
    faults: &mut Faults,
) -> Option<domain::workspace::TermsEntry> {
    let terms = field.flat()?;
    faults.within(name, |faults| terms.check(faults));
    Some(terms.into_entry())
}
