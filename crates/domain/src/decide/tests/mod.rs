//! Table tests of the checks: each reason, the order between them, and what changes of the directory do.

mod credentials;
mod explaining;
mod forwarding;
mod mutual_tls;

use super::*;
use crate::access_policy::{AccessPolicy, OnStoreFailure, RateInterval, RateLimit};
use crate::access_profile::{AccessProfile, Credential, CredentialKind};
use crate::api_collection::{ApiCollection, CollectionLimits, Forwarding};
use crate::cidr::CidrEntry;
use crate::client::Client;
use crate::directory::{Delta, Freshness};
use crate::endpoint::{Endpoint, EndpointPath};
use crate::ids::{CollectionId, CredentialId, EndpointId, PolicyId, ProjectId, Revision};
use crate::limits::LimitKind;
use crate::method::{EndpointMethod, Method};
use crate::path::CanonicalPath;
use crate::terms::{AuthMethod, Terms};
use crate::text::{Name, Slug, Version};
use crate::time::{Monotonic, Timestamp};
use crate::token::{TokenDigest, TokenKind, generate};
use crate::upstream::{BaseUrl, Upstream};

const T0: Timestamp = Timestamp(0);

fn client(enabled: bool) -> Client {
    Client {
        id: ClientId(1),
        project_id: ProjectId(1),
        name: Name::parse("Acme").unwrap(),
        description: None,
        email: None,
        enabled,
        default_terms: None,
        shared_policy_id: None,
        logo_version: None,
        created_at: T0,
        updated_at: T0,
    }
}

fn token(seed: u8) -> String {
    generate(TokenKind::Profile, [seed; 32]).expose().to_owned()
}

fn profile(id: i64, terms: Option<Terms>) -> AccessProfile {
    let seed = u8::try_from(id).unwrap();
    AccessProfile {
        id: ProfileId(id),
        client_id: ClientId(1),
        name: Name::parse("Billing job").unwrap(),
        own_terms: terms,
        ip_allow_list: vec![],
        ip_deny_list: vec![],
        active: true,
        active_since: None,
        expires_at: None,
        period_anchor: jiff::civil::date(2026, 1, 1),
        labels: [].into(),
        credentials: vec![credential(id, CredentialKind::Token, &token(seed))],
        created_at: T0,
        updated_at: T0,
    }
}

fn credential(id: i64, kind: CredentialKind, text: &str) -> Credential {
    Credential {
        id: CredentialId(id),
        kind,
        digest: TokenDigest::of(text.as_bytes()),
        identifier: kind.is_identifier().then(|| crate::key_id::KeyId::parse(text).unwrap()),
        last4: "abcd".into(),
        created_at: T0,
        ends_at: None,
        last_used_at: None,
    }
}

fn endpoint(id: i64, method: &str, path: &str, active: bool) -> Endpoint {
    Endpoint {
        id: EndpointId(id),
        collection_id: CollectionId(1),
        name: Name::parse("e").unwrap(),
        method: EndpointMethod::parse(method).unwrap(),
        path: EndpointPath::parse(path).unwrap(),
        description: None,
        upstream_path: None,
        active,
        created_at: T0,
        updated_at: T0,
    }
}

fn collection(id: i64, path: &str, enabled: bool, endpoints: Vec<Endpoint>) -> Delta {
    let collection = ApiCollection {
        id: CollectionId(id),
        project_id: ProjectId(1),
        name: Name::parse(path).unwrap(),
        version: Version::parse("1.0").unwrap(),
        path: Slug::parse(path).unwrap(),
        description: None,
        enabled,
        upstream: Upstream::at(BaseUrl::parse("http://127.0.0.1:9/base").unwrap()),
        limits: CollectionLimits::default(),
        cors: None,
        allow_query_token: false,
        forwarding: Forwarding::default(),
        created_at: T0,
        updated_at: T0,
    };
    Delta::Collection(CollectionId(id), Some(Arc::new((collection, endpoints))))
}

fn put(profile: AccessProfile) -> Delta {
    Delta::Profile(profile.id, Some(Box::new(profile)))
}

