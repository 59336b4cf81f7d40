//! Who may start now: the one place where requests meet.
//!
//! A request starts only when a global slot, a slot of its host and every token it needs are free *together*; nothing
//! is held while something else is waited for. Hosts with waiting requests are served in turn, so that a slow or
//! hanging one takes only its own share; within a host the higher priority goes first, then the earlier arrival.
//! A freed slot is handed to the next in the same turn: a newcomer never overtakes one who waits.
//!
//! Pure: `now` comes in, names of those who may start come out.

use std::collections::VecDeque;

use super::lane::{Lane, Waiters};
pub use super::limits::{Limits, Rate};
use super::rate::Window;
use super::time::Instant;

/// A host's number; the shell gives them out from 0 and takes back what [`Admission::forgets`] names.
pub type HostId = u32;
/// Whoever waits: the shell's own number, given back when its turn has come.
pub type Who = u32;

/// Hosts whose state is kept while nobody uses them.
const KEPT_HOSTS: usize = 1000;

/// A place in the queue; give it to [`Admission::leave`] to step out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket(pub(super) u32);

/// The state machine behind the semaphore.
#[derive(Debug)]
pub struct Admission {
    limits: Limits,
    paused: bool,
    in_flight: u32,
    window: Option<Window>,
    lanes: Vec<Lane>,
    waiters: Waiters,
    /// Hosts with waiters that only a global slot or token keeps from starting, in the order of their turns.
    turns: VecDeque<HostId>,
    /// Hosts with waiters that must not start before a time of their own, and the earliest of those times.
    parked: Vec<HostId>,
    parked_until: Instant,
}

