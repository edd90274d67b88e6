//! Cross-origin calls from web pages (the Fetch standard's CORS protocol), for collections that allow them.
//!
//! A preflight is answered with 204 before any credential is looked at, as browsers send none with it; to an origin
//! that may not call it says nothing, which is what makes the browser refuse. Every other answer of such a collection,
//! refusals too, lets an allowed origin read it; the upstream's own fields are replaced. Cookies are not part of it:
//! `Access-Control-Allow-Credentials` is never sent.

use crate::answer::Answer;
use crate::seam::{Fields, RequestHead, ResponseHead};
use domain::cors::Cors;
use domain::method::Method;

/// Request headers that a page may always send.
const ALLOWED_HEADERS: [&str; 3] = ["api-token", "authorization", "content-type"];
/// Answer headers that a page may always read.
const EXPOSED_HEADERS: &str = "ratelimit, ratelimit-policy, retry-after, x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset, x-request-id";

/// Whether a request is a preflight.
pub(crate) fn is_preflight(method: Method, head: &RequestHead<'_>) -> bool {
    method == Method::Options
        && head.values("origin").next().is_some()
        && head.values("access-control-request-method").next().is_some()
}

/// The answer to a preflight.
pub(crate) fn preflight(cors: &Cors, head: &RequestHead<'_>, request_id: &str) -> Answer {
    let mut fields = Fields::with_capacity(6);
    fields.push("vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers");
    fields.push("cache-control", "no-store");
    fields.push("x-request-id", request_id);
    if let Some(origin) = allowed_origin(cors, head) {
        fields.push("access-control-allow-origin", origin);
        let methods: Vec<_> = Cors::methods().map(Method::as_str).collect();
        fields.push("access-control-allow-methods", methods.join(", "));
        let mut headers = ALLOWED_HEADERS.to_vec();
        for name in &cors.headers {
            headers.push(name.as_str());
        }
        fields.push("access-control-allow-headers", headers.join(", "));
        fields.push("access-control-max-age", itoa::Buffer::new().format(cors.max_age_seconds));
    }
    Answer::whole(ResponseHead { status: 204, fields }, "")
}

/// What the other answers of a collection say.
#[derive(Clone)]
pub(crate) struct CorsFields {
    allowed: Option<(String, String)>,
}

impl CorsFields {
    /// For one request.
    pub(crate) fn new(cors: &Cors, head: &RequestHead<'_>) -> Self {
        let allowed = allowed_origin(cors, head).map(|origin| {
            let mut exposed = EXPOSED_HEADERS.to_owned();
            for name in &cors.expose {
                exposed.push_str(", ");
                exposed.push_str(name.as_str());
            }
            (origin.to_owned(), exposed)
        });
        Self { allowed }
    }

    /// Adds the fields.
    pub(crate) fn push(&self, fields: &mut Fields) {
        fields.push("vary", "Origin");
        if let Some((origin, exposed)) = &self.allowed {
            fields.push("access-control-allow-origin", origin);
            fields.push("access-control-expose-headers", exposed);
        }
    }
}

fn allowed_origin<'a>(cors: &Cors, head: &RequestHead<'a>) -> Option<&'a str> {
    cors.allow_origin(std::str::from_utf8(head.single("origin")?).ok()?)
}
