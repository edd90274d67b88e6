//! Opening: reopening, wrong keys, wrong files, many tasks at once.

use crate::make::{actor, at, new_client, new_policy, terms};
use crate::test_store::TestStore;
use domain::Revision;
use std::collections::BTreeSet;
use store::{
    AuditFilter, CONTROL_DB, ClientFilter, LogoSize, NewProject, PageQuery, SECRET_KEY_FILE, SecretKey, Store,
    StoreError,
};

pub(crate) async fn everything_is_there_after_reopening(store: TestStore) {
    let orders = store.a_collection_with("Orders", &[("GET", "a")]).await.collection.id;
    let client = store.a_client("Acme", Some(terms(&[orders]))).await;
    store.a_profile(client, "A", None, 1).await;
    let logo = store::Logo { png_128: vec![1], png_256: vec![2] };
    store.put_logo(&actor(), at(1), client, logo).await.unwrap();
    let before = store.load_directory().await.unwrap();
    let audit = store.list_audit(&PageQuery::default(), &AuditFilter::default()).await.unwrap();
    let store = store.reopen().await;
    let after = store.load_directory().await.unwrap();
    assert_eq!(after.0, before.0);
    assert_eq!((after.1.clients, after.1.profiles), (before.1.clients, before.1.profiles));
    assert_eq!((after.1.collections, after.1.policies), (before.1.collections, before.1.policies));
    assert_eq!(store.list_audit(&PageQuery::default(), &AuditFilter::default()).await.unwrap(), audit);
    assert_eq!(store.get_logo(client, LogoSize::Px256).await.unwrap(), vec![2]);
    assert_eq!(*store.watch_revision().borrow(), before.0);
    let next = store.create_policy(&actor(), at(2), new_policy("Slow", 6)).await.unwrap();
    assert_eq!(next.revision, Revision(before.0.0 + 1));
}

pub(crate) async fn a_newer_schema_is_refused(store: TestStore) {
    let folder = store.into_folder().await;
    let path = folder.path().join(CONTROL_DB);
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path);
    let mut db = <sqlx::SqliteConnection as sqlx::Connection>::connect_with(&options).await.unwrap();
    let newer = "insert into _sqlx_migrations (version, description, success, checksum, execution_time) \
         values (9999, 'later', true, x'00', 0)";
    sqlx::query(newer).execute(&mut db).await.unwrap();
    sqlx::Connection::close(db).await.unwrap();
    let key = SecretKey::load_or_create(folder.path()).unwrap();
    match Store::open(&path, &key).await {
        Err(StoreError::NewerSchema { found: 9999, known }) => assert!(known < 9999),
        other => panic!("{other:?}"),
    }
}

pub(crate) async fn another_key_is_refused(store: TestStore) {
    let folder = store.into_folder().await;
    let path = folder.path().join(CONTROL_DB);
    let other = SecretKey::parse(&"ab".repeat(32)).unwrap();
    assert!(matches!(Store::open(&path, &other).await, Err(StoreError::WrongKey)));
    let key = SecretKey::load_or_create(folder.path()).unwrap();
    assert!(Store::open(&path, &key).await.is_ok());
}

pub(crate) async fn a_database_without_key_is_refused(store: TestStore) {
    let folder = store.into_folder().await;
    std::fs::remove_file(folder.path().join(SECRET_KEY_FILE)).unwrap();
    assert!(matches!(SecretKey::load_or_create(folder.path()), Err(StoreError::NoKey)));
    assert!(!folder.path().join(SECRET_KEY_FILE).exists());
}

pub(crate) async fn a_key_is_made_once_and_kept_from_others(store: TestStore) {
    let text = || std::fs::read_to_string(store.folder().join(SECRET_KEY_FILE)).unwrap();
    let before = text();
    SecretKey::load_or_create(store.folder()).unwrap();
    assert_eq!(text(), before);
    #[cfg(unix)]
    for file in [SECRET_KEY_FILE, CONTROL_DB, "control.db-wal"] {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(store.folder().join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
}

pub(crate) async fn a_malformed_key_is_refused(store: TestStore) {
    let folder = store.into_folder().await;
    for text in ["", "abc", &"g".repeat(64), &"a".repeat(65)] {
        std::fs::write(folder.path().join(SECRET_KEY_FILE), text).unwrap();
        assert!(matches!(SecretKey::load_or_create(folder.path()), Err(StoreError::BadKey(_))), "{text}");
    }
}

pub(crate) async fn only_an_existing_database_is_opened_on_request(store: TestStore) {
    let folder = store.into_folder().await;
    let key = SecretKey::load_or_create(folder.path()).unwrap();
    let path = folder.path().join(CONTROL_DB);
    let opened = Store::open_existing(&path, &key).await.unwrap();
    opened.check().await.unwrap();
    opened.close().await;
    let nowhere = folder.path().join("nowhere.db");
    assert!(matches!(Store::open_existing(&nowhere, &key).await, Err(StoreError::NotThere)));
    assert!(!nowhere.exists());
}

pub(crate) async fn what_is_not_a_database_is_refused(store: TestStore) {
    let folder = store.into_folder().await;
    let key = SecretKey::load_or_create(folder.path()).unwrap();
    let path = folder.path().join("text.db");
    std::fs::write(&path, "this is a text, not a database, and long enough to be looked at: ".repeat(20)).unwrap();
    assert!(matches!(Store::open(&path, &key).await, Err(StoreError::Damaged(_))));
    let missing = folder.path().join("no/such/folder.db");
    assert!(matches!(Store::open(&missing, &key).await, Err(StoreError::File { .. })));
}

pub(crate) async fn concurrent_changes_queue(store: TestStore) {
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..20 {
        let store = (*store).clone();
        tasks.spawn(async move {
            let new = new_client(&format!("C{number}"));
            let made = store.create_client(&actor(), at(number), new, Vec::new()).await.unwrap();
            store.get_client(made.value.client.client.id).await.unwrap();
            store.list_clients(&PageQuery::default(), &ClientFilter::default()).await.unwrap();
            made.revision
        });
    }
    let revisions: BTreeSet<Revision> = tasks.join_all().await.into_iter().collect();
    assert_eq!(revisions, (1..=20).map(Revision).collect());
    assert_eq!(store.list_clients(&PageQuery::default(), &ClientFilter::default()).await.unwrap().total, 20);
}

pub(crate) async fn ids_are_never_used_again(store: TestStore) {
    let first = store.a_client("Acme", None).await;
    store.delete_client(&actor(), at(1), first).await.unwrap();
    let store = store.reopen().await;
    let second = store.a_client("Acme", None).await;
    assert!(second > first);
    let project = NewProject { name: crate::make::name("P"), description: None };
    let one = store.create_project(&actor(), at(1), project.clone()).await.unwrap().value.id;
    store.delete_project(&actor(), at(1), one).await.unwrap();
    assert!(store.create_project(&actor(), at(1), project).await.unwrap().value.id > one);
}
