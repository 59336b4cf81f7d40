//! Rate limit by sliding-window log: no interval of the given length, wherever it begins, ever sees more starts than the
//! limit.
//!
//! A window that is reset by the clock lets twice the limit through around the reset, and a token bucket (or GCRA)
//! nearly so after a pause; only the times of the last starts themselves keep the promise. A refusal gives the
//! earliest time of a start, so that no caller polls.
//!
//! Holders that cannot wake one another share a window by *reservations*: a holder that has to wait takes one, sleeps until
//! its time on its own timer, and starts then. A reservation keeps later holders back, and counts as a start only when it
//! becomes one: a holder that sleeps too long makes no window fuller than it is.

use std::collections::VecDeque;

use super::time::{Instant, Millis};

/// Number of a holder, which starts and reserves in a window.
pub type Holder = u32;

/// At most `limit` starts in any interval; the interval holds its beginning and not its end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RateLimit {
    /// Most starts in an interval; 0 forbids all.
    pub limit: u32,
    /// Length of an interval, in milliseconds.
    pub interval: Millis,
}

/// Milliseconds after its time in which an unused reservation lapses: its holder may have been dropped.
const LEASE: Millis = 1000.0;

/// Starts that still count, and reservations. Its memory grows with those, not with the limit.
#[derive(Clone, Debug)]
pub struct Window {
    rate: RateLimit,
    /// Sorted by time.
    starts: VecDeque<Instant>,
    /// Sorted by the order in which they were taken.
    reservations: Vec<Reservation>,
    holders: Holder,
}

/// A future start.
#[derive(Clone, Copy, Debug)]
struct Reservation {
    /// `None` once cancelled: free for any holder before its time.
    holder: Option<Holder>,
    /// Time that was announced to its holder.
    time: Instant,
    /// Time after which it has lapsed.
    until: Instant,
}

impl Window {
    /// Creates a window without any start.
    #[must_use]
    pub fn new(rate: RateLimit) -> Self {
        Self { rate, starts: VecDeque::new(), reservations: Vec::new(), holders: 0 }
    }

    /// Adds a holder.
    pub fn add_holder(&mut self) -> Holder {
        self.holders += 1;
        self.holders
    }

    /// Returns the earliest next start of `holder`; `now` if at once.
    #[must_use]
    pub fn earliest(&self, now: Instant, holder: Holder) -> Instant {
        let mut valid = self.reservations.iter().filter(|place| place.until >= now);
        let ahead = valid.clone().count();
        self.time_of(valid.position(|place| place.is_for(holder)).unwrap_or(ahead), now)
    }

    /// Counts a start of `holder`, which [`earliest`](Self::earliest) allowed.
    pub fn start(&mut self, now: Instant, holder: Holder) {
        self.lapse(now);
        if let Some(place) = self.reservations.iter().position(|place| place.is_for(holder)) {
            self.reservations.remove(place);
        }
        // The clocks of two holders may differ by a hair.
        let now = self.starts.back().map_or(now, |last| now.max(*last));
        while self.starts.front().is_some_and(|oldest| *oldest + self.rate.interval <= now) {
            self.starts.pop_front();
        }
        self.starts.push_back(now);
    }

    /// Reserves the next start of `holder`, unless it has a reservation; returns its time. To be called again at that time,
    /// which moves back where other holders were late; later holders never overtake.
    pub fn reserve(&mut self, now: Instant, holder: Holder) -> Instant {
        self.lapse(now);
        let place = self.reservations.iter().position(|place| place.is_for(holder)).unwrap_or(self.reservations.len());
        let time = self.time_of(place, now);
        let taken = Reservation { holder: Some(holder), time, until: time + LEASE };
        match self.reservations.get_mut(place) {
            Some(found) if found.holder.is_some() => *found = taken,
            Some(found) => {
                *found = taken;
                self.vacate(holder, place + 1);
            }
            None => self.reservations.push(taken),
        }
        time
    }

    /// Cancels the reservation of `holder`, if any: the next holder that reserves before its time takes it over.
    ///
    /// It stays valid until then, since the holders behind it sleep until times that were computed from it.
    pub fn cancel_reservation(&mut self, holder: Holder) {
        self.vacate(holder, 0);
    }

    /// Removes the start at `at`, which was not used.
    pub fn undo(&mut self, at: Instant) {
        // By this and not by `VecDeque::remove`, which weighs a kilobyte. It is nearly always the last.
        let Some(mut place) = self.starts.iter().rposition(|start| *start == at) else { return };
        while place + 1 < self.starts.len() {
            self.starts.swap(place, place + 1);
            place += 1;
        }
        self.starts.pop_back();
    }

