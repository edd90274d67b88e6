//! The directory as rows on a disk, changes that no gateway could read, and a database that goes away and comes back.

use crate::make::{HMAC_SECRET, actor, at, fresh, jwt_terms, name, new_profile, terms};
use crate::test_store::TestStore;
use domain::Revision;
use domain::settings::ZoneName;
use domain::terms::Terms;
use proptest::prelude::*;
use store::{
    Away, CONTROL_DB, ClientUpdate, Loaded, PolicyUpdate, Replica, SecretKey, SettingsUpdate, Store, StoreError,
};

/// What somebody does; numbers choose among what is there.
#[derive(Debug, Clone)]
enum Step {
    Client {
        with_terms: bool,
    },
    Profile {
        of: usize,
        own_terms: bool,
    },
    Collection,
    Endpoint(usize),
    Policy,
    Refresh(usize),
    RenameClient(usize),
    DisableClient(usize),
    Zone,
    RotateKey,
    DeleteClient(usize),
    DeleteProfile(usize),
    DeleteCollection(usize),
    DeletePolicy(usize),
    /// The disk gets all rows anew.
    Copy,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => any::<bool>().prop_map(|with_terms| Step::Client { with_terms }),
        4 => (0..9_usize, any::<bool>()).prop_map(|(of, own_terms)| Step::Profile { of, own_terms }),
        2 => Just(Step::Collection),
        2 => (0..9_usize).prop_map(Step::Endpoint),
        2 => Just(Step::Policy),
        2 => (0..9_usize).prop_map(Step::Refresh),
        1 => (0..9_usize).prop_map(Step::RenameClient),
        1 => (0..9_usize).prop_map(Step::DisableClient),
        1 => Just(Step::Zone),
        1 => Just(Step::RotateKey),
        1 => (0..9_usize).prop_map(Step::DeleteClient),
        1 => (0..9_usize).prop_map(Step::DeleteProfile),
        1 => (0..9_usize).prop_map(Step::DeleteCollection),
        1 => (0..9_usize).prop_map(Step::DeletePolicy),
        1 => Just(Step::Copy),
    ]
}

fn nth<T: Copy>(all: &[T], at: usize) -> Option<T> {
    if all.is_empty() { None } else { all.get(at % all.len()).copied() }
}

/// Does one step, if there is what it is about. A refused one is no fault here.
async fn take(store: &TestStore, step: &Step, number: i64) {
    let (_, now) = store.load_directory().await.unwrap();
    let clients: Vec<_> = now.clients.iter().map(|client| client.id).collect();
    let profiles: Vec<_> = now.profiles.iter().map(|profile| profile.id).collect();
    let collections: Vec<_> = now.collections.iter().map(|found| found.collection.id).collect();
    let policies: Vec<_> = now.policies.iter().map(|policy| policy.id).collect();
    let (who, when, text) = (actor(), at(number), format!("n {number}"));
    let all = |wanted: bool| {
        let terms = Terms { policy_id: policies.first().copied(), ..terms(&collections) };
        (wanted && !collections.is_empty()).then_some(terms)
    };
    match step {
        Step::Client { with_terms } => {
            store.a_client(&text, all(*with_terms)).await;
        }
        Step::Profile { of, own_terms } => {
            let Some(client) = nth(&clients, *of) else { return };
            let profile = new_profile(&text, all(*own_terms), number);
            drop(store.create_profile(&who, when, client, profile).await);
        }
        Step::Collection => drop(store.a_collection_with(&text, &[("GET", "a/{b}")]).await),
        Step::Endpoint(at) => {
            let Some(collection) = nth(&collections, *at) else { return };
            store.an_endpoint(collection, "POST", &format!("p{number}")).await;
        }
        Step::Policy => {
            store.a_policy(&text).await;
        }
        Step::Refresh(at) => {
            let Some(profile) = nth(&profiles, *at) else { return };
            drop(store.refresh_credential(&who, when, profile, fresh(number), None).await);
        }
        Step::RenameClient(at) => {
            let Some(client) = nth(&clients, *at) else { return };
            let update = ClientUpdate { name: Some(name(&text)), ..ClientUpdate::default() };
            drop(store.update_client(&who, when, client, update).await);
        }
        Step::DisableClient(at) => {
            let Some(client) = nth(&clients, *at) else { return };
            let update = ClientUpdate { enabled: Some(false), ..ClientUpdate::default() };
            drop(store.update_client(&who, when, client, update).await);
        }
        Step::Zone => {
            let zone = ZoneName::parse(if number % 2 == 0 { "UTC" } else { "Europe/Berlin" }).unwrap();
            let update = SettingsUpdate { time_zone: Some(zone), ..SettingsUpdate::default() };
            drop(store.update_settings(&who, when, update).await);
        }
        Step::RotateKey => drop(store.rotate_access_token_key(&who, when).await),
        Step::DeleteClient(at) => {
            let Some(client) = nth(&clients, *at) else { return };
            drop(store.delete_client(&who, when, client).await);
        }
        Step::DeleteProfile(at) => {
            let Some(profile) = nth(&profiles, *at) else { return };
            drop(store.delete_profile(&who, when, profile).await);
        }
        Step::DeleteCollection(at) => {
            let Some(collection) = nth(&collections, *at) else { return };
            drop(store.delete_collection(&who, when, collection).await);
        }
        Step::DeletePolicy(at) => {
            let Some(policy) = nth(&policies, *at) else { return };
            drop(store.delete_policy(&who, when, policy).await);
        }
        Step::Copy => {}
    }
}

