//! Settings of the workspace.

use crate::make::{actor, at};
use crate::test_store::TestStore;
use domain::cidr::CidrEntry;
use domain::settings::{Settings, ZoneName};
use store::SettingsUpdate;

pub(crate) async fn a_new_workspace_has_the_default_settings(store: TestStore) {
    assert_eq!(store.get_settings().await.unwrap(), Settings::default());
}

pub(crate) async fn changes_touch_only_what_they_carry_and_last(store: TestStore) {
    let zone = ZoneName::parse("Europe/Berlin").unwrap();
    let update = SettingsUpdate { time_zone: Some(zone.clone()), ..SettingsUpdate::default() };
    let changed = store.update_settings(&actor(), at(1), update).await.unwrap();
    assert_eq!(store.touched(changed.revision).await, ["Settings 1"]);
    let expected = Settings { time_zone: zone, ..Settings::default() };
    assert_eq!(store.expect_event(changed, "settings.updated").await, expected);

    let proxies = vec![CidrEntry::parse("106.226.100.3/20").unwrap()];
    let update = SettingsUpdate {
        trusted_proxies: Some(proxies.clone()),
        outbound_allowed: Some(vec![CidrEntry::parse("10.0.0.0/8").unwrap()]),
        rate_limit_headers: Some(true),
        ..SettingsUpdate::default()
    };
    let changed = store.update_settings(&actor(), at(2), update).await.unwrap().value;
    assert_eq!((&changed.time_zone, &changed.trusted_proxies), (&expected.time_zone, &proxies));
    assert!(changed.rate_limit_headers);
    let entry = store.last_entry().await;
    assert_eq!((entry.resource_kind.as_str(), entry.resource_name.as_str()), ("settings", "settings"));
    assert_eq!(entry.before.unwrap()["rate_limit_headers"], false);
    let after = entry.after.unwrap();
    assert_eq!(
        (&after["time_zone"], &after["trusted_proxies"][0]),
        (&"Europe/Berlin".into(), &"106.226.100.3/20".into())
    );
    let store = store.reopen().await;
    assert_eq!(store.get_settings().await.unwrap(), changed);
}