    /// Returns whether no start or reservation counts any more.
    #[must_use]
    pub fn is_idle(&self, now: Instant) -> bool {
        self.starts.back().is_none_or(|last| *last + self.rate.interval <= now)
            && self.reservations.iter().all(|place| place.until < now)
    }

    /// Computes the time of the reservation at an index: one interval after the start, or reservation, `limit` places before
    /// it.
    fn time_of(&self, place: usize, now: Instant) -> Instant {
        let limit = self.rate.limit as usize;
        if limit == 0 {
            return Instant::NEVER;
        }
        let (mut place, mut intervals) = (self.starts.len() + place, 0.0);
        while let Some(before) = place.checked_sub(limit) {
            if let Some(start) = self.starts.get(before) {
                return now.max(*start + self.rate.interval) + intervals;
            }
            place = before;
            intervals += self.rate.interval;
        }
        now + intervals
    }

    fn vacate(&mut self, holder: Holder, from: usize) {
        if let Some(place) = self.reservations.iter_mut().skip(from).find(|place| place.holder == Some(holder)) {
            *place = Reservation { holder: None, until: place.time, ..*place };
        }
        while self.reservations.last().is_some_and(|place| place.holder.is_none()) {
            self.reservations.pop();
        }
    }

    fn lapse(&mut self, now: Instant) {
        self.reservations.retain(|place| place.until >= now);
    }
}

impl Reservation {
    fn is_for(self, holder: Holder) -> bool {
        self.holder.is_none_or(|owner| owner == holder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_arch = "wasm32")]
    use crate::testing::test;

    const ME: Holder = 0;

    fn at(millis: Millis) -> Instant {
        Instant::from_millis(millis)
    }

    fn window(limit: u32, interval: Millis) -> Window {
        Window::new(RateLimit { limit, interval })
    }

    /// Starts if that is allowed, or tells when it will be.
    fn start(window: &mut Window, now: Millis, holder: Holder) -> Result<(), Millis> {
        let earliest = window.earliest(at(now), holder);
        if earliest > at(now) {
            return Err(earliest.as_millis());
        }
        window.start(at(now), holder);
        Ok(())
    }

    fn reserve(window: &mut Window, now: Millis, holder: Holder) -> Millis {
        window.reserve(at(now), holder).as_millis()
    }

    #[test]
    fn starts_up_to_the_limit_are_free_and_the_next_waits() {
        let mut window = window(2, 100.0);
        assert_eq!((start(&mut window, 0.0, ME), start(&mut window, 30.0, ME)), (Ok(()), Ok(())));
        assert_eq!(start(&mut window, 40.0, ME), Err(100.0));
        assert_eq!(start(&mut window, 99.0, ME), Err(100.0));
        assert_eq!(start(&mut window, 100.0, ME), Ok(()));
        assert_eq!(window.earliest(at(100.0), ME), at(130.0));
        assert_eq!(window.earliest(at(500.0), ME), at(500.0));
    }

    #[test]
    fn a_start_counts_to_the_end_of_its_interval() {
        let mut window = window(2, 100.0);
        assert_eq!((start(&mut window, 0.0, ME), start(&mut window, 99.5, ME)), (Ok(()), Ok(())));
        assert_eq!(start(&mut window, 99.5, ME), Err(100.0));
    }

    #[test]
    fn an_undone_start_consumes_no_token() {
        let mut window = window(1, 100.0);
        assert_eq!(start(&mut window, 0.0, ME), Ok(()));
        window.undo(at(0.0));
        assert_eq!(start(&mut window, 50.0, ME), Ok(()));
    }

    #[test]
    fn an_undone_start_leaves_those_before_and_after_it() {
        let mut window = window(3, 100.0);
        assert!([0.0, 10.0, 20.0].iter().all(|now| start(&mut window, *now, ME).is_ok()));
        window.undo(at(10.0));
        assert_eq!((start(&mut window, 30.0, ME), start(&mut window, 31.0, ME)), (Ok(()), Err(100.0)));
        assert_eq!((start(&mut window, 100.0, ME), start(&mut window, 101.0, ME)), (Ok(()), Err(120.0)));
    }