/// What is on the disk: all rows as of a revision, and what came since.
struct Disk {
    whole: String,
    schema: i64,
    steps: Vec<String>,
    revision: Revision,
}

impl Disk {
    async fn copy(store: &Store) -> Self {
        let copy = store.copy_directory().await.unwrap();
        Self { whole: copy.rows, schema: copy.schema, steps: Vec::new(), revision: copy.revision }
    }

    async fn load(&self, key: &SecretKey) -> Loaded {
        let mut replica = Replica::new(self.schema).await.unwrap();
        replica.put(&self.whole).await.unwrap();
        for rows in &self.steps {
            replica.put(rows).await.unwrap();
        }
        replica.load(key).await.unwrap()
    }
}

/// In an order that both have.
fn shown(mut loaded: Loaded) -> String {
    loaded.revoked.sort_unstable_by_key(|digest| format!("{digest:?}"));
    format!("{loaded:#?}")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_copy_and_the_changes_since_are_the_directory(steps in prop::collection::vec(step(), 1..25)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let store = TestStore::sqlite().await;
            let key = SecretKey::load_or_create(store.folder()).unwrap();
            let mut disk = Disk::copy(&store).await;
            for (step, number) in steps.iter().zip(1..) {
                take(&store, step, number).await;
                if matches!(step, Step::Copy) {
                    disk = Disk::copy(&store).await;
                }
                let news = store.news_since(disk.revision).await.unwrap().unwrap();
                disk.revision = news.revision;
                disk.steps.push(news.rows);
            }
            let (revision, loaded) = store.load_directory().await.unwrap();
            assert_eq!(disk.revision, revision);
            assert_eq!(shown(disk.load(&key).await), shown(loaded));
        });
    }
}

pub(crate) async fn a_copy_holds_no_secret_in_the_clear_and_opens_with_its_key_only(store: TestStore) {
    store.load_access_token_keys(at(0)).await.unwrap();
    let orders = store.a_collection("Orders").await;
    let client = store.a_client("Acme", None).await;
    let mut profile = new_profile("A", None, 1);
    profile.own_terms = Some(jwt_terms(&[orders]));
    store.create_profile(&actor(), at(1), client, profile).await.unwrap();
    let disk = Disk::copy(&store).await;
    assert!(disk.whole.contains("Acme") && !disk.whole.contains(HMAC_SECRET));
    let hex = HMAC_SECRET.bytes().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().concat();
    assert!(!disk.whole.contains(&hex));
    let own = SecretKey::load_or_create(store.folder()).unwrap();
    assert_eq!(disk.load(&own).await.profiles.len(), 1);
    let mut replica = Replica::new(disk.schema).await.unwrap();
    replica.put(&disk.whole).await.unwrap();
    let other = SecretKey::parse(&"b".repeat(64)).unwrap();
    assert!(matches!(replica.load(&other).await, Err(StoreError::WrongKey)));
    assert!(matches!(Replica::new(disk.schema + 1).await, Err(StoreError::NewerSchema { .. })));
}

