//! Seven rounds of one piece of work: the median with the least and the most. The work is told how often it was done
//! before.
#![expect(clippy::disallowed_methods, reason = "a measurement reads the clock")]

use std::time::Instant;

const ROUNDS: usize = 7;

/// Runs the work so often in each round and prints what one costs. Gives the median in nanoseconds.
pub(crate) fn measure(name: &str, times: u32, mut work: impl FnMut(u32)) -> f64 {
    let mut done = 0;
    let mut nanos: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let started = Instant::now();
            (done..done + times).for_each(&mut work);
            done += times;
            started.elapsed().as_secs_f64() * 1e9 / f64::from(times)
        })
        .collect();
    nanos.sort_by(f64::total_cmp);
    let at = |place: usize| nanos.get(place).copied().unwrap_or_default();
    println!("{name:<34} {:>9.0} ns  ({:.0} - {:.0})", at(ROUNDS / 2), at(0), at(ROUNDS - 1));
    at(ROUNDS / 2)
}
