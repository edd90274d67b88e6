//! Errors of the management API, and the one place where they become HTTP.
//!
//! Every error answer is an RFC 9457 problem with Workato's `message` and `errors` beside it. Texts are fixed or
//! made of the caller's own input; what a library or the database said goes to the log only.

use crate::issue::IssueError;
use crate::request_id::current_request_id;
use axum::http::header::{ALLOW, CONTENT_TYPE, HeaderName, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::Revision;
use outbound::FetchError;
use serde::Serialize;
use std::collections::BTreeMap;
use store::{Fault, FaultKind, Role, StoreError};
use utoipa::ToSchema;

/// Why an operation did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    /// The input breaks rules; all faults found.
    #[error("invalid input")]
    Invalid(Vec<Fault>),
    /// No credential, or one that is not good (any more).
    #[error("not signed in")]
    NotSignedIn,
    /// E-mail address and password do not fit together.
    #[error("wrong e-mail address or password")]
    WrongPassword,
    /// The password fits; a code of the second factor is asked for.
    #[error("a code is needed")]
    CodeNeeded,
    /// The code of the second factor is wrong or was used before.
    #[error("wrong code")]
    WrongCode,
    /// The role of the caller does not permit it.
    #[error("needs the role {}", needs.as_str())]
    Forbidden {
        /// The least role that may.
        needs: Role,
    },
    /// It belongs to the workspace, and the caller is confined to projects.
    #[error("belongs to the workspace")]
    Confined,
    /// A browser sent it on behalf of another site.
    #[error("sent from another site")]
    CrossSite,
    /// It is not there, or the caller may not see it.
    #[error("{what} not found")]
    NotFound {
        /// The noun.
        what: &'static str,
    },
    /// The path is known, the method is not.
    #[error("method not allowed")]
    MethodNotAllowed,
    /// It cannot be deleted while others use it.
    #[error("{what} in use")]
    InUse {
        /// The noun.
        what: &'static str,
        /// Who uses it.
        users: Vec<String>,
    },
    /// The body is larger than the operation takes.
    #[error("body larger than {limit} bytes")]
    TooLarge {
        /// Largest body in bytes.
        limit: usize,
    },
    /// The body is of another type than the operation takes.
    #[error("content type is not {expected}")]
    UnsupportedMediaType {
        /// What it takes.
        expected: &'static str,
    },
    /// Too many failed sign-ins.
    #[error("too many attempts")]
    TooManyAttempts {
        /// Seconds until the next one is looked at.
        retry_after_seconds: u64,
    },
    /// The change is stored, but the gateway did not confirm in time that it uses it.
    #[error("revision {revision} not confirmed by the gateway")]
    NotConfirmed {
        /// The change's revision.
        revision: Revision,
    },
    /// The store cannot be reached or written now. The cause is for the log.
    #[error("the store is not available: {0}")]
    Unavailable(StoreError),
    /// The authority of usage quotas cannot be reached now.
    #[error("the authority of usage quotas is away")]
    LimitsAway,
    /// A call to our own gateway was not answered.
    #[error("our own gateway did not answer: {0}")]
    NotAnswered(#[from] FetchError),
    /// Our own fault. The cause is for the log.
    #[error("internal error: {0}")]
    Internal(String),
}

impl ApiError {
    /// Our own fault, with its cause for the log.
    pub(crate) fn internal(cause: impl Into<String>) -> Self {
        Self::Internal(cause.into())
    }

    /// What the caller is told.
    pub(crate) fn message(&self) -> String {
        show(self).message
    }

    /// One fault.
    pub(crate) fn fault(field: &str, kind: FaultKind, message: impl Into<String>) -> Self {
        Self::Invalid(vec![Fault { field: field.to_owned(), kind, message: message.into() }])
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound { what } => Self::NotFound { what },
            StoreError::Invalid(faults) => Self::Invalid(faults),
            StoreError::InUse { what, users } => Self::InUse { what, users },
            StoreError::Unavailable(_) | StoreError::Away(_) | StoreError::Damaged(_) => Self::Unavailable(error),
            StoreError::NewerSchema { .. }
            | StoreError::NotThere
            | StoreError::NoKey
            | StoreError::WrongKey
            | StoreError::BadKey(_)
            | StoreError::NoRandom
            | StoreError::Sealed
            | StoreError::File { .. }
            | StoreError::Corrupt(_) => Self::Internal(error.to_string()),
        }
    }
}

