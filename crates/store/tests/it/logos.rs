//! Logos of clients.

use crate::make::{actor, at};
use crate::test_store::{TestStore, expect_not_found};
use domain::ClientId;
use store::{Logo, LogoSize};

fn logo(byte: u8) -> Logo {
    Logo { png_128: vec![byte; 10], png_256: vec![byte; 20] }
}

pub(crate) async fn logos_come_in_two_sizes_with_a_rising_version(store: TestStore) {
    let id = store.a_client("Acme", None).await;
    expect_not_found(store.get_logo(id, LogoSize::Px128).await, "logo");
    expect_not_found(store.get_logo(ClientId(99), LogoSize::Px128).await, "client");
    let put = store.put_logo(&actor(), at(1), id, logo(1)).await.unwrap();
    assert_eq!(store.touched(put.revision).await, [""; 0]);
    let first = store.expect_event(put, "client.logo_changed").await.client.logo_version.unwrap();
    assert_eq!(store.get_logo(id, LogoSize::Px128).await.unwrap(), vec![1; 10]);
    assert_eq!(store.get_logo(id, LogoSize::Px256).await.unwrap(), vec![1; 20]);
    // The clock stands still: the version rises all the same.
    let second = store.put_logo(&actor(), at(1), id, logo(2)).await.unwrap().value.client.logo_version.unwrap();
    assert!(second > first);
    assert_eq!(store.get_logo(id, LogoSize::Px256).await.unwrap(), vec![2; 20]);
    expect_not_found(store.put_logo(&actor(), at(1), ClientId(99), logo(3)).await, "client");
}

pub(crate) async fn deleted_logos_are_gone(store: TestStore) {
    let id = store.a_client("Acme", None).await;
    expect_not_found(store.delete_logo(&actor(), at(1), id).await, "logo");
    store.put_logo(&actor(), at(1), id, logo(1)).await.unwrap();
    let deleted = store.delete_logo(&actor(), at(2), id).await.unwrap();
    assert_eq!(store.expect_event(deleted, "client.logo_deleted").await.client.logo_version, None);
    expect_not_found(store.get_logo(id, LogoSize::Px256).await, "logo");
}