fn policy(limit: i64) -> Delta {
    let policy = AccessPolicy {
        id: PolicyId(1),
        name: Name::parse("p").unwrap(),
        description: None,
        rate_limit: RateLimit::new(limit, RateInterval::Minute),
        usage_quota: None,
        on_store_failure: OnStoreFailure::default(),
        created_at: T0,
        updated_at: T0,
    };
    Delta::Policy(PolicyId(1), Some(Box::new(policy)))
}

fn terms(policy: Option<i64>) -> Terms {
    Terms::new(vec![CollectionId(1)], policy.map(PolicyId), AuthMethod::Token)
}

/// Client 1 with profile 1, which may call collection `orders`, not `secret`; `off` is disabled.
fn directory() -> Directory {
    let orders = vec![
        endpoint(1, "GET", "list", true),
        endpoint(2, "GET", "old", false),
        endpoint(3, "GET", "{rest...}", true),
        endpoint(4, "POST", "jobs", true),
        endpoint(5, "PUT", "jobs", false),
        endpoint(6, "DELETE", "gone", false),
    ];
    let mut both = terms(None);
    both.collection_ids.push(CollectionId(3));
    Directory::empty().apply(
        Revision(1),
        [
            Delta::Client(ClientId(1), Some(Box::new(client(true)))),
            put(profile(1, Some(both))),
            collection(1, "orders", true, orders),
            collection(2, "secret", true, vec![endpoint(9, "GET", "{rest...}", true)]),
            collection(3, "off", false, vec![endpoint(10, "GET", "{rest...}", true)]),
            policy(6),
        ],
    )
}

struct Call<'a> {
    method: Method,
    path: &'a str,
    token: Option<String>,
    source: Source,
    body: Option<u64>,
    at: u64,
}

impl Default for Call<'_> {
    fn default() -> Self {
        let source = Source::Known("10.0.0.1".parse().unwrap());
        Self { method: Method::Get, path: "/orders/list", token: Some(token(1)), source, body: None, at: 0 }
    }
}

fn run(directory: &Directory, call: &Call<'_>) -> Result<Permit, Refusal> {
    let path = CanonicalPath::parse_request(call.path.as_bytes()).unwrap();
    let credentials = FoundCredentials {
        api_token: call.token.as_ref().map(String::as_bytes),
        api_token_count: usize::from(call.token.is_some()),
        ..FoundCredentials::default()
    };
    let facts = RequestFacts {
        framing: Ok(()),
        route: directory.route("gw.test", call.method, &path),
        claimant: Claimant::Credentials(credentials),
        source: call.source,
        certificate: None,
        body_bytes: call.body,
    };
    decided(directory, &facts, Now { monotonic: Monotonic(call.at), wall: T0 })
}

fn decided(directory: &Directory, facts: &RequestFacts<'_>, now: Now) -> Result<Permit, Refusal> {
    match decide(directory, facts, &mut NoMemory, Waited::default(), now) {
        Decision::Admit(permit) => Ok(permit),
        Decision::Refuse(refusal) => Err(refusal),
        Decision::Wait(wait) => panic!("nothing to wait for: {wait:?}"),
    }
}

const NOWHERE: Source = Source::Unknown { last_hop: std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST) };

#[track_caller]
fn check(directory: &Directory, call: &Call<'_>, expected: Result<(), Denial>) {
    let decided = run(directory, call).map(drop).map_err(|refusal| refusal.denial);
    assert_eq!(decided, expected, "{} {}", call.method, call.path);
}

#[test]
fn every_check_has_its_reason() {
    let d = directory();
    check(&d, &Call::default(), Ok(()));
    check(&d, &Call { token: None, ..Call::default() }, Err(Denial::CredentialMissing));
    check(&d, &Call { token: Some("nonsense".into()), ..Call::default() }, Err(Denial::CredentialMalformed));
    check(&d, &Call { token: Some(token(9)), ..Call::default() }, Err(Denial::CredentialUnknown));
    check(&d, &Call { path: "/nowhere/x", ..Call::default() }, Err(Denial::RouteUnknown));
    check(&d, &Call { path: "/secret/x", ..Call::default() }, Err(Denial::CollectionNotGranted));
    check(&d, &Call { path: "/off/x", ..Call::default() }, Err(Denial::CollectionDisabled));
    check(&d, &Call { path: "/orders/old", ..Call::default() }, Err(Denial::EndpointInactive));
    check(&d, &Call { path: "/orders/any/thing", ..Call::default() }, Ok(()));
    check(&d, &Call { path: "/orders/gone", method: Method::Delete, ..Call::default() }, Err(Denial::EndpointInactive));
    check(&d, &Call { path: "/orders/x", method: Method::Patch, ..Call::default() }, Err(Denial::MethodNotAllowed));
    let big = Some(CollectionLimits::DEFAULT_BODY_BYTES + 1);
    check(
        &d,
        &Call { path: "/orders/jobs", method: Method::Post, body: big, ..Call::default() },
        Err(Denial::BodyTooLarge),
    );
}