pub(crate) async fn rows_that_make_no_sense_are_refused(store: TestStore) {
    let schema = store.copy_directory().await.unwrap().schema;
    for rows in ["clients", "nowhere [1]", "!client x", "!planet 1", "clients [1", "members [1]"] {
        let mut replica = Replica::new(schema).await.unwrap();
        assert!(replica.put(rows).await.is_err(), "{rows}");
    }
}

/// Spoils, inside the change's own transaction, what the change writes: as a fault of this program would.
fn spoil(store: &TestStore, on: &str, change: &str) {
    let database = rusqlite::Connection::open(store.folder().join(CONTROL_DB)).unwrap();
    let trigger = format!("create trigger spoil after {on} begin {change}; end");
    database.execute_batch(&trigger).unwrap();
}

fn mend(store: &TestStore) {
    let database = rusqlite::Connection::open(store.folder().join(CONTROL_DB)).unwrap();
    database.execute_batch("drop trigger spoil").unwrap();
}

pub(crate) async fn a_change_that_no_gateway_could_read_is_refused_whole(store: TestStore) {
    let orders = store.a_collection_with("Orders", &[("GET", "a")]).await.collection.id;
    let policy = store.a_policy("Slow").await;
    let client = store.a_client("Acme", Some(Terms { policy_id: Some(policy), ..terms(&[orders]) })).await;
    let profile = store.a_profile(client, "A", None, 1).await;
    let spoiled = [
        ("update on clients", "update clients set email = 'nobody' where id = new.id"),
        ("update on clients", "update terms set method = 'trust' where client_id = new.id"),
        ("insert on credentials", "update access_profiles set ip_allow_list = '{' where id = new.profile_id"),
        ("update on access_policies", "update access_policies set rate_interval = 'fortnight' where id = new.id"),
        ("update on access_policies", "update access_policies set on_store_failure_rate = '?' where id = new.id"),
        ("insert on endpoints", "update api_collections set upstream = '[]' where id = new.collection_id"),
        ("insert on endpoints", "update endpoints set path = '{a}{b}' where id = new.id"),
        ("insert on settings", "update settings set document = '{' where id = 1"),
        ("insert on access_token_keys", "update access_token_keys set sealed = x'00' where id = new.id"),
    ];
    for ((on, change), number) in spoiled.into_iter().zip(10..) {
        let (before, entry) = (store.load_directory().await.unwrap(), store.last_entry().await);
        spoil(&store, on, change);
        let (who, when) = (actor(), at(number));
        let rename = ClientUpdate { name: Some(name("Other")), ..ClientUpdate::default() };
        let policy_rename = PolicyUpdate { name: Some(name("Other")), ..PolicyUpdate::default() };
        let settings = SettingsUpdate { rate_limit_headers: Some(true), ..SettingsUpdate::default() };
        let refused = match on.rsplit(' ').next().unwrap() {
            "clients" => store.update_client(&who, when, client, rename).await.map(drop),
            "credentials" => store.refresh_credential(&who, when, profile, fresh(number), None).await.map(drop),
            "access_policies" => store.update_policy(&who, when, policy, policy_rename).await.map(drop),
            "endpoints" => {
                let new = crate::make::new_endpoint("POST", &format!("b{number}"));
                store.create_endpoint(&who, when, orders, new).await.map(drop)
            }
            "settings" => store.update_settings(&who, when, settings).await.map(drop),
            _ => store.rotate_access_token_key(&who, when).await.map(drop),
        };
        assert!(matches!(refused, Err(StoreError::Corrupt(_) | StoreError::Sealed)), "{change}: {refused:?}");
        mend(&store);
        let after = store.load_directory().await.unwrap();
        assert_eq!((before.0, shown(before.1)), (after.0, shown(after.1)), "{change}");
        assert_eq!(store.last_entry().await.id, entry.id, "{change}");
    }
}

