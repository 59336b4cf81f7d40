//! Random batches in virtual time, and random steps of the state machines, held against what must be true of all.
//!
//! A failure prints its seed: `FANFETCH_SEED=n cargo test --test properties` runs that batch alone.

mod bounds;
mod model;
mod oracle;
mod random;
use std::thread;

/// Random batches in a run of the tests.
const BATCHES: u64 = 100_000;

/// Names the seed of a batch that failed.
struct Named(u64);

impl Drop for Named {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("again by: FANFETCH_SEED={} cargo test --test properties", self.0);
        }
    }
}

fn run(seed: u64) -> usize {
    let _named = Named(seed);
    let case = random::Case::draw(seed);
    case.stage.run();
    bounds::check(&case);
    oracle::check(&case);
    case.stage.log.borrow().len()
}

#[test]
fn any_batch_keeps_its_promises() {
    if let Ok(seed) = std::env::var("FANFETCH_SEED") {
        run(seed.parse().expect("a seed is a number"));
        return;
    }
    let threads = thread::available_parallelism().map_or(2, usize::from) as u64;
    let fetches: usize = thread::scope(|scope| {
        let part = |first| move || (first..BATCHES).step_by(threads as usize).map(run).sum::<usize>();
        let parts: Vec<_> = (0..threads).map(|first| scope.spawn(part(first))).collect();
        parts.into_iter().map(|part| part.join().expect("a batch that keeps its promises")).sum()
    });
    assert!(fetches > 10 * BATCHES as usize, "batches that do next to nothing prove as much: {fetches}");
}
