//! What a directory costs: memory of an idle profile, and one change.

use crate::counters::resident;
use crate::rounds::measure;
use crate::workspace;
use domain::ids::Revision;
use std::hint::black_box;

/// Prints the bytes of a profile that is never called, with its part of the clients, in a directory of this many.
pub(crate) fn memory(profiles: u32) {
    let before = resident();
    let directory = workspace::directory(profiles);
    let bytes = (resident() - before) / f64::from(profiles.max(1));
    println!("an idle profile of {profiles}  {bytes:.1} bytes");
    drop(directory);
}

/// Measures one change, from the delta to the changed directory; the former one lives on, as while requests hold it.
pub(crate) fn apply(profiles: u32) {
    let profiles = profiles.max(1);
    let directory = workspace::directory(profiles);
    measure(&format!("one changed profile of {profiles}"), 10_000, |at| {
        let number = u32::try_from(u64::from(at) * 2_654_435_761 % u64::from(profiles)).unwrap_or(0);
        black_box(directory.apply(Revision(2), [workspace::profile(number)]));
    });
}