pub(crate) async fn a_database_that_is_gone_says_so_at_once_and_is_found_again(store: TestStore) {
    let path = store.folder().join(CONTROL_DB);
    store.a_client("Acme", None).await;
    let revision = store.look().await.unwrap();
    let elsewhere = store.folder().join("elsewhere");
    std::fs::rename(&path, &elsewhere).unwrap();
    assert!(matches!(store.look().await, Err(StoreError::Away(Away::Missing))));
    assert!(store.is_closed() && store.away_since_look() == Some(Away::Missing));
    let change = store.rotate_access_token_key(&actor(), at(1)).await;
    assert!(matches!(change, Err(StoreError::Away(Away::Missing))));
    assert!(matches!(store.load_directory().await, Err(StoreError::Away(Away::Missing))));
    // Nothing is made anew in its place, and what is no database is not taken for it.
    for wrong in ["", "this is no database, and it is long enough to be looked at: "] {
        assert!(store.find_again().await.is_err());
        std::fs::write(&path, wrong.repeat(20)).unwrap();
        assert!(matches!(store.find_again().await, Err(StoreError::Damaged(_))), "{wrong:?}");
        assert_eq!(store.away_since_look(), Some(Away::Damaged));
    }
    std::fs::rename(&elsewhere, &path).unwrap();
    let (found, loaded, database) = store.find_again().await.unwrap();
    assert_eq!((found, loaded.clients.len()), (revision, 1));
    assert!(store.get_settings().await.is_err(), "not before it is adopted");
    store.adopt(database);
    assert_eq!((store.look().await.unwrap(), store.away_since_look()), (revision, None));
    store.a_client("Other", None).await;
}

pub(crate) async fn the_log_of_a_lost_database_is_not_taken_for_that_of_another(store: TestStore) {
    let path = store.folder().join(CONTROL_DB);
    let elsewhere = store.folder().join("elsewhere");
    // Nothing of this is in the file yet: it is in the log.
    store.a_client("Acme", None).await;
    std::fs::rename(&path, &elsewhere).unwrap();
    assert!(store.look().await.is_err());
    // Another one of the same key.
    let key = SecretKey::load_or_create(store.folder()).unwrap();
    let made = Store::open(&store.folder().join("made.db"), &key).await.unwrap();
    made.close().await;
    std::fs::rename(store.folder().join("made.db"), &path).unwrap();
    let (_, loaded, database) = store.find_again().await.unwrap();
    assert_eq!(loaded.clients.len(), 0);
    store.adopt(database);
    store.a_client("Another", None).await;
    // And the first one comes back, with what is in its log.
    std::fs::rename(&path, store.folder().join("made.db")).unwrap();
    std::fs::rename(&elsewhere, &path).unwrap();
    assert!(matches!(store.look().await, Err(StoreError::Away(Away::Replaced))));
    let (_, loaded, database) = store.find_again().await.unwrap();
    assert_eq!(loaded.clients.iter().map(|client| client.name.to_string()).collect::<Vec<_>>(), ["Acme"]);
    store.adopt(database);
    let database = rusqlite::Connection::open(&path).unwrap();
    let whole: String = database.query_row("pragma integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(whole, "ok");
}

pub(crate) async fn a_database_that_was_there_before_is_never_made_anew(store: TestStore) {
    let folder = store.into_folder().await;
    let key = SecretKey::load_or_create(folder.path()).unwrap();
    let path = folder.path().join(CONTROL_DB);
    Store::open_again(&path, &key).await.unwrap().close().await;
    std::fs::write(&path, "").unwrap();
    assert!(matches!(Store::open_again(&path, &key).await, Err(StoreError::Damaged(_))));
    std::fs::remove_file(&path).unwrap();
    assert!(matches!(Store::open_again(&path, &key).await, Err(StoreError::NotThere)));
    assert!(!path.exists());
}
