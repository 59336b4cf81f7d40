//! Rate limit by sliding-window log: no interval of that length, wherever it begins, ever sees more starts than the
//! limit.
//!
//! A window that is reset by the clock lets twice the limit through around the reset, and a token bucket (or GCRA)
//! nearly so after a pause; only the times of the last starts themselves keep the promise. A refusal names the time
//! from which it would be an acceptance, so that nobody polls.

use std::collections::VecDeque;

use super::time::{Instant, Millis};

/// At most `limit` starts in any interval; the interval holds its beginning and not its end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RateLimit {
    /// How many; 0 is none ever.
    pub limit: u32,
    /// In how long.
    pub interval: Millis,
}

/// The refusal of a start: not before this time, and then yes, unless somebody else comes first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NotBefore(pub Instant);

/// The starts that still count. Takes memory for those alone, not for the limit.
///
/// `now` never runs backwards from one call to the next.
#[derive(Clone, Debug)]
pub struct Window {
    rate: RateLimit,
    /// In order of time; full once a start has been promised for later, and from then on.
    starts: VecDeque<Instant>,
    /// Promised starts that were given back and still lie ahead: no longer wanted, and yet counted in `starts`.
    /// The earliest is the last.
    returned: Vec<Instant>,
}

impl Window {
    /// Without any start yet.
    #[must_use]
    pub fn new(rate: RateLimit) -> Self {
        Self { rate, starts: VecDeque::new(), returned: Vec::new() }
    }

    /// When the next start may be: `now` if at once.
    #[must_use]
    pub fn earliest(&self, now: Instant) -> Instant {
        if self.starts.len() < self.rate.limit as usize {
            return now;
        }
        self.starts.front().map_or(Instant::NEVER, |oldest| now.max(*oldest + self.rate.interval))
    }

    /// Starts now, if that is allowed.
    ///
    /// # Errors
    /// [`NotBefore`] the time that [`earliest`](Self::earliest) tells; nothing has changed then.
    pub fn start(&mut self, now: Instant) -> Result<(), NotBefore> {
        let earliest = self.earliest(now);
        if earliest > now {
            return Err(NotBefore(earliest));
        }
        self.push(now);
        Ok(())
    }

    /// Promises the next start and tells its time, for whoever sleeps until then on a timer of its own.
    ///
    /// Each promise is counted already: leave early by [`give_back`](Self::give_back).
    pub fn reserve(&mut self, now: Instant) -> Instant {
        self.returned.retain(|at| *at >= now);
        if let Some(at) = self.returned.pop() {
            return at;
        }
        let at = self.earliest(now);
        self.push(at);
        at
    }

    /// Gives back, once, a promise that will not be used: the next [`reserve`](Self::reserve) before its time takes it.
    ///
    /// It is good for that very moment alone: the promises after it were computed from it.
    pub fn give_back(&mut self, mut at: Instant) {
        for other in &mut self.returned {
            if *other < at {
                std::mem::swap(other, &mut at);
            }
        }
        self.returned.push(at);
    }

    /// Takes back a start at `at` that has not happened after all.
    pub fn undo(&mut self, at: Instant) {
        if let Some(place) = self.starts.iter().rposition(|start| *start == at) {
            self.starts.remove(place);
        }
    }

    /// Whether no start counts any more.
    #[must_use]
    pub fn is_idle(&self, now: Instant) -> bool {
        self.starts.back().is_none_or(|last| *last + self.rate.interval <= now)
    }

    fn push(&mut self, at: Instant) {
        // Always so when full, since `at` is no earlier than `earliest`: the log never outgrows the limit.
        if self.starts.front().is_some_and(|oldest| *oldest + self.rate.interval <= at) {
            self.starts.pop_front();
        }
        self.starts.push_back(at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_arch = "wasm32")]
    use crate::testing::test;

    fn at(millis: Millis) -> Instant {
        Instant::from_millis(millis)
    }

    fn window(limit: u32, interval: Millis) -> Window {
        Window::new(RateLimit { limit, interval })
    }