    #[test]
    fn reservations_line_up_one_interval_after_another() {
        let mut window = window(2, 100.0);
        let times: Vec<_> = (1..6).map(|holder| reserve(&mut window, 7.0, holder)).collect();
        assert_eq!(times, [7.0, 7.0, 107.0, 107.0, 207.0]);
        assert_eq!(start(&mut window, 107.0, ME), Err(307.0), "behind them all");
        assert_eq!(reserve(&mut window, 7.0, 3), 107.0, "a holder keeps its reservation");
    }

    #[test]
    fn a_late_holder_delays_the_reservations_behind_it() {
        let mut window = window(1, 100.0);
        let times: Vec<_> = (1..4).map(|holder| reserve(&mut window, 0.0, holder)).collect();
        assert_eq!(times, [0.0, 100.0, 200.0]);
        assert_eq!(start(&mut window, 0.0, 1), Ok(()));
        assert_eq!(start(&mut window, 105.0, 2), Ok(()));
        assert_eq!(start(&mut window, 200.0, 3), Err(205.0));
        assert_eq!(start(&mut window, 205.0, 3), Ok(()));
    }

    #[test]
    fn an_unused_reservation_holds_others_until_it_lapses() {
        let mut window = window(1, 100.0);
        assert_eq!(start(&mut window, 0.0, 1), Ok(()));
        assert_eq!((reserve(&mut window, 0.0, 1), reserve(&mut window, 0.0, 2)), (100.0, 200.0));
        let lapsed = 100.0 + LEASE;
        assert_eq!(reserve(&mut window, lapsed, 2), lapsed + 100.0);
        assert_eq!(start(&mut window, lapsed + 0.5, 2), Ok(()));
    }

    #[test]
    fn a_cancelled_reservation_goes_to_the_next_holder() {
        let mut window = window(1, 100.0);
        let times: Vec<_> = (1..6).map(|holder| reserve(&mut window, 0.0, holder)).collect();
        assert_eq!(times, [0.0, 100.0, 200.0, 300.0, 400.0]);
        window.start(at(0.0), 1);
        for holder in [3, 2, 4] {
            window.cancel_reservation(holder);
        }
        assert_eq!(reserve(&mut window, 100.0, 6), 100.0);
        window.start(at(100.0), 6);
        assert_eq!(reserve(&mut window, 200.5, 7), 200.5, "the one at 200 is past, and that at 300 the next");
        assert_eq!(reserve(&mut window, 200.5, 8), 400.5, "behind the holder that has slept since then");
    }

    #[test]
    fn memory_follows_the_starts_that_count_and_not_the_limit() {
        let mut window = window(1_000_000, 100.0);
        assert_eq!(window.starts.capacity(), 0);
        for turn in 0..10_000 {
            assert_eq!(start(&mut window, f64::from(turn) * 10.0, ME), Ok(()));
        }
        assert!(window.starts.capacity() < 20, "{}", window.starts.capacity());
    }

    #[test]
    fn a_window_is_idle_after_its_starts_and_reservations() {
        let mut window = window(1, 100.0);
        assert!(window.is_idle(at(0.0)));
        assert_eq!((start(&mut window, 0.0, 1), reserve(&mut window, 0.0, 2)), (Ok(()), 100.0));
        window.cancel_reservation(2);
        assert!(!window.is_idle(at(99.0)) && window.is_idle(at(100.0)));
        assert_eq!(reserve(&mut window, 100.0, 2), 100.0);
        assert!(!window.is_idle(at(100.0 + LEASE)) && window.is_idle(at(101.0 + LEASE)));
    }

    #[test]
    fn a_limit_of_none_and_an_endless_interval_never_let_go() {
        let mut none = window(0, 100.0);
        assert_eq!(start(&mut none, 0.0, ME), Err(f64::INFINITY));
        let mut once = window(1, f64::INFINITY);
        assert_eq!((start(&mut once, 0.0, ME), start(&mut once, 1e300, ME)), (Ok(()), Err(f64::INFINITY)));
        for _ in 0..1000 {
            assert_eq!((reserve(&mut none, 0.0, ME), reserve(&mut once, 0.0, ME)), (f64::INFINITY, f64::INFINITY));
        }
        assert_eq!((none.reservations.len(), once.reservations.len()), (1, 1));
    }

    #[test]
    fn an_interval_of_nothing_limits_nothing() {
        let mut window = window(1, 0.0);
        assert!((0..9).all(|_| start(&mut window, 5.0, ME).is_ok()));
    }

    #[cfg(not(target_arch = "wasm32"))]
    mod properties {
        use super::*;
        use proptest::prelude::*;

