//! The management API through its front door: the whole router over a temporary store.

#[cfg(test)]
mod access;
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
mod explain;
#[cfg(test)]
mod folders;
#[cfg(test)]
mod headers;
#[cfg(test)]
mod jwt_terms;
#[cfg(test)]
mod logos;
#[cfg(test)]
mod mtls_terms;
#[cfg(test)]
mod not_available;
#[cfg(test)]
mod openapi_import;
#[cfg(test)]
mod projects;
#[cfg(test)]
mod roles;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod settings;
#[cfg(test)]
mod setup;
#[cfg(test)]
mod support;
#[cfg(test)]
mod upstreams;
mod users;
#[cfg(test)]
mod v1;