    #[test]
    fn starts_up_to_the_limit_are_free_and_the_next_waits_out_the_interval() {
        let mut window = window(2, 100.0);
        assert_eq!((window.start(at(0.0)), window.start(at(30.0))), (Ok(()), Ok(())));
        assert_eq!(window.start(at(40.0)), Err(NotBefore(at(100.0))));
        assert_eq!(window.start(at(99.0)), Err(NotBefore(at(100.0))));
        assert_eq!(window.start(at(100.0)), Ok(()));
        assert_eq!(window.earliest(at(100.0)), at(130.0));
        assert_eq!(window.earliest(at(500.0)), at(500.0));
    }

    #[test]
    fn a_start_counts_to_the_end_of_its_interval() {
        let mut window = window(2, 100.0);
        assert_eq!((window.start(at(0.0)), window.start(at(99.5))), (Ok(()), Ok(())));
        assert_eq!(window.start(at(99.5)), Err(NotBefore(at(100.0))));
    }

    #[test]
    fn a_refusal_burns_nothing() {
        let mut window = window(1, 100.0);
        assert_eq!(window.start(at(0.0)), Ok(()));
        for _ in 0..10 {
            assert_eq!(window.start(at(50.0)), Err(NotBefore(at(100.0))));
        }
        assert_eq!(window.start(at(100.0)), Ok(()));
    }

    #[test]
    fn promises_line_up_one_interval_after_another() {
        let mut window = window(2, 100.0);
        let promised: Vec<_> = (0..5).map(|_| window.reserve(at(7.0)).as_millis()).collect();
        assert_eq!(promised, [7.0, 7.0, 107.0, 107.0, 207.0]);
        assert_eq!(window.start(at(150.0)), Err(NotBefore(at(207.0))));
    }

    #[test]
    fn a_promise_given_back_goes_to_the_next_who_asks_in_time() {
        let mut window = window(1, 100.0);
        let promised: Vec<_> = (0..4).map(|_| window.reserve(at(0.0))).collect();
        assert_eq!(promised, [0.0, 100.0, 200.0, 300.0].map(at));
        for early in [at(200.0), at(100.0), at(300.0)] {
            window.give_back(early);
        }
        assert_eq!(window.reserve(at(100.0)), at(100.0));
        assert_eq!(window.reserve(at(200.5)), at(300.0), "the one at 200 is past");
        assert_eq!(window.reserve(at(200.5)), at(400.0));
    }

    #[test]
    fn memory_follows_the_starts_that_count_and_not_the_limit() {
        let mut window = window(1_000_000, 100.0);
        assert_eq!(window.starts.capacity(), 0);
        for turn in 0..10_000 {
            assert_eq!(window.start(at(f64::from(turn) * 10.0)), Ok(()));
        }
        assert!(window.starts.capacity() < 20, "{}", window.starts.capacity());
    }

    #[test]
    fn a_limit_of_none_and_an_endless_interval_never_let_go() {
        let mut none = window(0, 100.0);
        assert_eq!(none.start(at(0.0)), Err(NotBefore(Instant::NEVER)));
        let mut once = window(1, f64::INFINITY);
        assert_eq!((once.start(at(0.0)), once.start(at(1e300))), (Ok(()), Err(NotBefore(Instant::NEVER))));
        for _ in 0..1000 {
            assert_eq!((none.reserve(at(0.0)), once.reserve(at(0.0))), (Instant::NEVER, Instant::NEVER));
        }
        assert!(none.starts.len() <= 1 && once.starts.len() <= 1);
    }

    #[test]
    fn an_interval_of_nothing_limits_nothing() {
        let mut window = window(1, 0.0);
        assert!((0..9).all(|_| window.start(at(5.0)).is_ok()));
    }

    #[cfg(not(target_arch = "wasm32"))]
    mod properties {
        use super::*;
        use proptest::prelude::*;

        #[derive(Clone, Copy, Debug)]
        enum Step {
            Start,
            Reserve,
            /// The promise to give back, counted from the latest.
            GiveBack(usize),
        }

