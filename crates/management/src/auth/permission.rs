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
const OWNER: Needs = Needs::Role(Role::Owner);

/// Route templates as in `router.rs`, with what GET, POST, PUT and DELETE need; `None`: there is no such operation.
#[rustfmt::skip]
const TABLE: &[(&str, [Option<Needs>; 4])] = &[
    // path                                                     GET            POST         PUT             DELETE
    ("/healthz",                                               [Some(OPEN),   None,        None,           None]),
    ("/readyz",                                                [Some(OPEN),   None,        None,           None]),
    ("/metrics",                                               [Some(VIEWER), None,        None,           None]),
    ("/api/setup",                                             [Some(OPEN),   Some(OPEN),  None,           None]),
    ("/api/sessions",                                          [Some(VIEWER), Some(OPEN),  None,           None]),
    ("/api/sessions/oidc",                                     [Some(OPEN),   None,        None,           None]),
    ("/api/sessions/oidc/callback",                            [Some(OPEN),   None,        None,           None]),
    ("/api/sessions/{id}",                                     [None,         None,        None,           Some(VIEWER)]),
    ("/api/openapi.json",                                      [Some(VIEWER), None,        None,           None]),
    ("/docs",                                                  [Some(VIEWER), None,        None,           None]),
    ("/api/users/me",                                          [Some(VIEWER), None,        None,           None]),
    ("/api/users/me/password",                                 [None,         None,        Some(VIEWER),   None]),
    ("/api/users/me/totp",                                     [None,         Some(VIEWER), None,          Some(VIEWER)]),
    ("/api/members",                                           [Some(OWNER),  Some(OWNER), None,           None]),
    ("/api/members/{id}",                                      [Some(OWNER),  None,        Some(OWNER),    Some(OWNER)]),
    ("/api/members/{id}/reset_password",                       [None,         Some(OWNER), None,           None]),
    ("/api/management_tokens",                                 [Some(ADMIN),  Some(ADMIN), None,           None]),
    ("/api/management_tokens/{id}",                            [Some(ADMIN),  None,        None,           Some(ADMIN)]),
    ("/api/projects",                                          [Some(VIEWER), Some(ADMIN), None,           None]),
    ("/api/projects/{id}",                                     [Some(VIEWER), None,        Some(ADMIN),    Some(ADMIN)]),
    ("/api/folders",                                           [Some(VIEWER), Some(ADMIN), None,           None]),
    ("/api/api_policies",                                      [Some(VIEWER), Some(ADMIN), None,           None]),
    ("/api/api_policies/{id}",                                 [Some(VIEWER), None,        Some(ADMIN),    Some(ADMIN)]),
    ("/api/cert_bundles",                                      [Some(VIEWER), Some(ADMIN), None,           None]),
    ("/api/cert_bundles/preview",                              [None,         Some(ADMIN), None,           None]),
    ("/api/cert_bundles/{id}",                                 [Some(VIEWER), None,        Some(ADMIN),    Some(ADMIN)]),
    ("/api/api_collections",                                   [Some(VIEWER), Some(ADMIN), None,           None]),
    ("/api/api_collections/preview",                           [None,         Some(ADMIN), None,           None]),
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
    ("/api/api_endpoints/{id}/try",                            [None,      Some(OPERATOR), None,           None]),
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
    ("/api/activity_logs",                                     [Some(VIEWER), None,        None,           None]),
    ("/api/nodes",                                             [Some(VIEWER), None,        None,           None]),
    ("/api/nodes/{id}/leases",                                 [Some(VIEWER), None,        None,           None]),
    ("/api/nodes/{id}/leases/return",                          [None,         Some(OPERATOR), None,        None]),
    ("/api/search",                                            [Some(VIEWER), None,        None,           None]),
    ("/api/webhooks",                                          [Some(ADMIN),  Some(ADMIN), None,           None]),
    ("/api/webhooks/{id}",                                     [Some(ADMIN),  None,        Some(ADMIN),    Some(ADMIN)]),
    ("/api/webhooks/{id}/test",                                [None,         Some(ADMIN), None,           None]),
    ("/api/webhooks/{id}/deliveries",                          [Some(ADMIN),  None,        None,           None]),
    ("/api/webhooks/{id}/deliveries/{n}/retry",                [None,         Some(ADMIN), None,           None]),
    ("/api/settings",                                          [Some(ADMIN),  None,        Some(ADMIN),    None]),
    ("/api/settings/oidc",                                     [Some(OWNER),  None,        Some(OWNER),    Some(OWNER)]),
    ("/api/workspace",                                         [Some(ADMIN),  Some(ADMIN), None,           None]),
];

/// How far the operations on a noun reach for callers who are confined to projects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// They work on what is in one's projects, or is one's own; anything else is not there.
    Projects,
    /// They belong to the workspace, and can be read.
    Readable,
    /// They belong to the workspace, and are not there.
    Workspace,
}

/// By the beginning of the path. A noun that is not listed belongs to the workspace.
const REACH: &[(&str, Reach)] = &[
    ("/api/openapi.json", Reach::Projects),
    ("/docs", Reach::Projects),
    ("/api/sessions", Reach::Projects),
    ("/api/users", Reach::Projects),
    ("/api/management_tokens", Reach::Projects),
    ("/api/projects", Reach::Readable),
    ("/api/folders", Reach::Readable),
    ("/api/api_policies", Reach::Readable),
    ("/api/api_collections", Reach::Projects),
    ("/api/api_endpoints", Reach::Projects),
    ("/api/v2/api_clients", Reach::Projects),
    ("/api/api_clients", Reach::Projects),
    ("/api/api_access_profiles", Reach::Projects),
    ("/api/explain", Reach::Projects),
    ("/api/request_logs", Reach::Projects),
    ("/api/activity_logs", Reach::Projects),
    ("/api/search", Reach::Projects),
];

/// How far an operation reaches.
pub(crate) fn reach(template: &str) -> Reach {
    let below = |noun: &str| template.strip_prefix(noun).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    REACH.iter().find(|(noun, _)| below(noun)).map_or(Reach::Workspace, |(_, reach)| *reach)
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_noun_that_is_not_listed_belongs_to_the_workspace() {
        assert_eq!(reach("/api/anything_new/{id}"), Reach::Workspace);
        assert_eq!(reach("/api/api_policies_of_others"), Reach::Workspace);
        assert_eq!(reach("/api/api_policies/{id}"), Reach::Readable);
        assert_eq!(reach("/api/v2/api_clients/{id}/logo"), Reach::Projects);
    }

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
            .filter(|(method, path)| needs(&method.parse().unwrap(), path) == Some(Needs::Open))
            .collect();
        let documented = [
            ("GET", "/healthz"),
            ("GET", "/readyz"),
            ("GET", "/api/setup"),
            ("POST", "/api/setup"),
            ("POST", "/api/sessions"),
            ("GET", "/api/sessions/oidc"),
            ("GET", "/api/sessions/oidc/callback"),
        ];
        assert_eq!(open, documented);
    }
}
