//! The whole quota path against the model, with the authority in memory.

use super::fake::Fake;
use super::world::{STARTS, World, ZONES, interval, limit, step};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn quotas_are_exact_through_changes_clock_steps_crashes_and_a_missing_authority(
        limits in prop::array::uniform3((limit(), interval())),
        start in 0..STARTS.len(),
        zone in 0..ZONES.len(),
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let mut world = World::new(Fake::default(), limits, STARTS[start], ZONES[zone]);
        for step in &steps {
            world.step(step);
        }
        world.reconcile();
    }
}
