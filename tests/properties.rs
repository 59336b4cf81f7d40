//! Random batches in virtual time, and random steps of the state machines, held against what must be true of all.
//!
//! A failure prints its seed: `FANFETCH_SEED=n cargo test --test properties` runs that batch alone.
#![cfg(not(target_arch = "wasm32"))]

#[path = "sim/oracle.rs"]
mod oracle;
#[path = "sim/random.rs"]
mod random;
mod sim;

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

/// The state machine behind the slots against a plain list of who runs and who waits.
mod admission {
    use fanfetch::core::admission::{Admission, HostId, Limits, Rate, Ticket, Who};
    use fanfetch::core::rate::RateLimit;
    use fanfetch::core::{Instant, Millis};
    use proptest::prelude::*;

    #[derive(Clone, Copy, Debug)]
    enum Step {
        Ask(HostId, i8),
        Finish(usize),
        /// The latest grant comes to nothing.
        TakeBack,
        Leave(usize),
        Pass(u16),
        /// On to the time that was announced.
        Await,
        Concurrency(u32),
        Pause(bool),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            8 => (0..4u32, -1..2i8).prop_map(|(host, priority)| Step::Ask(host, priority)),
            4 => (0..9usize).prop_map(Step::Finish),
            1 => Just(Step::TakeBack),
            2 => (0..9usize).prop_map(Step::Leave),
            2 => (0..90u16).prop_map(Step::Pass),
            2 => Just(Step::Await),
            1 => (1..6u32).prop_map(Step::Concurrency),
            1 => any::<bool>().prop_map(Step::Pause),
        ]
    }

    fn limits() -> impl Strategy<Value = Limits> {
        let rate = (1..4u32, 1..80u16, any::<bool>()).prop_map(|(limit, interval, per_host)| Rate {
            limit: RateLimit { limit, interval: f64::from(interval) },
            per_host,
        });
        (1..6u32, prop_oneof![Just(u32::MAX), 1..4u32], prop::option::of(rate))
            .prop_map(|(concurrency, per_host, rate)| Limits { concurrency, per_host, rate })
    }

    struct Waiter {
        who: Who,
        host: HostId,
        priority: i8,
        ticket: Ticket,
    }

    struct Model {
        machine: Admission,
        limits: Limits,
        paused: bool,
        now: Instant,
        running: Vec<HostId>,
        waiting: Vec<Waiter>,
        starts: Vec<(HostId, Instant)>,
        names: Who,
    }

    impl Model {
        fn new(limits: Limits) -> Self {
            let mut machine = Admission::new(limits);
            (0..4).for_each(|host| machine.adopt(host));
            let (now, names, paused) = (Instant::default(), 0, false);
            Self { machine, limits, paused, now, running: vec![], waiting: vec![], starts: vec![], names }
        }

        fn has_room(&self) -> bool {
            !self.paused && self.running.len() < self.limits.concurrency as usize
        }

        fn has_slot(&self, host: HostId) -> bool {
            self.running.iter().filter(|other| **other == host).count() < self.limits.per_host as usize
        }

        fn has_token(&self, host: HostId, time: Instant) -> bool {
            self.limits.rate.is_none_or(|rate| {
                let counts = |start: &&(HostId, Instant)| {
                    (!rate.per_host || start.0 == host) && start.1 + rate.limit.interval > time
                };
                self.starts.iter().filter(counts).count() < rate.limit.limit as usize
            })
        }

        fn may_start(&self, host: HostId) -> bool {
            self.has_room() && self.has_slot(host) && self.has_token(host, self.now)
        }

        fn start(&mut self, host: HostId) {
            self.running.push(host);
            self.starts.push((host, self.now));
        }

        fn take(&mut self, step: Step) {
            match step {
                Step::Ask(host, priority) => {
                    let at_once = self.may_start(host) && self.waiting.iter().all(|waiter| waiter.host != host);
                    assert_eq!(self.machine.start(host, self.now), at_once, "nobody overtakes, nobody waits in vain");
                    if at_once {
                        return self.start(host);
                    }
                    let (who, ticket) = (self.names, self.machine.join(host, f64::from(priority), self.names));
                    self.names += 1;
                    self.waiting.push(Waiter { who, host, priority, ticket });
                }
                Step::Finish(nth) if !self.running.is_empty() => {
                    let host = self.running.remove(nth % self.running.len());
                    self.machine.finish(host);
                }
                Step::TakeBack if self.starts.last().is_some_and(|start| start.1 == self.now) => {
                    let (host, time) = self.starts[self.starts.len() - 1];
                    if let Some(place) = self.running.iter().rposition(|other| *other == host) {
                        self.running.remove(place);
                        self.starts.pop();
                        self.machine.take_back(host, time);
                    }
                }
                Step::Leave(nth) if !self.waiting.is_empty() => {
                    let waiter = self.waiting.remove(nth % self.waiting.len());
                    self.machine.leave(waiter.ticket);
                }
                Step::Pass(millis) => self.now = self.now + Millis::from(millis),
                Step::Await => {
                    let time = self.machine.next_time(self.now);
                    if time < Instant::NEVER {
                        assert!(time > self.now, "the announced time lies ahead");
                        let just_before = Instant::from_millis(time.as_millis().next_down());
                        assert_eq!(self.machine.next(just_before), None, "refused before the announced time");
                        self.now = time;
                    }
                }
                Step::Concurrency(concurrency) => {
                    self.limits.concurrency = concurrency;
                    self.machine.set_concurrency(concurrency);
                }
                Step::Pause(paused) => {
                    self.paused = paused;
                    self.machine.set_paused(paused);
                }
                Step::Finish(_) | Step::TakeBack | Step::Leave(_) => {}
            }
        }

        fn drain(&mut self) {
            while let Some(who) = self.machine.next(self.now) {
                let place = self.waiting.iter().position(|waiter| waiter.who == who).expect("one who waits");
                let Waiter { host, priority, .. } = self.waiting.remove(place);
                assert!(self.may_start(host), "{who} starts above a limit");
                let ahead = |(other, waiter): (usize, &Waiter)| {
                    waiter.host == host && (waiter.priority > priority || waiter.priority == priority && other < place)
                };
                assert!(!self.waiting.iter().enumerate().any(ahead), "{who} overtakes");
                self.start(host);
            }
        }

        fn check(&self) {
            let could = self.waiting.iter().find(|waiter| self.may_start(waiter.host));
            assert!(could.is_none(), "{} could start and was not named", could.unwrap().who);
            assert_eq!(self.machine.in_flight() as usize, self.running.len());
            assert_eq!(self.machine.queued() as usize, self.waiting.len());
            let own = |waiter: &Waiter| {
                let per_host = self.limits.rate.is_some_and(|rate| rate.per_host);
                self.has_slot(waiter.host) && (!per_host || self.has_token(waiter.host, self.now))
            };
            let vacant = self.machine.is_vacant(0);
            assert!(!vacant || self.has_room() && !self.waiting.iter().any(own), "a slot that somebody waits for");
            assert!(vacant || !self.has_room() || !self.waiting.is_empty(), "a slot that nobody is offered");
            if self.machine.next_time(self.now) == Instant::NEVER {
                let in_time = |waiter: &Waiter| self.has_room() && self.has_slot(waiter.host);
                assert!(!self.waiting.iter().any(in_time), "someone waits for a time that nobody announced");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn it_agrees_with_a_plain_list(limits in limits(), steps in prop::collection::vec(step(), 1..80)) {
            let mut model = Model::new(limits);
            for step in steps {
                model.take(step);
                model.drain();
                model.check();
            }
        }
    }
}