#[test]
fn without_a_credential_known_and_unknown_paths_answer_alike() {
    let d = directory();
    for path in ["/orders/list", "/orders/old", "/nowhere/x", "/secret/x", "/"] {
        check(&d, &Call { token: None, path, ..Call::default() }, Err(Denial::CredentialMissing));
        check(&d, &Call { token: Some(token(9)), path, ..Call::default() }, Err(Denial::CredentialUnknown));
    }
}

#[test]
fn allow_names_active_methods_only() {
    let d = Directory::empty().apply(
        Revision(1),
        [
            Delta::Client(ClientId(1), Some(Box::new(client(true)))),
            put(profile(1, Some(terms(None)))),
            collection(1, "orders", true, vec![endpoint(1, "GET", "x", true), endpoint(2, "PUT", "x", false)]),
        ],
    );
    let refusal = run(&d, &Call { path: "/orders/x", method: Method::Post, ..Call::default() }).unwrap_err();
    assert_eq!(refusal.denial, Denial::MethodNotAllowed);
    assert_eq!(refusal.allow.iter().collect::<Vec<_>>(), [Method::Get, Method::Head]);
    assert_eq!(refusal.profile, Some(ProfileId(1)));
}

#[test]
fn more_than_one_credential_is_refused() {
    let d = directory();
    let one = token(1);
    for (api_token_count, authorization_count, expected) in [
        (2, 0, Denial::CredentialAmbiguous),
        (1, 1, Denial::CredentialAmbiguous),
        (0, 2, Denial::CredentialAmbiguous),
        (0, 1, Denial::JwtMalformed),
    ] {
        let credentials = FoundCredentials {
            api_token: (api_token_count > 0).then_some(one.as_bytes()),
            api_token_count,
            authorization: (authorization_count > 0).then_some(b"Bearer x"),
            authorization_count,
            ..FoundCredentials::default()
        };
        let claimant = Claimant::Credentials(credentials);
        let facts = RequestFacts {
            framing: Ok(()),
            route: None,
            claimant,
            source: NOWHERE,
            certificate: None,
            body_bytes: None,
        };
        let refusal = decided(&d, &facts, Now { monotonic: Monotonic(0), wall: T0 }).unwrap_err();
        assert_eq!(refusal, Refusal::early(expected));
    }
}

#[test]
fn a_fault_of_the_request_itself_comes_first() {
    let facts = RequestFacts {
        framing: Err(Denial::PathAmbiguous),
        route: None,
        claimant: Claimant::Credentials(FoundCredentials::default()),
        source: NOWHERE,
        certificate: None,
        body_bytes: None,
    };
    let refusal = decided(&directory(), &facts, Now { monotonic: Monotonic(0), wall: T0 }).unwrap_err();
    assert_eq!(refusal.denial, Denial::PathAmbiguous);
}

#[test]
fn a_directory_that_is_too_old_refuses_everybody_until_it_is_new_again() {
    let strangers = [Call { token: None, ..Call::default() }, Call { token: Some(token(9)), ..Call::default() }];
    let stale = directory().apply(Revision(1), [Delta::Freshness(Freshness::Stale)]);
    // Other changes do not make it newer, nor does loading everything: that is told.
    let changed = stale.apply(Revision(2), [policy(7)]);
    let reloaded = directory().reload(Revision(2), []).freshness();
    assert_eq!((reloaded, stale.reload(Revision(3), []).freshness()), (Freshness::Fresh, Freshness::Stale));
    for d in [&stale, &changed] {
        check(d, &Call::default(), Err(Denial::ConfigurationStale));
        for call in &strangers {
            check(d, call, Err(Denial::ConfigurationStale));
        }
        let now = Now { monotonic: Monotonic(0), wall: T0 };
        let refused = grant_access_token(d, b"id", b"secret", NOWHERE, None, now).map(drop).unwrap_err();
        assert_eq!(refused.denial, Denial::ConfigurationStale);
    }
    let again = changed.apply(Revision(2), [Delta::Freshness(Freshness::Fresh)]);
    check(&again, &Call::default(), Ok(()));
    check(&again, &strangers[0], Err(Denial::CredentialMissing));
}

