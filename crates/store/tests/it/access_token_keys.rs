//! Keys for access tokens.

use crate::make::{actor, at};
use crate::test_store::TestStore;
use domain::access_token::{AccessToken, AccessTokenFault, AccessTokenKeys};
use domain::secret::Secret;
use domain::{CredentialId, ProfileId};

const HOUR: i64 = 3600;

fn token() -> AccessToken {
    AccessToken { profile: ProfileId(7), credential: CredentialId(9), issued_at: 1, expires_at: 2 }
}

fn issue(keys: &AccessTokenKeys) -> Secret {
    keys.issue(&token()).unwrap()
}

pub(crate) async fn the_first_key_is_made_once(store: TestStore) {
    assert!(store.load_directory().await.unwrap().1.access_token_keys.issue(&token()).is_none());
    assert_eq!(store.access_token_key_made_at().await.unwrap(), None);
    let keys = store.load_access_token_keys(at(0)).await.unwrap();
    assert_eq!(store.access_token_key_made_at().await.unwrap(), Some(at(0)));
    let revision = store.current_revision().await.unwrap();
    assert_eq!(store.touched(revision).await, ["AccessTokenKeys 1"]);
    assert_eq!(store.last_entry().await.event_type, "access_token_key.created");
    let text = issue(&keys);
    let store = store.reopen().await;
    let again = store.load_access_token_keys(at(1)).await.unwrap();
    assert_eq!(again.read(text.expose().as_bytes(), at(1)), Ok(token()));
    let loaded = store.load_directory().await.unwrap().1.access_token_keys;
    assert_eq!(loaded.read(text.expose().as_bytes(), at(1)), Ok(token()));
    assert_eq!(store.current_revision().await.unwrap(), revision);
}

pub(crate) async fn a_former_key_is_good_for_an_hour_more(store: TestStore) {
    let first = issue(&store.load_access_token_keys(at(0)).await.unwrap());
    let rotated = store.rotate_access_token_key(&actor(), at(100)).await.unwrap();
    assert_eq!(store.touched(rotated.revision).await, ["AccessTokenKeys 1"]);
    store.expect_event(rotated, "access_token_key.rotated").await;
    let keys = store.load_access_token_keys(at(100)).await.unwrap();
    let second = issue(&keys);
    let read = |keys: &AccessTokenKeys, text: &Secret, now: i64| keys.read(text.expose().as_bytes(), at(now));
    assert_eq!(read(&keys, &first, 100 + HOUR - 1), Ok(token()));
    assert_eq!(read(&keys, &first, 100 + HOUR), Err(AccessTokenFault::Forged));
    assert_eq!(read(&keys, &second, 100 + 9 * HOUR), Ok(token()));

    store.rotate_access_token_key(&actor(), at(200)).await.unwrap();
    let keys = store.load_access_token_keys(at(200)).await.unwrap();
    assert_eq!((read(&keys, &first, 201), read(&keys, &second, 201)), (Ok(token()), Ok(token())));
    assert_ne!(issue(&keys).expose(), second.expose());
}

pub(crate) async fn a_key_can_be_made_before_anybody_asked_for_one(store: TestStore) {
    store.rotate_access_token_key(&actor(), at(0)).await.unwrap();
    let revision = store.current_revision().await.unwrap();
    issue(&store.load_access_token_keys(at(1)).await.unwrap());
    assert_eq!(store.current_revision().await.unwrap(), revision);
}
