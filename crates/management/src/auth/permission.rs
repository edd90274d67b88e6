//! Who may call an operation: the one table. A route that is not in it may be called by nobody.

use axum::http::Method;
use store::Role;

/// What an operation asks of its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Nothing: it answers without credentials.
    Open,
    /// At least this role.
    Role(Role),
}

const OPEN: Needs = Needs::Open;
const VIEWER: Needs = Needs::Role(Role::Viewer);
const OPERATOR: Needs = Needs::Role(Role::Operator);
const ADMIN: Needs = Needs::Role(Role::Admin);

/// Route templates as in `router.rs`, with what GET, POST, PUT and DELETE need; `None`: there is no such operation.
#[rustfmt::skip]
const TABLE: &[(&str, [Option<Needs>; 4])] = &[
    // path                                                     GET            POST         PUT             DELETE
    ("/healthz",                                               [Some(OPEN),   None,        None,           None]),
    ("/readyz",                                                [Some(OPEN),   None,        None,           None]),
    ("/metrics",                                               [Some(VIEWER), None,        None,           None]),
    ("/api/setup",                                             [Some(OPEN),   Some(OPEN),  None,           None]),
    ("/api/sessions",                                          [Some(VIEWER), Some(OPEN),  None,           None]),
    ("/api/sessions/{id}",                                     [None,         None,        None,           Some(VIEWER)]),
    ("/api/openapi.json",                                      [Some(VIEWER), None,        None,           None]),
    ("/api/users/me",                                          [Some(VIEWER), None,        None,           None]),
    ("/api/users/me/password",                                 [None,         None,        Some(VIEWER),   None]),
    ("/api/projects",                                          [Some(VIEWER), Some(ADMIN), None,           None]),
    ("/api/projects/{id}",                                     [Some(VIEWER), None,        Some(ADMIN),    Some(ADMIN)]),
    ("/api/folders",                                           [Some(VIEWER), Some(ADMIN), None,           None]),
    ("/api/api_policies",                                      [Some(VIEWER), Some(ADMIN), None,           None]),
    ("/api/api_policies/{id}",                                 [Some(VIEWER), None,        Some(ADMIN),    Some(ADMIN)]),
    ("/api/cert_bundles",                                      [Some(VIEWER), Some(ADMIN), None,           None]),
    ("/api/cert_bundles/preview",                              [None,         Some(ADMIN), None,           None]),
    ("/api/cert_bundles/{id}",                                 [Some(VIEWER), None,        Some(ADMIN),    Some(ADMIN)]),
    ("/api/api_collections",                                   [Some(VIEWER), Some(ADMIN), None,           None]),
    ("/api/api_collections/{id}",                              [Some(VIEWER), None,        Some(ADMIN),    Some(ADMIN)]),
    ("/api/api_collections/{id}/enable",                       [None,         None,        Some(OPERATOR), None]),
    ("/api/api_collections/{id}/disable",                      [None,         None,        Some(OPERATOR), None]),
    ("/api/api_collections/{id}/import",                       [None,         Some(ADMIN), None,           None]),
    ("/api/api_collections/{id}/openapi.json",                 [Some(VIEWER), None,        None,           None]),
    ("/api/api_collections/{id}/api_endpoints",                [None,         Some(ADMIN), None,           None]),
    ("/api/api_endpoints",                                     [Some(VIEWER), None,        None,           None]),
    ("/api/api_endpoints/{id}",                                [Some(VIEWER), None,        Some(ADMIN),    Some(ADMIN)]),
    ("/api/api_endpoints/{id}/enable",                         [None,         None,        Some(OPERATOR), None]),
    ("/api/api_endpoints/{id}/disable",                        [None,         None,        Some(OPERATOR), None]),
    ("/api/v2/api_clients",                                    [Some(VIEWER), Some(ADMIN), None,           None]),
    ("/api/v2/api_clients/{id}",                               [Some(VIEWER), None,        Some(ADMIN),    Some(ADMIN)]),
    ("/api/v2/api_clients/{id}/enable",                        [None,         None,        Some(OPERATOR), None]),
    ("/api/v2/api_clients/{id}/disable",                       [None,         None,        Some(OPERATOR), None]),
    ("/api/v2/api_clients/{id}/logo",                          [Some(VIEWER), None,        Some(ADMIN),    Some(ADMIN)]),
    ("/api/v2/api_clients/{id}/api_keys",                      [Some(VIEWER), Some(ADMIN), None,           None]),
    ("/api/v2/api_clients/{id}/api_keys/{key}",                [Some(VIEWER), None,        Some(ADMIN),    Some(ADMIN)]),
    ("/api/v2/api_clients/{id}/api_keys/{key}/enable",         [None,         None,        Some(OPERATOR), None]),
    ("/api/v2/api_clients/{id}/api_keys/{key}/disable",        [None,         None,        Some(OPERATOR), None]),
    ("/api/v2/api_clients/{id}/api_keys/{key}/refresh_secret", [None,         None,        Some(OPERATOR), None]),
    ("/api/v2/api_clients/{id}/api_keys/{key}/finish_overlap", [None,         None,        Some(OPERATOR), None]),
    ("/api/v2/api_clients/{id}/api_keys/{key}/counters",       [Some(VIEWER), None,        None,           None]),
    ("/api/v2/api_clients/{id}/api_keys/{key}/counters/grant", [None,      Some(OPERATOR), None,           None]),
    ("/api/v2/api_clients/{id}/api_keys/{key}/counters/reset", [None,         Some(ADMIN), None,           None]),
    ("/api/api_clients",                                       [Some(VIEWER), Some(ADMIN), None,           None]),
    ("/api/api_access_profiles",                               [Some(VIEWER), Some(ADMIN), None,           None]),
    ("/api/api_access_profiles/{id}",                          [Some(VIEWER), None,        Some(ADMIN),    Some(ADMIN)]),
    ("/api/api_access_profiles/{id}/enable",                   [None,         None,        Some(OPERATOR), None]),
    ("/api/api_access_profiles/{id}/disable",                  [None,         None,        Some(OPERATOR), None]),
    ("/api/api_access_profiles/{id}/refresh_secret",           [None,         None,        Some(OPERATOR), None]),
    ("/api/explain",                                           [None,        Some(VIEWER), None,           None]),
    ("/api/request_logs/{request_id}/explain",                 [Some(VIEWER), None,        None,           None]),
    ("/api/settings",                                          [Some(ADMIN),  None,        Some(ADMIN),    None]),
];