        /// Steps and the time before each, in eighths of a millisecond, so that sums of them are exact.
        fn story(step: impl Strategy<Value = Step>) -> impl Strategy<Value = (RateLimit, Vec<(Millis, Step)>)> {
            let pause =
                prop_oneof![Just(0), 0..8u32, 0..80u32, 0..2000u32].prop_map(|eighths| f64::from(eighths) / 8.0);
            let rate = (1..6u32, prop_oneof![1..8u32, 1..800u32])
                .prop_map(|(limit, eighths)| (limit, f64::from(eighths) / 8.0));
            (rate, prop::collection::vec((pause, step), 1..120))
                .prop_map(|((limit, interval), steps)| (RateLimit { limit, interval }, steps))
        }

        fn start_or_reserve() -> impl Strategy<Value = Step> {
            prop::sample::select(vec![Step::Start, Step::Reserve])
        }

        fn any_step() -> impl Strategy<Value = Step> {
            prop_oneof![start_or_reserve(), start_or_reserve(), (0..6usize).prop_map(Step::GiveBack)]
        }

        /// All starts that happened or were promised and kept.
        fn starts_of(rate: RateLimit, steps: &[(Millis, Step)]) -> Vec<Millis> {
            let (mut window, mut now, mut starts) = (Window::new(rate), 0.0, Vec::new());
            for (pause, step) in steps {
                now += pause;
                match step {
                    Step::Start => starts.extend(window.start(at(now)).ok().map(|()| now)),
                    Step::Reserve => starts.push(window.reserve(at(now)).as_millis()),
                    Step::GiveBack(nth) => {
                        let index = starts.len().wrapping_sub(1 + nth);
                        if starts.get(index).is_some_and(|start| *start > now) {
                            window.give_back(at(starts.remove(index)));
                        }
                    }
                }
            }
            starts
        }

        proptest! {
            #[test]
            fn no_interval_ever_sees_more_than_the_limit((rate, steps) in story(any_step())) {
                let starts = starts_of(rate, &steps);
                // The fullest interval begins with a start or ends just after one.
                for begin in starts.iter().flat_map(|start| [*start, start - rate.interval + 0.125]) {
                    let seen = starts.iter().filter(|start| (begin..begin + rate.interval).contains(*start)).count();
                    prop_assert!(seen <= rate.limit as usize, "{seen} from {begin} on: {starts:?}");
                }
            }

            #[test]
            fn a_refused_start_is_refused_before_the_announced_time_and_allowed_at_it(
                (rate, steps) in story(start_or_reserve()),
                fractions in prop::collection::vec(0.0..1.0, 1..8),
            ) {
                let (mut window, mut now) = (Window::new(rate), 0.0);
                for (pause, step) in steps {
                    now += pause;
                    if let Step::Reserve = step {
                        window.reserve(at(now));
                    } else if let Err(NotBefore(announced)) = window.start(at(now)) {
                        prop_assert!(announced > at(now));
                        let instants = fractions.iter().map(|fraction| at(now) + announced.since(at(now)) * fraction);
                        for early in instants.chain([at(announced.as_millis().next_down())]) {
                            prop_assert_eq!(window.clone().start(early), Err(NotBefore(announced)));
                        }
                        prop_assert_eq!(window.clone().start(announced), Ok(()));
                    }
                }
            }

            #[test]
            fn nobody_waits_longer_than_a_full_log_demands((rate, steps) in story(start_or_reserve())) {
                let (mut window, mut now, mut log) = (Window::new(rate), 0.0, Vec::new());
                for (pause, step) in steps {
                    now += pause;
                    let counted = log.len().checked_sub(rate.limit as usize).and_then(|index| log.get(index));
                    let expected = counted.map_or(now, |oldest: &Millis| now.max(oldest + rate.interval));
                    prop_assert_eq!(window.earliest(at(now)), at(expected));
                    let happens = if let Step::Reserve = step {
                        prop_assert_eq!(window.reserve(at(now)), at(expected));
                        true
                    } else {
                        window.start(at(now)).is_ok()
                    };
                    prop_assert_eq!(happens, expected <= now || matches!(step, Step::Reserve));
                    if happens {
                        log.push(expected);
                    }
                    prop_assert!(window.starts.len() <= rate.limit as usize);
                }
            }
        }
    }
}
