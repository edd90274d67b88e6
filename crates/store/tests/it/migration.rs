//! A database of the first version, with data, opened by this one.

use crate::make::{actor, at, digest, fresh, terms};
use crate::test_store::TestStore;
use domain::access_policy::{OnStoreFailure, RateInterval, RateLimit};
use domain::access_profile::CredentialKind;
use domain::api_collection::Forwarding;
use domain::settings::Settings;
use domain::terms::Terms;
use domain::{ClientId, CollectionId, CredentialId, PolicyId, ProfileId, Revision};
use sqlx::migrate::Migrator;
use sqlx::{Connection, SqliteConnection};
use std::path::Path;
use store::{CONTROL_DB, LogoSize, Overlap, PageQuery, SecretKey, Store};

/// What the first version stored, statement by statement.
const DATA: &[&str] = &[
    "insert into access_policies (id, name, name_folded, rate_limit, rate_interval, created_at, updated_at) \
     values (1, 'Slow', 'slow', 6, 'minute', 1, 2)",
    "insert into api_collections (id, project_id, name, name_folded, version, version_folded, path, enabled, upstream, \
     limits, created_at, updated_at) values (1, 1, 'Orders', 'orders', '1.0', '1.0', 'orders-v1', true, $1, $2, 1, 2)",
    "insert into endpoints (id, collection_id, name, name_folded, method, path, path_shape, active, created_at, updated_at) \
     values (1, 1, 'All', 'all', 'GET', 'a/{x}', 'a/{}', true, 1, 2)",
    "insert into clients (id, project_id, name, name_folded, email, enabled, logo_version, created_at, updated_at) \
     values (1, 1, 'Acme', 'acme', 'a@b', true, 3, 1, 2)",
    "insert into client_logos (client_id, png_128, png_256) values (1, x'01', x'02')",
    // The last microsecond of a day, and the first one of the next.
    "insert into access_profiles (id, client_id, name, name_folded, ip_allow_list, ip_deny_list, active, active_since, \
     labels, created_at, updated_at) values (1, 1, 'A', 'a', '[\"10.0.0.0/8\"]', '[]', true, 5, '{\"team\":\"blue\"}', \
     1790035199999999, 7), (2, 1, 'B', 'b', '[]', '[]', false, null, '{}', 1790035200000000, 8)",
    "insert into terms (id, client_id, profile_id, policy_id, method, mtls_enabled) \
     values (1, 1, null, 1, 'token', false), (2, null, 2, null, 'token', false)",
    "insert into terms_collections (terms_id, collection_id) values (1, 1), (2, 1)",
    "insert into changes (revision, kind, object_id) values (41, 'client', 1), (42, 'profile', 2)",
    "update workspace set revision = 42",
];

async fn make_first_version(path: &Path, migrations: &Path) {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/sqlite/0001_create_tables.sql");
    std::fs::copy(&shipped, migrations.join("0001_create_tables.sql")).unwrap();
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path).create_if_missing(true).foreign_keys(true);
    let mut db = SqliteConnection::connect_with(&options).await.unwrap();
    Migrator::new(migrations).await.unwrap().run(&mut db).await.unwrap();
    let upstream = r#"{"url":"http://127.0.0.1:9000","timeouts_ms":{"connect":3000,"response":30000,"idle":60000}}"#;
    let limits = serde_json::to_string(&domain::api_collection::CollectionLimits::default()).unwrap();
    for statement in DATA {
        let query = sqlx::query(*statement);
        let query = if statement.contains("$1") { query.bind(upstream).bind(&limits) } else { query };
        query.execute(&mut db).await.unwrap();
    }
    for number in [1_i64, 2] {
        let insert =
            "insert into credentials (id, profile_id, digest, last4, created_at) values ($1, $1, $2, 'abcd', 9)";
        let digest = digest(&number.to_string());
        sqlx::query(insert).bind(number).bind(digest.0.as_slice()).execute(&mut db).await.unwrap();
    }
    db.close().await.unwrap();
}

pub(crate) async fn the_first_versions_data_is_all_there(store: TestStore) {
    let folder = store.into_folder().await;
    let key = SecretKey::load_or_create(folder.path()).unwrap();
    std::fs::remove_file(folder.path().join(CONTROL_DB)).unwrap();
    let migrations = tempfile::tempdir().unwrap();
    let path = folder.path().join(CONTROL_DB);
    make_first_version(&path, migrations.path()).await;

    let store = Store::open(&path, &key).await.unwrap();
    let (revision, loaded) = store.load_directory().await.unwrap();
    assert_eq!((revision, loaded.settings, loaded.revoked), (Revision(42), Settings::default(), vec![]));
    assert_eq!(store.changes_since(Revision(40)).await.unwrap().unwrap().len(), 2);

    let policy = store.get_policy(PolicyId(1)).await.unwrap();
    assert_eq!((policy.profiles_count, policy.clients_count), (1, 1));
    assert_eq!(policy.policy.rate_limit, RateLimit::new(6, RateInterval::Minute));
    assert_eq!((policy.policy.usage_quota, policy.policy.on_store_failure), (None, OnStoreFailure::default()));

    let collection = &loaded.collections[0];
    assert_eq!((collection.endpoints.len(), collection.collection.path.as_str()), (1, "orders-v1"));
    assert_eq!((&collection.collection.cors, collection.collection.allow_query_token), (&None, false));

    assert_eq!(collection.collection.upstream, crate::make::upstream("http://127.0.0.1:9000"));
    assert_eq!(collection.collection.forwarding, Forwarding::default());

    let orders = [CollectionId(1)];
    let client = store.get_client(ClientId(1)).await.unwrap();
    let default_terms = Terms { policy_id: Some(PolicyId(1)), ..terms(&orders) };
    assert_eq!((client.client.default_terms, client.client.shared_policy_id), (Some(default_terms.clone()), None));
    assert_eq!((client.client.email.unwrap().as_str(), client.total_profiles), ("a@b", 2));
    assert_eq!(store.get_logo(ClientId(1), LogoSize::Px256).await.unwrap(), [2]);

    let [first, second] = [1, 2].map(ProfileId);
    let first = store.get_profile(first).await.unwrap();
    assert_eq!((first.effective_terms, first.last_used_at), (Some(default_terms), None));
    assert_eq!((first.profile.expires_at, first.profile.period_anchor.to_string().as_str()), (None, "2026-09-21"));
    assert_eq!((first.profile.labels["team"].as_str(), first.profile.ip_allow_list.len()), ("blue", 1));
    let credential = &first.profile.credentials[0];
    assert_eq!(
        (credential.id, credential.kind, credential.digest),
        (CredentialId(1), CredentialKind::Token, digest("1"))
    );
    assert_eq!((credential.last4.as_str(), credential.ends_at, credential.last_used_at), ("abcd", None, None));
    let second = store.get_profile(second).await.unwrap().profile;
    assert_eq!((second.own_terms, second.period_anchor.to_string().as_str()), (Some(terms(&orders)), "2026-09-22"));

    // What came later works on it.
    let row = store.refresh_credential(&actor(), at(1), ProfileId(1), fresh(7), Overlap::new(60)).await.unwrap();
    assert_eq!((row.revision, row.value.profile.credentials.len()), (Revision(43), 2));
    assert_eq!(store.list_profiles(&PageQuery::default(), &store::ProfileFilter::default()).await.unwrap().total, 2);
    store.close().await;
}
