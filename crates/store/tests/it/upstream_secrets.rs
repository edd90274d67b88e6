//! How collections authenticate at their upstreams, and what of a call goes on.

use crate::make::{actor, at, new_collection, upstream};
use crate::test_store::{TestStore, fault, faults};
use domain::api_collection::Forwarding;
use domain::secret::Secret;
use domain::upstream::{
    AuthHeader, AuthWay, BaseUrl, BasicUser, HealthCheck, HealthPath, ServerName, Upstream, UpstreamAuth, UpstreamHttp,
    UpstreamTls, UpstreamUrls,
};
use store::{AuditFilter, CollectionUpdate, FaultKind, ForwardingUpdate, NewCollection, PageQuery};

const SECRET: &str = "canary-of-an-upstream";

fn header(secret: Option<&str>) -> UpstreamAuth {
    let way = AuthWay::Header { name: AuthHeader::parse("x-key").unwrap() };
    UpstreamAuth { way, secret: secret.map(|text| Secret::new(text.to_owned())) }
}

fn with_auth(url: &str, auth: UpstreamAuth) -> Upstream {
    Upstream { auth, ..upstream(url) }
}

fn new(upstream: Upstream) -> NewCollection {
    NewCollection { upstream, ..new_collection("Orders") }
}

fn to(upstream: Upstream) -> CollectionUpdate {
    CollectionUpdate { upstream: Some(upstream), ..CollectionUpdate::default() }
}

pub(crate) async fn all_of_an_upstream_reads_back(store: TestStore) {
    let urls = ["https://10.0.0.5/base", "http://orders.example.com:81"].map(|url| BaseUrl::parse(url).unwrap());
    let whole = Upstream {
        urls: UpstreamUrls::new(urls.into()).unwrap(),
        tls: UpstreamTls { ca: None, server_name: Some(ServerName::parse("orders.internal").unwrap()) },
        http: UpstreamHttp::Http2,
        health_check: Some(HealthCheck::of(HealthPath::parse("/healthz?deep=1").unwrap())),
        max_in_flight: Some(20),
        auth: header(Some(SECRET)),
        ..upstream("http://x")
    };
    let forwarding =
        Forwarding { keep_host: true, pass_authorization: true, send_claims: false, allow_encoded_slash: true };
    let made = NewCollection { forwarding, ..new(whole.clone()) };
    let made = store.create_collection(&actor(), at(1), made, Vec::new()).await.unwrap().value.collection;
    assert_eq!((&made.upstream, made.forwarding), (&whole, forwarding));
    assert_eq!(store.load_collection(made.id).await.unwrap().unwrap().collection, made);
    let update = ForwardingUpdate { keep_host: Some(false), send_claims: Some(true), ..ForwardingUpdate::default() };
    let update = CollectionUpdate { forwarding: update, ..CollectionUpdate::default() };
    let changed = store.update_collection(&actor(), at(2), made.id, update).await.unwrap().value.collection;
    let expected = Forwarding { keep_host: false, send_claims: true, ..forwarding };
    assert_eq!((changed.upstream, changed.forwarding), (whole, expected));
}

pub(crate) async fn a_secret_is_sealed_and_in_no_audit_entry(store: TestStore) {
    let upstream = with_auth("http://10.0.0.5", header(Some(SECRET)));
    let made = store.create_collection(&actor(), at(1), new(upstream), Vec::new()).await.unwrap().value.collection;
    assert!(!format!("{made:?}").contains(SECRET));
    let second = with_auth("http://10.0.0.5", header(Some("canary-two")));
    store.update_collection(&actor(), at(2), made.id, to(second)).await.unwrap();
    assert_eq!(store.last_entry().await.after.unwrap()["upstream"]["auth"]["secret"], "changed");
    let page = store.list_audit(&PageQuery::default(), &AuditFilter::default()).await.unwrap();
    assert_eq!(page.total, 2);
    for entry in page.items {
        let text = serde_json::json!([entry.before, entry.after]).to_string();
        assert!(text.contains("x-key") && !text.contains("canary"), "{text}");
    }
    let folder = store.into_folder().await;
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(6).any(|part| part == b"canary"));
    }
}

pub(crate) async fn a_secret_stays_where_it_may_and_must_be_given_again_elsewhere(store: TestStore) {
    let fresh = with_auth("http://10.0.0.5/a", header(Some(SECRET)));
    let made = store.create_collection(&actor(), at(1), new(fresh), Vec::new()).await.unwrap().value.collection;
    let kept = with_auth("http://10.0.0.5/b", header(None));
    let changed = store.update_collection(&actor(), at(2), made.id, to(kept)).await.unwrap().value.collection;
    assert_eq!(changed.upstream, with_auth("http://10.0.0.5/b", header(Some(SECRET))));
    assert_eq!(store.last_entry().await.after.unwrap()["upstream"]["auth"].get("secret"), None);

    let elsewhere = with_auth("http://10.0.0.6/b", header(None));
    let refused = store.update_collection(&actor(), at(3), made.id, to(elsewhere)).await;
    assert_eq!(faults(refused), [fault("upstream.auth.value", FaultKind::Bad)]);
    let basic = AuthWay::Basic { user: BasicUser::parse("shop").unwrap() };
    let other_way = with_auth("http://10.0.0.5", UpstreamAuth { way: basic, secret: None });
    let refused = store.update_collection(&actor(), at(3), made.id, to(other_way)).await;
    assert_eq!(faults(refused), [fault("upstream.auth.password", FaultKind::Bad)]);
    assert_eq!(store.get_collection(made.id).await.unwrap().collection, changed);

    // Gone with the way, and not back with it.
    store.update_collection(&actor(), at(4), made.id, to(upstream("http://10.0.0.5"))).await.unwrap();
    let again = with_auth("http://10.0.0.5", header(None));
    let refused = store.update_collection(&actor(), at(5), made.id, to(again)).await;
    assert_eq!(faults(refused), [fault("upstream.auth.value", FaultKind::Bad)]);
}

pub(crate) async fn authorization_is_the_upstreams_or_the_gateways(store: TestStore) {
    let basic = AuthWay::Basic { user: BasicUser::parse("shop").unwrap() };
    let basic = UpstreamAuth { way: basic, secret: Some(Secret::new(SECRET.to_owned())) };
    let forwarding = Forwarding { pass_authorization: true, ..Forwarding::default() };
    let both = NewCollection { forwarding, ..new(with_auth("http://10.0.0.5", basic.clone())) };
    let refused = store.create_collection(&actor(), at(1), both, Vec::new()).await;
    assert_eq!(faults(refused), [fault("pass_authorization", FaultKind::Bad)]);
    let made = new(with_auth("http://10.0.0.5", basic));
    let made = store.create_collection(&actor(), at(1), made, Vec::new()).await.unwrap().value.collection;
    let pass = ForwardingUpdate { pass_authorization: Some(true), ..ForwardingUpdate::default() };
    let update = CollectionUpdate { forwarding: pass, ..CollectionUpdate::default() };
    let refused = store.update_collection(&actor(), at(2), made.id, update.clone()).await;
    assert_eq!(faults(refused), [fault("pass_authorization", FaultKind::Bad)]);
    let update = CollectionUpdate { upstream: Some(upstream("http://10.0.0.5")), ..update };
    store.update_collection(&actor(), at(3), made.id, update).await.unwrap();
}
