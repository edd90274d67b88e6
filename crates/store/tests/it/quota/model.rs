//! The whole quota path against the model, with the real file.

use super::File;
use super::world::{Authority, STARTS, World, ZONES, interval, limit, step};
use domain::limits::{Exchange, Leased, QuotaBasis, QuotaCount, QuotaTerms, SubjectKey};
use domain::time::Timestamp;
use proptest::prelude::*;
use store::QuotaStore;
use tokio::runtime::{Builder, Runtime};

struct FileAuthority {
    file: File,
    store: Option<QuotaStore>,
    runtime: Runtime,
}

impl FileAuthority {
    fn new() -> Self {
        let file = File::new();
        let store = Some(file.open());
        Self { file, store, runtime: Builder::new_current_thread().build().unwrap() }
    }

    fn store(&self) -> &QuotaStore {
        self.store.as_ref().unwrap()
    }
}

impl Authority for FileAuthority {
    fn exchange(&mut self, now: Timestamp, batch: &[Exchange]) -> Vec<Option<Leased>> {
        self.runtime.block_on(self.store().exchange(now, batch.into())).unwrap()
    }

    fn rebase(&mut self, now: Timestamp, key: SubjectKey, basis: &QuotaBasis) {
        self.runtime.block_on(self.store().rebase(now, vec![(key, basis.clone())])).unwrap();
    }

    fn grant(&mut self, now: Timestamp, terms: &QuotaTerms, amount: u32) -> QuotaCount {
        self.runtime.block_on(self.store().grant(now, terms.clone(), amount)).unwrap()
    }

    fn reset(&mut self, now: Timestamp, terms: &QuotaTerms) -> QuotaCount {
        self.runtime.block_on(self.store().reset(now, terms.clone())).unwrap()
    }

    fn read(&mut self, now: Timestamp, terms: &QuotaTerms) -> QuotaCount {
        self.runtime.block_on(self.store().read(now, vec![terms.clone()])).unwrap()[0]
    }

    fn crash(&mut self) {
        self.store = None;
        self.store = Some(self.file.open());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn quotas_are_exact_through_changes_clock_steps_crashes_and_a_missing_authority(
        limits in prop::array::uniform3((limit(), interval())),
        start in 0..STARTS.len(),
        zone in 0..ZONES.len(),
        steps in prop::collection::vec(step(), 1..25),
    ) {
        let mut world = World::new(FileAuthority::new(), limits, STARTS[start], ZONES[zone]);
        for step in &steps {
            world.step(step);
        }
        world.reconcile();
    }
}