impl From<IssueError> for ApiError {
    fn from(error: IssueError) -> Self {
        match error {
            IssueError::Random => Self::Internal(error.to_string()),
            IssueError::Store(error) => error.into(),
        }
    }
}

/// An error answer: RFC 9457, with `message` and `errors` as Workato's API gives them.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// What went wrong, with the first three faults: some clients show nothing else.
    #[schema(example = "Validation failed: name: can't be blank")]
    pub(crate) message: String,
    /// Faults of the input by field.
    #[schema(example = json!({"name": ["can't be blank"]}))]
    pub(crate) errors: BTreeMap<String, Vec<String>>,
    /// Stable name of the kind of problem.
    #[schema(example = "urn:portcullis:problem:validation")]
    pub(crate) r#type: String,
    /// The same in words.
    #[schema(example = "Validation failed")]
    pub(crate) title: String,
    /// The HTTP status.
    #[schema(example = 400)]
    pub(crate) status: u16,
    /// Like `message`.
    #[schema(example = "Validation failed: name: can't be blank")]
    pub(crate) detail: String,
    /// Also in the header `X-Request-Id`; the log has it too.
    #[schema(example = "0193f0a4-6a52-7d3c-b7a4-3b1f6c7f2d11")]
    pub(crate) request_id: String,
}

/// How an error is shown.
struct Shown {
    status: StatusCode,
    code: &'static str,
    title: &'static str,
    message: String,
    errors: BTreeMap<String, Vec<String>>,
}

impl Shown {
    fn new(status: StatusCode, code: &'static str, title: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, title, message: message.into(), errors: BTreeMap::new() }
    }
}

fn show(error: &ApiError) -> Shown {
    match error {
        ApiError::Invalid(faults) => show_faults(faults),
        ApiError::NotSignedIn => {
            let message = "Not signed in: send `Authorization: Bearer <management token>` or sign in to the console";
            Shown::new(StatusCode::UNAUTHORIZED, "not_signed_in", "Not signed in", message)
        }
        ApiError::WrongPassword => {
            let message = "Wrong e-mail address or password";
            Shown::new(StatusCode::UNAUTHORIZED, "wrong_password", message, message)
        }
        ApiError::CodeNeeded => show_code("code_needed", "Code needed", "is needed: what the authenticator app shows"),
        ApiError::WrongCode => show_code("wrong_code", "Wrong code", "is wrong or was used before"),
        ApiError::Forbidden { needs } => {
            let message = format!("Not permitted: this needs the role {}", needs.as_str());
            Shown::new(StatusCode::FORBIDDEN, "forbidden", "Not permitted", message)
        }
        ApiError::Confined => {
            let message = "Not permitted: this belongs to the workspace, and you are confined to projects";
            Shown::new(StatusCode::FORBIDDEN, "forbidden", "Not permitted", message)
        }
        ApiError::CrossSite => {
            let message = "Not permitted: the request comes from another site";
            Shown::new(StatusCode::FORBIDDEN, "cross_site", "Cross-site request refused", message)
        }
        ApiError::NotFound { what } => {
            Shown::new(StatusCode::NOT_FOUND, "not_found", "Not found", format!("Not found: {what}"))
        }
        ApiError::MethodNotAllowed => {
            let message = "Method not allowed: see the header Allow";
            Shown::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "Method not allowed", message)
        }
        ApiError::InUse { what, users } => {
            let message = format!("Still in use: this {what} is used by {}", users.join(", "));
            let mut shown = Shown::new(StatusCode::CONFLICT, "in_use", "Still in use", message);
            shown.errors.insert("in_use_by".to_owned(), users.clone());
            shown
        }
        ApiError::TooLarge { limit } => {
            let message = format!("Body too large: at most {limit} bytes");
            Shown::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "Body too large", message)
        }
        ApiError::UnsupportedMediaType { expected } => {
            let message = format!("Content-Type must be {expected}");
            Shown::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media_type", "Unsupported content type", message)
        }
        ApiError::TooManyAttempts { retry_after_seconds } => {
            let message = format!("Too many attempts: try again in {retry_after_seconds} seconds");
            Shown::new(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts", "Too many attempts", message)
        }
        ApiError::NotConfirmed { revision } => {
            let message = format!("Stored as revision {revision}, but the gateway has not confirmed it yet");
            Shown::new(StatusCode::SERVICE_UNAVAILABLE, "not_confirmed", "Not confirmed by the gateway", message)
        }
        ApiError::Unavailable(error) => {
            let why = error.away().map(|why| format!(" ({why})")).unwrap_or_default();
            let message = format!("The control database cannot be used now{why}: nothing was changed; calls go on");
            Shown::new(StatusCode::SERVICE_UNAVAILABLE, "store_unavailable", "Store not available", message)
        }
        ApiError::LimitsAway => {
            let message = "The counts of usage quotas are not available now: nothing was granted or reset";
            Shown::new(StatusCode::SERVICE_UNAVAILABLE, "limits_unavailable", "Counts not available", message)
        }
        ApiError::NotAnswered(why) => {
            let message = format!("The gateway did not answer the call: {why}");
            Shown::new(StatusCode::SERVICE_UNAVAILABLE, "gateway_unreachable", "Gateway did not answer", message)
        }
        ApiError::Internal(_) => {
            let message = "Something went wrong here; the log has the cause under this request id";
            Shown::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Internal error", message)
        }
    }
}