impl Admission {
    /// Nothing in flight, nobody waiting.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        let window = limits.rate.filter(|rate| !rate.per_host).map(|rate| Window::new(rate.limit));
        Self {
            limits,
            paused: false,
            in_flight: 0,
            window,
            lanes: Vec::new(),
            waiters: Waiters::default(),
            turns: VecDeque::new(),
            parked: Vec::new(),
            parked_until: Instant::NEVER,
        }
    }

    /// A request to `host` was taken up: its state is kept until [`abandon`](Self::abandon).
    pub fn adopt(&mut self, host: HostId) {
        let index = host as usize;
        while self.lanes.len() <= index {
            self.lanes.push(Lane::default());
        }
        if let Some(lane) = self.lanes.get_mut(index) {
            lane.users += 1;
        }
    }

    /// A request to `host` is over. True when the host is to be forgotten and its number may be given out anew.
    #[must_use]
    pub fn abandon(&mut self, host: HostId, now: impl FnOnce() -> Instant) -> bool {
        let many = self.lanes.len() > KEPT_HOSTS;
        let Some(lane) = self.lanes.get_mut(host as usize) else { return false };
        lane.users = lane.users.saturating_sub(1);
        let forget = many && lane.is_forgettable(now());
        if forget {
            *lane = Lane::default();
        }
        forget
    }

    /// Starts a request to `host` at once if everything it needs is free. Nobody who waits could start in its place.
    #[must_use]
    pub fn start(&mut self, host: HostId, now: Instant) -> bool {
        let per_host = self.limits.per_host;
        // The timer may be late: whose time has come meanwhile goes first.
        self.unpark(now);
        let free = self.has_room()
            && self.turns.is_empty()
            && self.token_time(now) <= now
            && self
                .lanes
                .get(host as usize)
                .is_some_and(|lane| lane.in_flight < per_host && !lane.has_waiters() && lane.ready_at(now) <= now);
        if free {
            self.occupy(host, now);
        }
        free
    }

    /// Queues `who` for a start at `host`; [`next`](Self::next) names it when its turn has come.
    pub fn join(&mut self, host: HostId, priority: f64, who: Who) -> Ticket {
        let ticket = match self.lanes.get_mut(host as usize) {
            Some(lane) => self.waiters.push(lane, host, priority, who),
            None => Ticket(u32::MAX),
        };
        self.line_up(host);
        ticket
    }

    /// Steps out of the queue; costs the same however long it is, and burns neither slot nor token.
    pub fn leave(&mut self, ticket: Ticket) {
        self.waiters.remove(ticket, &mut self.lanes);
    }

    /// The next to start, which now occupies its slot; call it until it answers `None`.
    pub fn next(&mut self, now: Instant) -> Option<Who> {
        self.unpark(now);
        if !self.has_room() || self.token_time(now) > now {
            return None;
        }
        let per_host = self.limits.per_host;
        while let Some(host) = self.turns.pop_front() {
            let Some(lane) = self.lanes.get_mut(host as usize) else { continue };
            lane.in_turn = false;
            if !lane.has_waiters() || lane.in_flight >= per_host {
                continue;
            }
            let ready_at = lane.ready_at(now);
            if ready_at > now {
                lane.parked = true;
                self.parked.push(host);
                self.parked_until = self.parked_until.min(ready_at);
                continue;
            }
            let Some(who) = self.waiters.pop(lane) else { continue };
            self.occupy(host, now);
            self.line_up(host);
            return Some(who);
        }
        None
    }

    /// A request to `host` is no longer in flight.
    pub fn finish(&mut self, host: HostId) {
        self.in_flight = self.in_flight.saturating_sub(1);
        if let Some(lane) = self.lanes.get_mut(host as usize) {
            lane.in_flight = lane.in_flight.saturating_sub(1);
        }
        self.line_up(host);
    }

    /// A start at `host` that was granted at `time` has not happened: its slot and its tokens are free again.
    pub fn take_back(&mut self, host: HostId, time: Instant) {
        if let Some(window) = &mut self.window {
            window.undo(time);
        }
        if let Some(lane) = self.lanes.get_mut(host as usize)
            && let Some(window) = &mut lane.window
        {
            window.undo(time);
            if lane.parked {
                self.parked_until = self.parked_until.min(time);
            }
        }
        self.finish(host);
    }

    /// When [`next`](Self::next) may have an answer that it has not now, should nothing else happen.
    #[must_use]
    pub fn next_time(&self, now: Instant) -> Instant {
        if !self.has_room() || self.waiters.is_empty() {
            return Instant::NEVER;
        }
        let token = if self.turns.is_empty() { Instant::NEVER } else { self.token_time(now) };
        token.min(self.parked_until)
    }

    /// Whether a slot is free, beside the `claimed` ones, that nobody who waits can take: a reason to look for work.
    #[must_use]
    pub fn is_vacant(&self, claimed: u32) -> bool {
        // A turn outlives a waiter that left.
        let nobody = self.turns.is_empty() || self.waiters.is_empty();
        self.has_room() && self.limits.concurrency - self.in_flight > claimed && nobody
    }

    /// No start at `host` before `time`; of several, the latest counts.
    pub fn cool_down(&mut self, host: HostId, time: Instant) {
        if let Some(lane) = self.lanes.get_mut(host as usize) {
            lane.not_before = lane.not_before.max(time);
        }
    }

    /// Requests in flight.
    #[must_use]
    pub fn in_flight(&self) -> u32 {
        self.in_flight
    }

    /// Requests in flight to `host`.
    #[must_use]
    pub fn in_flight_of(&self, host: HostId) -> u32 {
        self.lanes.get(host as usize).map_or(0, |lane| lane.in_flight)
    }

    /// Requests waiting in the queue.
    #[must_use]
    pub fn queued(&self) -> u32 {
        self.waiters.len()
    }

    /// What may run at once.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// Another limit from now on; what is in flight beyond it is let finish.
    pub fn set_concurrency(&mut self, concurrency: u32) {
        self.limits.concurrency = concurrency;
    }

    /// Starts nothing until it is set back.
    pub fn set_paused(&mut self, paused: bool) {
        self.paused = paused;
    }

    fn has_room(&self) -> bool {
        !self.paused && self.in_flight < self.limits.concurrency
    }

    /// When the client-wide rate has a token again.
    fn token_time(&self, now: Instant) -> Instant {
        self.window.as_ref().map_or(now, |window| window.earliest(now))
    }

    fn occupy(&mut self, host: HostId, now: Instant) {
        self.in_flight += 1;
        if let Some(window) = &mut self.window {
            window.reserve(now);
        }
        let rate = self.limits.rate;
        if let Some(lane) = self.lanes.get_mut(host as usize) {
            lane.in_flight += 1;
            if let Some(rate) = rate.filter(|rate| rate.per_host) {
                lane.window.get_or_insert_with(|| Window::new(rate.limit)).reserve(now);
            }
        }
    }

    /// Gives `host` a turn if it has a waiter that its own limits let go and does not stand in line yet.
    fn line_up(&mut self, host: HostId) {
        let per_host = self.limits.per_host;
        if let Some(lane) = self.lanes.get_mut(host as usize)
            && lane.has_waiters()
            && lane.in_flight < per_host
            && !lane.in_turn
            && !lane.parked
        {
            lane.in_turn = true;
            self.turns.push_back(host);
        }
    }

    /// Gives the parked hosts whose time has come a turn again.
    fn unpark(&mut self, now: Instant) {
        if now < self.parked_until {
            return;
        }
        self.parked_until = Instant::NEVER;
        for host in std::mem::take(&mut self.parked) {
            let Some(lane) = self.lanes.get_mut(host as usize) else { continue };
            let ready_at = lane.ready_at(now);
            if ready_at > now && lane.has_waiters() {
                self.parked.push(host);
                self.parked_until = self.parked_until.min(ready_at);
            } else {
                lane.parked = false;
                self.line_up(host);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::Millis;
    use crate::core::rate::RateLimit;
    #[cfg(target_arch = "wasm32")]
    use crate::testing::test;

    const NOW: Instant = Instant::NEVER;

    fn at(millis: Millis) -> Instant {
        Instant::from_millis(millis)
    }

    fn admission(concurrency: u32, per_host: u32) -> Admission {
        let mut admission = Admission::new(Limits { concurrency, per_host, rate: None });
        (0..4).for_each(|host| admission.adopt(host));
        admission
    }

    fn drain(admission: &mut Admission, now: Instant) -> Vec<Who> {
        std::iter::from_fn(|| admission.next(now)).collect()
    }

    #[test]
    fn a_slot_is_given_at_once_while_one_is_free() {
        let mut admission = admission(2, u32::MAX);
        assert!(admission.start(0, NOW) && admission.start(0, NOW) && !admission.start(0, NOW));
        admission.finish(0);
        assert!(admission.start(1, NOW));
        assert_eq!(admission.in_flight(), 2);
    }

    #[test]
    fn a_queued_request_is_never_overtaken() {
        let mut admission = admission(1, u32::MAX);
        assert!(admission.start(0, NOW));
        admission.join(0, 0.0, 7);
        admission.finish(0);
        assert!(!admission.start(0, NOW), "the newcomer waits behind the one that waited");
        assert_eq!(drain(&mut admission, NOW), [7]);
    }

    #[test]
    fn hosts_are_served_in_turn() {
        let mut admission = admission(1, u32::MAX);
        assert!(admission.start(3, NOW));
        for who in 0..3 {
            admission.join(0, 0.0, who);
        }
        admission.join(1, 0.0, 10);
        admission.join(2, 0.0, 20);
        let mut order = Vec::new();
        let mut host = 3;
        for _ in 0..5 {
            admission.finish(host);
            let who = admission.next(NOW).unwrap();
            host = who / 10;
            order.push(who);
        }
        assert_eq!(order, [0, 10, 20, 1, 2]);
    }

    #[test]
    fn a_host_at_its_limit_blocks_nobody_else() {
        let mut admission = admission(3, 1);
        assert!(admission.start(0, NOW) && !admission.start(0, NOW));
        admission.join(0, 0.0, 1);
        assert!(drain(&mut admission, NOW).is_empty());
        assert!(admission.is_vacant(0), "a slot is free that nobody waiting can take");
        assert!(admission.start(1, NOW));
        admission.finish(0);
        assert_eq!(drain(&mut admission, NOW), [1]);
    }

    #[test]
    fn the_higher_priority_goes_first_and_equals_in_order_of_arrival() {
        let mut admission = admission(1, u32::MAX);
        assert!(admission.start(0, NOW));
        for (who, priority) in [(1, 0.0), (2, 5.0), (3, -1.0), (4, 5.0), (5, 0.0)] {
            admission.join(0, priority, who);
        }
        let order: Vec<_> = (0..5)
            .map(|_| {
                admission.finish(0);
                admission.next(NOW).unwrap()
            })
            .collect();
        assert_eq!(order, [2, 4, 1, 5, 3]);
    }

    #[test]
    fn who_leaves_the_queue_burns_no_slot() {
        let mut admission = admission(1, u32::MAX);
        assert!(admission.start(0, NOW));
        let tickets: Vec<_> = (0..4).map(|who| admission.join(0, 0.0, who)).collect();
        for gone in [1, 3, 0] {
            admission.leave(tickets[gone]);
        }
        assert_eq!(admission.queued(), 1);
        admission.finish(0);
        assert_eq!(drain(&mut admission, NOW), [2]);
        admission.finish(0);
        assert!(admission.start(0, NOW), "the queue is empty and the slot free");
    }

    #[test]
    fn a_freed_host_that_everyone_left_keeps_nobody_waiting() {
        let mut admission = admission(1, u32::MAX);
        assert!(admission.start(0, NOW));
        let ticket = admission.join(1, 0.0, 1);
        admission.join(2, 0.0, 2);
        admission.leave(ticket);
        admission.finish(0);
        assert_eq!(drain(&mut admission, NOW), [2]);
    }

    #[test]
    fn a_cooling_host_waits_alone_and_says_until_when() {
        let mut admission = admission(2, u32::MAX);
        admission.cool_down(0, at(100.0));
        assert!(!admission.start(0, at(0.0)));
        admission.join(0, 0.0, 1);
        assert!(drain(&mut admission, at(0.0)).is_empty());
        assert_eq!(admission.next_time(at(0.0)), at(100.0));
        assert!(admission.start(1, at(50.0)));
        assert!(drain(&mut admission, at(99.9)).is_empty());
        assert_eq!(drain(&mut admission, at(100.0)), [1]);
    }

    #[test]
    fn a_rate_holds_starts_back_and_names_the_time() {
        let rate = Rate { limit: RateLimit { limit: 2, interval: 100.0 }, per_host: false };
        let mut admission = Admission::new(Limits { rate: Some(rate), ..Limits::default() });
        admission.adopt(0);
        assert!(admission.start(0, at(0.0)) && admission.start(0, at(10.0)) && !admission.start(0, at(20.0)));
        admission.join(0, 0.0, 1);
        assert!(drain(&mut admission, at(20.0)).is_empty());
        assert_eq!(admission.next_time(at(20.0)), at(100.0));
        assert_eq!(drain(&mut admission, at(100.0)), [1]);
    }

    #[test]
    fn a_rate_per_host_leaves_other_hosts_alone() {
        let rate = Rate { limit: RateLimit { limit: 1, interval: 100.0 }, per_host: true };
        let mut admission = Admission::new(Limits { rate: Some(rate), ..Limits::default() });
        (0..2).for_each(|host| admission.adopt(host));
        assert!(admission.start(0, at(0.0)) && !admission.start(0, at(1.0)) && admission.start(1, at(1.0)));
        admission.join(0, 0.0, 1);
        assert!(drain(&mut admission, at(1.0)).is_empty());
        assert_eq!((admission.next_time(at(1.0)), admission.is_vacant(0)), (at(100.0), true));
        assert_eq!(drain(&mut admission, at(100.0)), [1]);
    }

    #[test]
    fn a_pause_starts_nothing_and_a_higher_limit_starts_more() {
        let mut admission = admission(1, u32::MAX);
        admission.set_paused(true);
        assert!(!admission.start(0, NOW) && !admission.is_vacant(0));
        (1..4).for_each(|who| {
            admission.join(0, 0.0, who);
        });
        admission.set_paused(false);
        assert_eq!(drain(&mut admission, NOW), [1]);
        admission.set_concurrency(3);
        assert_eq!(drain(&mut admission, NOW), [2, 3]);
    }

    #[test]
    fn idle_hosts_are_forgotten_only_when_there_are_many() {
        let mut admission = admission(1, u32::MAX);
        assert!(!admission.abandon(0, || NOW), "few: kept");
        admission.adopt(1500);
        assert!(admission.abandon(1500, || NOW));
        admission.adopt(1500);
        admission.cool_down(1500, at(10.0));
        assert!(!admission.abandon(1500, || at(0.0)), "it has something to remember");
    }
}