        #[derive(Clone, Copy, Debug)]
        enum Step {
            /// Starts if it may.
            Start,
            Reserve,
            GiveBack,
            /// Reserves, waits until that time, and starts if it may.
            Wake,
        }

        /// Steps of several holders and the time before each, in eighths of a millisecond, so that sums of them are exact.
        fn history(
            step: impl Strategy<Value = Step>,
            holders: Holder,
        ) -> impl Strategy<Value = (RateLimit, Vec<(Millis, Step, Holder)>)> {
            let pause =
                prop_oneof![Just(0), 0..8u32, 0..80u32, 0..2000u32].prop_map(|eighths| f64::from(eighths) / 8.0);
            let rate = (1..6u32, prop_oneof![1..8u32, 1..800u32])
                .prop_map(|(limit, eighths)| (limit, f64::from(eighths) / 8.0));
            (rate, prop::collection::vec((pause, step, 0..holders), 1..120))
                .prop_map(|((limit, interval), steps)| (RateLimit { limit, interval }, steps))
        }

        fn any_step() -> impl Strategy<Value = Step> {
            prop::sample::select(vec![Step::Start, Step::Reserve, Step::GiveBack, Step::Wake])
        }

        fn starts_of(rate: RateLimit, steps: &[(Millis, Step, Holder)]) -> Vec<Millis> {
            let (mut window, mut now, mut starts) = (Window::new(rate), 0.0, Vec::new());
            for &(pause, step, holder) in steps {
                now += pause;
                if let Step::Wake = step {
                    now = now.max(reserve(&mut window, now, holder));
                }
                match step {
                    Step::Start | Step::Wake => starts.extend(start(&mut window, now, holder).ok().map(|()| now)),
                    Step::Reserve => drop(reserve(&mut window, now, holder)),
                    Step::GiveBack => window.cancel_reservation(holder),
                }
                assert!(window.starts.len() <= rate.limit as usize && window.reservations.len() <= 2 * steps.len());
            }
            starts
        }

        proptest! {
            #[test]
            fn no_interval_ever_sees_more_than_the_limit((rate, steps) in history(any_step(), 5)) {
                let starts = starts_of(rate, &steps);
                // The fullest interval begins with a start or ends just after one.
                for begin in starts.iter().flat_map(|start| [*start, start - rate.interval + 0.125]) {
                    let seen = starts.iter().filter(|start| (begin..begin + rate.interval).contains(*start)).count();
                    prop_assert!(seen <= rate.limit as usize, "{seen} from {begin} on: {starts:?}");
                }
            }

            #[test]
            fn a_refused_start_is_allowed_when_announced(
                (rate, steps) in history(prop::sample::select(vec![Step::Start, Step::Reserve]), 1),
                fractions in prop::collection::vec(0.0..1.0, 1..8),
            ) {
                let (mut window, mut now) = (Window::new(rate), 0.0);
                for (pause, step, _) in steps {
                    now += pause;
                    if let Step::Reserve = step {
                        window.reserve(at(now), ME);
                    } else if let Err(announced) = start(&mut window, now, ME) {
                        prop_assert!(announced > now);
                        let times = fractions.iter().map(|fraction| now + (announced - now) * fraction);
                        for early in times.chain([announced.next_down()]) {
                            prop_assert_eq!(start(&mut window.clone(), early, ME), Err(announced));
                        }
                        prop_assert_eq!(start(&mut window.clone(), announced, ME), Ok(()));
                    }
                }
            }

            /// Each holder that comes at its time waits only for the starts before it.
            #[test]
            fn no_start_waits_longer_than_a_full_log((rate, pauses) in (history(any_step(), 1), 1..9u32).prop_map(|((rate, steps), _)| (rate, steps))) {
                let (mut window, mut now, mut log) = (Window::new(rate), 0.0, Vec::new());
                for (holder, (pause, ..)) in pauses.iter().enumerate() {
                    now += pause;
                    let counted = log.len().checked_sub(rate.limit as usize).and_then(|index| log.get(index));
                    let expected = counted.map_or(now, |oldest: &Millis| now.max(oldest + rate.interval));
                    let holder = holder as Holder;
                    prop_assert_eq!(reserve(&mut window, now, holder), expected);
                    if expected <= now + LEASE {
                        now = expected;
                        prop_assert_eq!(start(&mut window, now, holder), Ok(()));
                        log.push(expected);
                    } else {
                        window.cancel_reservation(holder);
                    }
                }
            }
        }
    }
}