/// What an operation needs; `None` for one that is not in the table. HEAD is admitted where GET is.
pub(crate) fn needs(method: &Method, template: &str) -> Option<Needs> {
    let (_, [get, post, put, delete]) = TABLE.iter().find(|(path, _)| *path == template)?;
    match *method {
        Method::GET | Method::HEAD => *get,
        Method::POST => *post,
        Method::PUT => *put,
        Method::DELETE => *delete,
        _ => None,
    }
}

/// Whether an operation answers without credentials.
pub(crate) fn is_open(method: &Method, template: &str) -> bool {
    needs(method, template) == Some(Needs::Open)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_in_the_table_is_refused() {
        assert_eq!(needs(&Method::GET, "/api/nowhere"), None);
        assert_eq!(needs(&Method::PATCH, "/api/projects"), None);
        assert_eq!(needs(&Method::DELETE, "/api/projects"), None);
    }

    #[test]
    fn open_operations_are_exactly_the_documented_ones() {
        let methods = [Method::GET, Method::POST, Method::PUT, Method::DELETE];
        let open: Vec<_> = TABLE
            .iter()
            .flat_map(|(path, _)| methods.iter().map(move |method| (method.as_str(), *path)))
            .filter(|(method, path)| is_open(&method.parse().unwrap(), path))
            .collect();
        let documented = [
            ("GET", "/healthz"),
            ("GET", "/readyz"),
            ("GET", "/api/setup"),
            ("POST", "/api/setup"),
            ("POST", "/api/sessions"),
        ];
        assert_eq!(open, documented);
    }
}
