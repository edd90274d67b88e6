//! `POST /api/api_collections`

use super::spec::new_endpoints;
use super::unreachable::refuse_unreachable;
use super::{Collection, CorsValue, ImportResults, ImportedCollection, LimitsValue, Source, UpstreamValue};
use crate::answer::Changed;
use crate::auth::Caller;
use crate::document::ChangeErrors;
use crate::error::ApiError;
use crate::extract::{Body, MIB, State};
use crate::state::ManagementState;
use crate::wire::{Faults, NotAvailable, request};
use axum::Json;
use domain::ProjectId;
use domain::api_collection::Forwarding;
use domain::openapi::{Import, ServerUrl};
use domain::text::{Description, Name, Slug, Version};
use domain::upstream::Upstream;
use store::NewCollection;

request! {
    /// A collection to make, by hand or from an OpenAPI document.
    pub(crate) struct CollectionInput {
        /// Unique together with the version, case aside. Default: the document's title.
        name: Option<Name>;
        /// The project it belongs to. Default: the default project.
        project_id: Option<ProjectId>;
        /// Its version. Default: the first ten characters of the document's, else 1.0.
        version: Option<Version>;
        /// First segment of its URLs: a-z, 0-9 and -. Default: made from name and version.
        path: Option<Slug>;
        /// Free text. Default: the document's description.
        description: Option<Description>;
        /// While false its endpoints answer 404. Default: true.
        enabled: Option<bool>;
        /// The HTTP service behind it: an object, or its base URL alone. Default: the document's first server.
        upstream: Option<UpstreamValue>;
        /// Bounds of one call.
        limits: Option<LimitsValue>;
        /// Makes one inactive endpoint per operation of this document.
        openapi_spec: Option<Source>;
        /// Which web pages of other origins may call it; null: none may.
        cors: Option<CorsValue>;
        /// Whether the auth token may stand in the query, as `api_token=`. It is always removed before forwarding.
        allow_query_token: Option<bool>;
        /// Whether `%2F` may stand in paths, inside one segment; otherwise such a path is refused. Default: false.
        allow_encoded_slash: Option<bool>;
        /// Whether the upstream gets the caller's `Host`; otherwise its own authority. Default: false.
        keep_host: Option<bool>;
        /// Whether `Authorization` is left to the upstream: it is not read as a credential and passes unchanged. Not
        /// together with an `upstream.auth` that sets it. Default: false.
        pass_authorization: Option<bool>;
        /// Whether the upstream gets the claims of the caller's JSON Web Token, as `X-Portcullis-Claims`: base64url of
        /// their JSON. Default: false.
        send_claims: Option<bool>;
        /// Not available: null.
        proxy_connection_id: NotAvailable;
    }
}

/// Create an API collection
///
/// By hand, with an upstream; or from an OpenAPI 3.0 or 3.1 document: then each operation becomes an inactive
/// endpoint, and the answer says what could not.
#[utoipa::path(post, path = "/api/api_collections", tag = "API collections", operation_id = "create_collection",
    request_body(content = CollectionInput,
        example = json!({"name": "Quote to cash", "upstream": {"urls": ["http://127.0.0.1:9000"]}})),
    responses((status = 200, description = "The new collection", body = ImportedCollection), ChangeErrors))]
pub(crate) async fn create_collection(
    State(state): State<ManagementState>,
    caller: Caller,
    body: Body<CollectionInput, { 8 * MIB }>,
) -> Result<Changed<Json<ImportedCollection>>, ApiError> {
    let Body { mut input, mut faults } = body;
    let from_document = !input.openapi_spec.is_empty();
    let source = std::mem::replace(&mut input.openapi_spec, crate::wire::Field::Absent).flat();
    let import = match source {
        Some(source) => source.import(&mut faults).await,
        None => None,
    };
    let (new, import) = put_together(&state, input, from_document, import, faults)?;
    let (endpoints, failed) = import.map_or_else(Default::default, |import| (import.endpoints, import.failed));
    let results = from_document.then(|| ImportResults::new(endpoints.len(), &failed));
    let base = state.collections_url().await?;
    let committed = state.store().create_collection(&caller.actor, state.now(), new, new_endpoints(endpoints)).await?;
    let answer = |row| ImportedCollection {
        collection: Collection::new(row, &base),
        message: results.as_ref().map(ImportResults::message),
        import_results: results,
    };
    state.answer(committed, |row| Json(answer(row))).await
}

