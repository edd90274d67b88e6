//! What a refused caller sees: the one place that makes HTTP of a denial.
//!
//! Always `application/problem+json` (RFC 9457), always generic: one text per status (429: one for rate limits, one for
//! quotas), never per reason. The true reason is for the log.

use crate::answer::Answer;
use crate::seam::{Fields, ResponseHead};
use domain::decide::Refusal;
use domain::denial::{Check, Denial};
use serde::Serialize;

const NANOS: u64 = 1_000_000_000;

#[derive(Serialize)]
struct Problem<'a> {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    detail: &'static str,
    request_id: &'a str,
    /// The same text once more: what Workato's callers parse.
    error: &'static str,
}

/// Whether the refused request carried something that looked like a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Credential {
    Sent,
    Absent,
}

/// Whether the connection can serve another request after the refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Connection {
    KeepAlive,
    Close,
}

/// The answer to a refused request.
pub(crate) fn refuse(refusal: &Refusal, request_id: &str, credential: Credential, connection: Connection) -> Answer {
    let denial = refusal.denial;
    let mut fields = Fields::with_capacity(6);
    fields.push("content-type", "application/problem+json");
    fields.push("cache-control", "no-store");
    fields.push("x-request-id", request_id);
    match denial.status() {
        401 => fields.push("www-authenticate", challenge(credential)),
        405 => fields.push("allow", allow(refusal)),
        429 | 503 => fields.push("retry-after", itoa::Buffer::new().format(retry_after(refusal))),
        _ => {}
    }
    if connection == Connection::Close {
        fields.push("connection", "close");
    }
    let problem = Problem {
        r#type: problem_type(denial),
        title: denial.title(),
        status: denial.status(),
        detail: denial.caller_text(),
        request_id,
        error: denial.caller_text(),
    };
    // Strings and a number: writing them cannot fail.
    let body = serde_json::to_vec(&problem).unwrap_or_default();
    Answer::whole(ResponseHead { status: denial.status(), fields }, body)
}

fn challenge(credential: Credential) -> &'static str {
    match credential {
        Credential::Sent => r#"Bearer realm="portcullis", error="invalid_token""#,
        Credential::Absent => r#"Bearer realm="portcullis""#,
    }
}

fn allow(refusal: &Refusal) -> String {
    refusal.allow.iter().map(domain::method::Method::as_str).collect::<Vec<_>>().join(", ")
}

fn retry_after(refusal: &Refusal) -> u64 {
    refusal.limits.as_ref().map_or(1, |refused| whole_seconds(refused.wait_nanos))
}

/// Whole seconds to wait, rounded up, at least one.
pub(crate) fn whole_seconds(nanos: u64) -> u64 {
    nanos.div_ceil(NANOS).max(1)
}

/// One type per status; two for 429.
fn problem_type(denial: Denial) -> &'static str {
    match denial.status() {
        400 => "urn:portcullis:problem:bad-request",
        401 => "urn:portcullis:problem:unauthorized",
        403 => "urn:portcullis:problem:forbidden",
        404 => "urn:portcullis:problem:not-found",
        405 => "urn:portcullis:problem:method-not-allowed",
        408 => "urn:portcullis:problem:request-timeout",
        413 => "urn:portcullis:problem:content-too-large",
        414 => "urn:portcullis:problem:uri-too-long",
        429 if denial.check() == Check::Quota => "urn:portcullis:problem:quota-exceeded",
        429 => "urn:portcullis:problem:rate-limited",
        431 => "urn:portcullis:problem:headers-too-large",
        501 => "urn:portcullis:problem:not-implemented",
        502 => "urn:portcullis:problem:bad-gateway",
        503 => "urn:portcullis:problem:unavailable",
        504 => "urn:portcullis:problem:gateway-timeout",
        505 => "urn:portcullis:problem:version-not-supported",
        508 => "urn:portcullis:problem:loop-detected",
        _ => "urn:portcullis:problem:internal",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::directory::MethodSet;
    use domain::limits::{LimitKind, LimitRefused, Readings};
    use domain::method::EndpointMethod;

    fn value(answer: &Answer, name: &str) -> Option<String> {
        let values = answer.head.fields.iter().find(|(own, _)| *own == name.as_bytes());
        values.map(|(_, value)| String::from_utf8(value.to_vec()).unwrap())
    }

    #[test]
    fn every_denial_has_a_type_of_its_own_status() {
        for &denial in Denial::ALL {
            let answer = refuse(&Refusal::early(denial), "r", Credential::Sent, Connection::KeepAlive);
            assert_eq!(answer.head.status, denial.status());
            let internal = problem_type(denial).ends_with("internal");
            assert_eq!(internal, denial == Denial::InternalError, "{denial:?}");
        }
    }

    #[test]
    fn rate_and_quota_are_told_apart_and_nothing_else_of_one_status() {
        assert_eq!(problem_type(Denial::RateLimited), problem_type(Denial::ClientRateLimited));
        assert_eq!(problem_type(Denial::QuotaExhausted), problem_type(Denial::ClientQuotaExhausted));
        assert_ne!(problem_type(Denial::RateLimited), problem_type(Denial::QuotaExhausted));
    }

    #[test]
    fn waits_are_rounded_up() {
        let wait = |nanos: Option<u64>| {
            let refused =
                |wait_nanos| LimitRefused { kind: LimitKind::Rate, wait_nanos, readings: Readings::default() };
            let limits = nanos.map(|nanos| Box::new(refused(nanos)));
            let refusal = Refusal { limits, ..Refusal::early(Denial::RateLimited) };
            value(&refuse(&refusal, "r", Credential::Sent, Connection::KeepAlive), "retry-after").unwrap()
        };
        assert_eq!(wait(Some(1)), "1");
        assert_eq!(wait(Some(NANOS)), "1");
        assert_eq!(wait(Some(NANOS + 1)), "2");
        assert_eq!(wait(None), "1");
    }

    #[test]
    fn a_405_names_the_methods() {
        let mut methods = MethodSet::default();
        methods.admit(EndpointMethod::parse("get").unwrap());
        let refusal = Refusal { allow: methods, ..Refusal::early(Denial::MethodNotAllowed) };
        let answer = refuse(&refusal, "r", Credential::Sent, Connection::KeepAlive);
        assert_eq!(value(&answer, "allow").unwrap(), "GET, HEAD");
    }
}