#[test]
fn a_disabled_client_stops_all_its_profiles_and_enabling_restores_them() {
    let mut off = profile(2, Some(terms(None)));
    off.active = false;
    let d = directory().apply(Revision(2), [put(off)]);
    let disabled = d.apply(Revision(3), [Delta::Client(ClientId(1), Some(Box::new(client(false))))]);
    let second = Call { token: Some(token(2)), ..Call::default() };
    check(&d, &second, Err(Denial::ProfileDisabled));
    check(&disabled, &Call::default(), Err(Denial::ClientDisabled));
    check(&disabled, &second, Err(Denial::ClientDisabled));
    let again = disabled.apply(Revision(4), [Delta::Client(ClientId(1), Some(Box::new(client(true))))]);
    check(&again, &Call::default(), Ok(()));
    check(&again, &second, Err(Denial::ProfileDisabled));
}

#[test]
fn address_lists_are_checked_and_deny_wins() {
    let entries = |texts: &[&str]| texts.iter().map(|text| CidrEntry::parse(text).unwrap()).collect::<Vec<_>>();
    let mut listed = profile(1, Some(terms(None)));
    listed.ip_allow_list = entries(&["10.0.0.0/8"]);
    listed.ip_deny_list = entries(&["10.1.0.0/16"]);
    let d = directory().apply(Revision(2), [put(listed)]);
    let from = |text: &str| Call { source: Source::Known(text.parse().unwrap()), ..Call::default() };
    check(&d, &from("10.0.0.1"), Ok(()));
    check(&d, &from("10.1.0.1"), Err(Denial::IpDenied));
    check(&d, &from("11.0.0.1"), Err(Denial::IpNotAllowed));
    check(&d, &from("::ffff:10.0.0.1"), Ok(()));
    check(&d, &Call { source: NOWHERE, ..Call::default() }, Err(Denial::IpUnknown));
}

#[test]
fn default_terms_hold_for_profiles_without_their_own() {
    let d = directory().apply(Revision(2), [put(profile(2, None))]);
    let second = Call { token: Some(token(2)), ..Call::default() };
    check(&d, &second, Err(Denial::CollectionNotGranted));
    let mut with_terms = client(true);
    with_terms.default_terms = Some(terms(None));
    let d = d.apply(Revision(3), [Delta::Client(ClientId(1), Some(Box::new(with_terms)))]);
    check(&d, &second, Ok(()));
}

#[test]
fn a_policy_that_is_not_there_admits_nobody() {
    let d = directory().apply(Revision(2), [put(profile(1, Some(terms(Some(77)))))]);
    check(&d, &Call::default(), Err(Denial::LimitStoreUnavailable));
}

#[test]
fn the_rate_limit_is_kept_per_profile_and_across_changes() {
    const SECOND: u64 = 1_000_000_000;
    let limited = || put(profile(1, Some(terms(Some(1)))));
    let d = directory().apply(Revision(2), [limited(), put(profile(2, Some(terms(Some(1)))))]);
    for at in 0..6 {
        check(&d, &Call { at: at * SECOND, ..Call::default() }, Ok(()));
    }
    let seventh = Call { at: 7 * SECOND, ..Call::default() };
    let refusal = run(&d, &seventh).unwrap_err();
    let refused = refusal.limits.unwrap();
    assert_eq!((refusal.denial, refused.wait_nanos), (Denial::RateLimited, 53 * SECOND));
    let reading = *refused.readings.get(LimitKind::Rate).unwrap();
    assert_eq!((reading.remaining, reading.resets_in_nanos), (0, 58 * SECOND));
    let other = run(&d, &Call { token: Some(token(2)), at: 7 * SECOND, ..Call::default() }).unwrap();
    assert_eq!(other.limits().get(LimitKind::Rate).unwrap().remaining, 5);
    // A refused call of another kind takes nothing; changes and reloads keep the counters.
    let changed = d.apply(Revision(3), [limited()]);
    check(&changed, &seventh, Err(Denial::RateLimited));
    let raised = changed.apply(Revision(4), [policy(7)]);
    check(&raised, &seventh, Ok(()));
    check(&raised, &seventh, Err(Denial::RateLimited));
    check(&changed, &seventh, Err(Denial::RateLimited));
    let all = [
        Delta::Client(ClientId(1), Some(Box::new(client(true)))),
        limited(),
        collection(1, "orders", true, vec![endpoint(1, "GET", "list", true)]),
        policy(7),
    ];
    let reloaded = raised.reload(Revision(5), all);
    check(&reloaded, &seventh, Err(Denial::RateLimited));
    let now = Now { monotonic: Monotonic(7 * SECOND), wall: T0 };
    assert_eq!(reloaded.limit_readings(ProfileId(1), now).get(LimitKind::Rate).unwrap().remaining, 0);
    let dropped = reloaded.apply(Revision(6), [Delta::Profile(ProfileId(1), None)]).apply(Revision(7), [limited()]);
    check(&dropped, &seventh, Ok(()));
}