/// The collection as asked for, with what the document gives where nothing else was said.
fn put_together(
    state: &ManagementState,
    input: CollectionInput,
    from_document: bool,
    import: Option<Import>,
    mut faults: Faults,
) -> Result<(NewCollection, Option<Import>), ApiError> {
    // A document with a fault of its own says nothing about what it would have given.
    let document_failed = from_document && import.is_none();
    let (name_blank, path_blank) = (input.name.is_empty(), input.path.is_empty());
    let name = input.name.flat().or_else(|| import.as_ref()?.title.clone().filter(|_| name_blank));
    if name_blank && name.is_none() && !document_failed {
        faults.bad("name", "can't be blank");
    }
    let version = input.version.flat().or_else(|| import.as_ref()?.version.clone());
    let version = version.or_else(|| Version::parse("1.0").ok());
    let mut path = input.path.flat();
    if let (true, Some(name), Some(version)) = (path_blank, &name, &version) {
        match Slug::for_collection(name, version) {
            Ok(made) => path = Some(made),
            Err(error) => faults.bad("path", error.to_string()),
        }
    }
    let upstream_blank = input.upstream.is_empty();
    let mut upstream = input.upstream.flat().map(|upstream| upstream.0);
    if upstream_blank && !document_failed {
        upstream = upstream_of(import.as_ref(), &mut faults);
    }
    if let Some(upstream) = &upstream {
        refuse_unreachable(upstream, state, &mut faults);
        if let (Some(field), None) = (upstream.auth.way.secret_field(), &upstream.auth.secret) {
            faults.bad(&format!("upstream.auth.{field}"), "can't be blank");
        }
    }
    let forwarding = Forwarding {
        keep_host: input.keep_host.flat().unwrap_or(false),
        pass_authorization: input.pass_authorization.flat().unwrap_or(false),
        send_claims: input.send_claims.flat().unwrap_or(false),
        allow_encoded_slash: input.allow_encoded_slash.flat().unwrap_or(false),
    };
    let description = input.description;
    let new = faults.finish(|| {
        Some(NewCollection {
            project_id: input.project_id.flat().unwrap_or_else(|| state.store().scope().home()),
            name: name?,
            version: version?,
            path: path?,
            description: if description.is_absent() {
                import.as_ref().and_then(|import| import.description.clone())
            } else {
                description.flat()
            },
            enabled: input.enabled.flat().unwrap_or(true),
            upstream: upstream?,
            limits: input.limits.flat().map(|limits| limits.0).unwrap_or_default(),
            cors: input.cors.flat().map(|cors| cors.0),
            allow_query_token: input.allow_query_token.flat().unwrap_or(false),
            forwarding,
        })
    })?;
    Ok((new, import))
}

/// The upstream that a document names, where none was given.
fn upstream_of(import: Option<&Import>, faults: &mut Faults) -> Option<Upstream> {
    match import.map(|import| &import.server) {
        None => faults.bad("upstream", "can't be blank"),
        Some(ServerUrl::Absolute(url)) => {
            return Some(Upstream::at(url.clone()));
        }
        Some(ServerUrl::Absent) => faults.impossible("upstream", "can't be blank: the document names no server"),
        Some(ServerUrl::Unusable { url, reason }) => {
            faults.impossible("upstream", format!("can't be blank: the document's server URL {url:?} {reason}"));
        }
    }
    None
}
