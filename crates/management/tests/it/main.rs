//! The management API through its front door: the whole router over a temporary store.

#[cfg(test)]
mod access;
#[cfg(test)]
mod activity_logs;
#[cfg(test)]
mod api_clients;
#[cfg(test)]
mod api_collections;
#[cfg(test)]
mod api_endpoints;
#[cfg(test)]
mod api_keys;
#[cfg(test)]
mod api_policies;
#[cfg(test)]
mod bad_import;
#[cfg(test)]
mod bodies;
#[cfg(test)]
mod cert_bundles;
#[cfg(test)]
mod counters;
#[cfg(test)]
mod credentials;
#[cfg(test)]
mod document;
#[cfg(test)]
mod etags;
#[cfg(test)]
mod explain;
#[cfg(test)]
mod folders;
#[cfg(test)]
mod headers;
#[cfg(test)]
mod idempotency;
#[cfg(test)]
mod jwt_terms;
#[cfg(test)]
mod logos;
#[cfg(test)]
mod management_tokens;
#[cfg(test)]
mod members;
#[cfg(test)]
mod mtls_terms;
#[cfg(test)]
mod nodes;
#[cfg(test)]
mod not_available;
#[cfg(test)]
mod oidc_settings;
#[cfg(test)]
mod openapi_import;
#[cfg(test)]
mod operations;
#[cfg(test)]
mod projects;
#[cfg(test)]
mod role_matrix;
#[cfg(test)]
mod roles;
#[cfg(test)]
mod search;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod settings;
#[cfg(test)]
mod setup;
#[cfg(test)]
mod support;
#[cfg(test)]
mod totp;
#[cfg(test)]
mod try_endpoint;
#[cfg(test)]
mod upstreams;
mod users;
#[cfg(test)]
mod v1;
#[cfg(test)]
mod webhooks;
#[cfg(test)]
mod workspace;