#[test]
fn a_replaced_or_deleted_credential_is_revoked_at_once() {
    let mut refreshed = profile(1, Some(terms(None)));
    refreshed.credentials[0].digest = TokenDigest::of(token(7).as_bytes());
    let d = directory().apply(Revision(2), [put(refreshed)]);
    check(&d, &Call::default(), Err(Denial::CredentialRevoked));
    check(&d, &Call { token: Some(token(7)), ..Call::default() }, Ok(()));
    let d = d.apply(Revision(3), [Delta::Profile(ProfileId(1), None)]);
    check(&d, &Call { token: Some(token(7)), ..Call::default() }, Err(Denial::CredentialRevoked));
    let reloaded = d.reload(Revision(4), [Delta::Revoked(vec![TokenDigest::of(token(9).as_bytes())])]);
    for seed in [1, 7, 9] {
        check(&reloaded, &Call { token: Some(token(seed)), ..Call::default() }, Err(Denial::CredentialRevoked));
    }
    check(&reloaded, &Call { token: Some(token(8)), ..Call::default() }, Err(Denial::CredentialUnknown));
}

#[test]
fn collections_can_change_and_swap_paths() {
    let one = |path| collection(1, path, true, vec![endpoint(1, "GET", "list", true)]);
    let two = |path| collection(2, path, true, vec![endpoint(2, "GET", "list", true)]);
    let d = directory().apply(Revision(2), [one("a"), two("b")]);
    check(&d, &Call { path: "/a/list", ..Call::default() }, Ok(()));
    check(&d, &Call::default(), Err(Denial::RouteUnknown));
    let swapped = d.apply(Revision(3), [one("b"), two("a")]);
    check(&swapped, &Call { path: "/b/list", ..Call::default() }, Ok(()));
    check(&swapped, &Call { path: "/a/list", ..Call::default() }, Err(Denial::CollectionNotGranted));
    let gone = swapped.apply(Revision(4), [Delta::Collection(CollectionId(1), None)]);
    check(&gone, &Call { path: "/b/list", ..Call::default() }, Err(Denial::RouteUnknown));
}

#[test]
fn calls_go_on_below_the_base_url_or_by_the_rewrite() {
    let path = EndpointPath::parse("orders/{id}/{rest...}").unwrap();
    let mut rewritten = endpoint(1, "GET", "orders/{id}/{rest...}", true);
    rewritten.upstream_path = Some(crate::endpoint::UpstreamPath::parse("v2/{rest...}", &path).unwrap());
    let d = directory().apply(Revision(2), [collection(1, "c", true, vec![rewritten, endpoint(2, "GET", "", true)])]);
    let target = |path: &str| {
        let canonical = CanonicalPath::parse(path.as_bytes()).unwrap();
        let permit = run(&d, &Call { path, ..Call::default() }).unwrap();
        permit.upstream_path(permit.collection().upstream().urls.first(), canonical.split_first().1)
    };
    assert_eq!(target("/c/orders/7/a/b"), "/base/v2/a/b");
    assert_eq!(target("/c/orders/7"), "/base/v2");
    assert_eq!(target("/c/orders/7/"), "/base/v2/");
    assert_eq!(target("/c"), "/base");
}
