//! Deadlines of one scope, for which the host keeps one timer.
//!
//! A binary heap that knows where each entry stands: setting, moving and clearing a deadline are O(log n) and leave
//! nothing behind. A timer of the host for every wait would cost 27–33 % more CPU (measured in the design's sketches).

use super::time::{Instant, LONGEST_TIMER, Millis};

/// The owner of a deadline; each has at most one.
pub type Owner = u32;

/// The deadlines and the one timer that the host keeps for them.
#[derive(Debug)]
pub struct Timers {
    heap: Vec<(Instant, Owner)>,
    /// Index in the heap of each owner's entry.
    places: Vec<u32>,
    armed: Instant,
}

const NOWHERE: u32 = u32::MAX;

impl Default for Timers {
    fn default() -> Self {
        Self { heap: Vec::new(), places: Vec::new(), armed: Instant::NEVER }
    }
}

impl Timers {
    /// Sets or moves `owner`'s deadline; [`Instant::NEVER`] clears it.
    pub fn set(&mut self, owner: Owner, at: Instant) {
        while self.places.len() <= owner as usize {
            self.places.push(NOWHERE);
        }
        let place = self.places.get(owner as usize).copied().unwrap_or(NOWHERE);
        match self.heap.get_mut(place as usize) {
            Some(entry) if at < Instant::NEVER => {
                entry.0 = at;
                self.settle(place as usize);
            }
            Some(_) => self.take_out(place as usize),
            None if at < Instant::NEVER => {
                self.heap.push((at, owner));
                self.settle(self.heap.len() - 1);
            }
            None => {}
        }
    }

    /// Takes out an owner whose deadline has come; call it until it answers `None`.
    pub fn due(&mut self, now: Instant) -> Option<Owner> {
        let (at, owner) = *self.heap.first()?;
        if at > now {
            return None;
        }
        self.take_out(0);
        Some(owner)
    }

    /// Returns the delay that the host's timer must be set to, or `None` if the one that runs rings early enough.
    ///
    /// A timer that rings too early is cheaper than setting it anew for each deadline that is cleared.
    pub fn arm(&mut self, now: impl FnOnce() -> Instant) -> Option<Millis> {
        let (first, _) = *self.heap.first()?;
        if first >= self.armed {
            return None;
        }
        let now = now();
        // Told back exactly when it rings: `now + (first - now)` may fall a hair short of `first`.
        self.armed = first.min(now + LONGEST_TIMER);
        // And never a hair too long, which a host's timer would take for nothing at all.
        Some(self.armed.since(now).min(LONGEST_TIMER))
    }

    /// The host's timer rang or was cancelled; the time it was set for.
    pub fn disarm(&mut self) -> Instant {
        std::mem::replace(&mut self.armed, Instant::NEVER)
    }

    /// Returns whether there is no deadline.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }

    fn take_out(&mut self, place: usize) {
        let last = self.heap.len() - 1;
        self.heap.swap(place, last);
        if let Some((_, owner)) = self.heap.pop()
            && let Some(entry) = self.places.get_mut(owner as usize)
        {
            *entry = NOWHERE;
        }
        if place < self.heap.len() {
            self.settle(place);
        }
    }

    /// Moves the entry at `place` up or down to where it belongs.
    fn settle(&mut self, mut place: usize) {
        let time = |heap: &[(Instant, Owner)], place: usize| heap.get(place).map_or(Instant::NEVER, |entry| entry.0);
        while place > 0 && time(&self.heap, place) < time(&self.heap, (place - 1) / 2) {
            self.swap(place, (place - 1) / 2);
            place = (place - 1) / 2;
        }
        loop {
            let (left, right) = (2 * place + 1, 2 * place + 2);
            let child = if time(&self.heap, right) < time(&self.heap, left) { right } else { left };
            if time(&self.heap, child) >= time(&self.heap, place) {
                break;
            }
            self.swap(place, child);
            place = child;
        }
        self.note(place);
    }

    fn swap(&mut self, from: usize, to: usize) {
        self.heap.swap(from, to);
        self.note(from);
        self.note(to);
    }

    fn note(&mut self, place: usize) {
        if let Some((_, owner)) = self.heap.get(place)
            && let Some(entry) = self.places.get_mut(*owner as usize)
        {
            *entry = place as u32;
        }
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

    #[test]
    fn deadlines_come_in_order_of_time_however_set() {
        let mut timers = Timers::default();
        for (owner, time) in [(3, 30.0), (1, 10.0), (4, 40.0), (2, 20.0)] {
            timers.set(owner, at(time));
        }
        timers.set(3, at(5.0));
        timers.set(1, Instant::NEVER);
        assert_eq!(timers.due(at(4.9)), None);
        assert_eq!(std::iter::from_fn(|| timers.due(at(100.0))).collect::<Vec<_>>(), [3, 2, 4]);
        assert!(timers.is_empty());
    }

    #[test]
    fn the_hosts_timer_is_set_anew_only_for_an_earlier_deadline() {
        let mut timers = Timers::default();
        assert_eq!(timers.arm(|| at(0.0)), None);
        timers.set(1, at(50.0));
        assert_eq!(timers.arm(|| at(0.0)), Some(50.0));
        timers.set(2, at(60.0));
        assert_eq!(timers.arm(|| at(10.0)), None);
        timers.set(1, Instant::NEVER);
        assert_eq!(timers.arm(|| at(10.0)), None, "it rings early and is then set for the rest");
        assert_eq!(timers.disarm(), at(50.0));
        assert_eq!(timers.arm(|| at(50.0)), Some(10.0));
        timers.set(3, at(55.0));
        assert_eq!(timers.arm(|| at(51.0)), Some(4.0));
    }

    #[test]
    fn no_timer_is_set_for_longer_than_it_can_keep() {
        for fraction in 0..1000 {
            let now = at(f64::from(fraction) * 0.123_456_7);
            let mut timers = Timers::default();
            timers.set(1, at(1e12));
            assert!(timers.arm(|| now).unwrap() <= LONGEST_TIMER, "{now:?}");
        }
    }

    #[test]
    fn a_wait_longer_than_any_timer_is_cut_into_pieces() {
        let mut timers = Timers::default();
        timers.set(1, at(1e12));
        assert_eq!(timers.arm(|| at(0.0)), Some(LONGEST_TIMER));
        let rang = timers.disarm();
        assert_eq!(timers.due(rang), None);
        assert_eq!(timers.arm(|| rang), Some(LONGEST_TIMER));
    }

    #[cfg(not(target_arch = "wasm32"))]
    proptest::proptest! {
        #[test]
        fn it_agrees_with_a_sorted_list(steps in proptest::collection::vec((0..12u32, 0..100u32, 0..3u8), 1..200)) {
            let mut timers = Timers::default();
            let mut model: Vec<(u32, u32)> = Vec::new();
            for (owner, time, what) in steps {
                if what < 2 {
                    model.retain(|entry| entry.1 != owner);
                    let instant = if what == 0 { model.push((time, owner)); at(f64::from(time)) } else { Instant::NEVER };
                    timers.set(owner, instant);
                } else {
                    let first = model.iter().map(|entry| entry.0).min().filter(|first| *first <= time);
                    match timers.due(at(f64::from(time))) {
                        None => assert_eq!(first, None),
                        Some(owner) => {
                            let place = model.iter().position(|entry| entry.1 == owner).unwrap();
                            assert_eq!(Some(model.swap_remove(place).0), first);
                        }
                    }
                }
            }
        }
    }
}