fn show_code(code: &'static str, title: &'static str, fault: &str) -> Shown {
    let mut shown = Shown::new(StatusCode::UNAUTHORIZED, code, title, format!("{title}: code {fault}"));
    shown.errors.insert("code".to_owned(), vec![fault.to_owned()]);
    shown
}

/// The status is that of the gravest kind: malformed before clash before missing.
fn show_faults(faults: &[Fault]) -> Shown {
    let has = |kind| faults.iter().any(|fault| fault.kind == kind);
    let (status, code) = if has(FaultKind::Bad) {
        (StatusCode::BAD_REQUEST, "validation")
    } else if has(FaultKind::Conflict) {
        (StatusCode::CONFLICT, "conflict")
    } else {
        (StatusCode::UNPROCESSABLE_ENTITY, "not_possible")
    };
    let first: Vec<_> = faults.iter().take(3).map(ToString::to_string).collect();
    let more = match faults.len().saturating_sub(3) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let mut shown =
        Shown::new(status, code, "Validation failed", format!("Validation failed: {}{more}", first.join("; ")));
    for fault in faults {
        shown.errors.entry(fault.field.clone()).or_default().push(fault.message.clone());
    }
    shown
}

/// What else goes into the head.
fn extra_header(error: &ApiError) -> Option<(HeaderName, HeaderValue)> {
    if matches!(error, ApiError::NotSignedIn) {
        return Some((WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"portcullis\"")));
    }
    if let ApiError::TooManyAttempts { retry_after_seconds } = error {
        return Some((RETRY_AFTER, HeaderValue::from(*retry_after_seconds)));
    }
    None
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let shown = show(&self);
        let request_id = current_request_id();
        if shown.status.is_server_error() {
            tracing::error!(request_id, cause = %self, "a management request failed");
        }
        let problem = Problem {
            detail: shown.message.clone(),
            message: shown.message,
            errors: shown.errors,
            r#type: format!("urn:portcullis:problem:{}", shown.code),
            title: shown.title.to_owned(),
            status: shown.status.as_u16(),
            request_id,
        };
        let mut response = (shown.status, axum::Json(problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some((name, value)) = extra_header(&self) {
            headers.insert(name, value);
        }
        // axum adds `Allow` itself where a method is not allowed.
        debug_assert!(!headers.contains_key(ALLOW));
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(field: &str, kind: FaultKind) -> Fault {
        Fault { field: field.to_owned(), kind, message: "is wrong".to_owned() }
    }

    #[test]
    fn message_carries_the_first_three_faults() {
        let faults: Vec<_> =
            ["a", "b", "c", "d", "e"].into_iter().map(|name| fault(name, FaultKind::Missing)).collect();
        let shown = show_faults(&faults);
        assert_eq!(shown.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(shown.message, "Validation failed: a: is wrong; b: is wrong; c: is wrong and 2 more");
        assert_eq!(shown.errors.len(), 5);
    }

    #[test]
    fn the_gravest_kind_gives_the_status() {
        let shown = show_faults(&[fault("a", FaultKind::Missing), fault("b", FaultKind::Bad)]);
        assert_eq!(shown.status, StatusCode::BAD_REQUEST);
        let shown = show_faults(&[fault("a", FaultKind::Missing), fault("b", FaultKind::Conflict)]);
        assert_eq!(shown.status, StatusCode::CONFLICT);
    }
}
