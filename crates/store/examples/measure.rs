//! Measures the store with many profiles: how long changes, lists and loading everything take.
//!
//! `cargo run --release -p store --example measure -- 5000` makes that many clients with 20 profiles each in a
//! temporary folder and prints what each step took.
#![expect(clippy::unwrap_used, reason = "a developer's tool, which ends at the first failure")]

use domain::access_policy::{OnStoreFailure, RateInterval, RateLimit};
use domain::api_collection::{CollectionLimits, Forwarding};
use domain::key_id::KeyId;
use domain::terms::AuthMethod;
use domain::text::{Name, Slug, Version};
use domain::time::Timestamp;
use domain::token::TokenDigest;
use domain::upstream::{BaseUrl, Upstream};
use domain::{CollectionId, CredentialId};
use std::collections::BTreeMap;
use std::time::Instant;
use store::{
    Actor, CONTROL_DB, ClientFilter, ClientUpdate, DEFAULT_PROJECT, FreshCredentials, NewClient, NewCollection,
    NewIdentifier, NewPolicy, NewProfile, NewSecret, PageQuery, ProfileFilter, SecretKey, Sort, Store, TermsUpdate,
};

const NOW: Timestamp = Timestamp(1_790_000_000_000_000);
const PROFILES: i64 = 20;

#[tokio::main]
async fn main() {
    let clients: i64 = std::env::args().nth(1).map_or(500, |text| text.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let key = SecretKey::load_or_create(folder.path()).unwrap();
    let path = folder.path().join(CONTROL_DB);
    let watch = Watch::start();
    let store = Store::open(&path, &key).await.unwrap();
    watch.stop("open a new database");

    let watch = Watch::start();
    fill(&store, clients).await;
    watch.stop(&format!("make {clients} clients with {PROFILES} profiles each, a transaction per client"));

    let id = domain::ClientId(1);
    let watch = Watch::start();
    for round in 0..200 {
        let update = ClientUpdate { enabled: Some(round % 2 == 0), ..ClientUpdate::default() };
        store.update_client(&Actor::system("measure"), NOW, id, update).await.unwrap();
    }
    watch.stop("200 changes, one after the other");

    let uses: Vec<_> = (0..clients * PROFILES).map(|id| (CredentialId(id), NOW)).collect();
    let watch = Watch::start();
    store.note_last_use(&uses).await.unwrap();
    watch.stop(&format!("note the last use of {} credentials", uses.len()));

    for sort in ["id", "-name", "created_at"] {
        let query = PageQuery { sort: Sort::parse(sort).unwrap(), ..PageQuery::default() };
        let watch = Watch::start();
        let page = store.list_clients(&query, &ClientFilter::default()).await.unwrap();
        watch.stop(&format!("first 100 of {} clients by {sort}", page.total));
        let watch = Watch::start();
        let page = store.list_profiles(&query, &ProfileFilter::default()).await.unwrap();
        watch.stop(&format!("first 100 of {} profiles by {sort}", page.total));
    }
    let filter = ProfileFilter { collection_id: Some(CollectionId(2)), ..ProfileFilter::default() };
    let watch = Watch::start();
    let page = store.list_profiles(&PageQuery::default(), &filter).await.unwrap();
    watch.stop(&format!("first 100 of {} profiles with one collection", page.total));
    let watch = Watch::start();
    store.list_policies(&PageQuery::default()).await.unwrap();
    watch.stop("policies with their counts");

    for _ in 0..3 {
        let watch = Watch::start();
        let (_, loaded) = store.load_directory().await.unwrap();
        watch.stop(&format!("load everything: {} profiles", loaded.profiles.len()));
    }
    store.close().await;
    println!("{:>10} KiB  control.db", std::fs::metadata(&path).unwrap().len() / 1024);
}

async fn fill(store: &Store, clients: i64) {
    let actor = Actor::system("measure");
    let name = |text: String| Name::parse(&text).unwrap();
    for number in 0..20 {
        let new = NewCollection {
            project_id: DEFAULT_PROJECT,
            name: name(format!("Collection {number}")),
            version: Version::parse("1.0").unwrap(),
            path: Slug::parse(&format!("collection-{number}")).unwrap(),
            description: None,
            enabled: true,
            upstream: Upstream::at(BaseUrl::parse("http://127.0.0.1:9000").unwrap()),
            limits: CollectionLimits::default(),
            cors: None,
            allow_query_token: false,
            forwarding: Forwarding::default(),
        };
        store.create_collection(&actor, NOW, new, Vec::new()).await.unwrap();
    }
    let rate = RateLimit::new(60, RateInterval::Minute);
    let policy = NewPolicy {
        name: name("Policy".to_owned()),
        description: None,
        rate_limit: rate,
        usage_quota: None,
        on_store_failure: OnStoreFailure::default(),
    };
    let policy = store.create_policy(&actor, NOW, policy).await.unwrap().value.policy.id;
    let terms = |at: i64| {
        let ids = [1, 2, 3, 5].map(|step| CollectionId((at * step) % 20 + 1));
        TermsUpdate::new(ids.to_vec(), Some(policy), AuthMethod::Token)
    };
    for client in 0..clients {
        let new = NewClient {
            project_id: DEFAULT_PROJECT,
            name: name(format!("Client {client}")),
            description: None,
            email: None,
            enabled: true,
            default_terms: Some(terms(client)),
            shared_policy_id: None,
        };
        let profiles = (0..PROFILES).map(|number| {
            let id = client * PROFILES + number;
            NewProfile {
                name: name(format!("Profile {number}")),
                own_terms: (number % 2 == 0).then(|| terms(id)),
                ip_allow_list: Vec::new(),
                ip_deny_list: Vec::new(),
                active: true,
                expires_at: None,
                period_anchor: None,
                labels: BTreeMap::new(),
                auth_token: None,
                api_key: None,
                fresh: fresh(id),
            }
        });
        store.create_client(&actor, NOW, new, profiles.collect()).await.unwrap();
    }
}

fn fresh(number: i64) -> FreshCredentials {
    let digest = TokenDigest::of(number.to_string().as_bytes());
    let identifier = KeyId::parse(&format!("pk_{number}")).unwrap();
    FreshCredentials {
        secret: NewSecret { id: CredentialId(number), digest, last4: "abcd".to_owned() },
        identifier: NewIdentifier { id: CredentialId(-1 - number), identifier },
    }
}

struct Watch(Instant);

impl Watch {
    #[expect(clippy::disallowed_methods, reason = "measuring is what this program is for")]
    fn start() -> Self {
        Self(Instant::now())
    }

    fn stop(self, what: &str) {
        println!("{:>10.1} ms  {what}", self.0.elapsed().as_secs_f64() * 1000.0);
    }
}
