//! Who may start now: the one place where requests meet.
//!
//! A request starts only when a global slot, a slot of its host and every token it needs are free *together*; nothing
//! is held while something else is waited for. Hosts with waiting requests are served in turn, so that a slow or
//! hanging one takes only its own share; within a host the higher priority goes first, then the earlier arrival.
//! A freed slot is handed to the next in the same turn: a newcomer never overtakes one who waits.
//!
//! Limits nest. Each set of them is a gate, with a lane for each of its hosts; a call's gate stands inside its client's,
//! and a start passes all of them at once.
//!
//! Pure: `now` comes in, names of those who may start come out.

mod gate;
mod lane;
mod path;
mod queue;

use std::collections::VecDeque;

pub use crate::core::limits::{Limits, Rate};
use crate::core::time::{Instant, Millis};
use gate::{Gate, NONE};
pub use gate::{GateId, LaneId, ROOT};
use lane::{Lane, Waiters};
use queue::take_at;

/// A host's number; the shell gives them out from 0 and takes back what [`Admission::release`] names.
pub type HostId = u32;
/// Whoever waits: the shell's own number, given back when its turn has come.
pub type TaskId = u32;

/// Lanes whose state is kept while nobody uses them.
const KEPT_LANES: usize = 1000;

/// A place in the queue; give it to [`Admission::leave`] to step out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket(pub(super) u32);

/// The state machine behind the semaphore.
#[derive(Debug)]
pub struct Admission {
    paused: bool,
    /// The first is the root.
    gates: Vec<Option<Gate>>,
    lanes: Vec<Lane>,
    spare: Vec<LaneId>,
    /// Lanes that nobody used when they were put here, the longest ago first.
    idle: VecDeque<LaneId>,
    waiters: Waiters,
    /// Of these, the nested ones.
    nested_waiters: u32,
    /// Lanes with waiters that perhaps only a slot or token of the root keeps from starting, in the order of their turns.
    ready: VecDeque<LaneId>,
    /// Lanes with waiters that must not start before a time of their own, and the earliest of those times.
    parked: Vec<LaneId>,
    parked_until: Instant,
}

impl Admission {
    /// Nothing in flight, nobody waiting.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            paused: false,
            gates: vec![Some(Gate::new(limits, NONE))],
            lanes: Vec::new(),
            spare: Vec::new(),
            idle: VecDeque::new(),
            waiters: Waiters::default(),
            nested_waiters: 0,
            ready: VecDeque::new(),
            parked: Vec::new(),
            parked_until: Instant::NEVER,
        }
    }

    /// A request to `host` through `gate` was taken up: its lane, whose state is kept until [`release`](Self::release).
    pub fn retain(&mut self, gate: GateId, host: HostId) -> LaneId {
        let lane = match self.gate(gate).and_then(|gate| gate.lane_of(host)) {
            Some(known) => known,
            None => self.insert(gate, host),
        };
        if let Some(lane) = self.lanes.get_mut(lane as usize) {
            lane.users += 1;
        }
        lane
    }

    /// A request is over. Names the host that is to be forgotten, whose number may be given out anew.
    #[must_use]
    pub fn release(&mut self, lane: LaneId, now: impl FnOnce() -> Instant) -> Option<HostId> {
        let left = self.lanes.get_mut(lane as usize)?;
        left.users = left.users.saturating_sub(1);
        if left.users > 0 {
            return None;
        }
        let (gate, listed) = (left.gate, std::mem::replace(&mut left.listed, true));
        if self.sweep(gate) {
            return None;
        }
        if !listed {
            self.idle.push_back(lane);
        }
        let many = self.lanes.len() - self.spare.len() > KEPT_LANES;
        if many { self.forget_oldest(now()) } else { None }
    }

    /// Starts a request at once if everything it needs is free. Nobody who waits could start in its place.
    #[must_use]
    pub fn start(&mut self, lane: LaneId, now: Instant) -> bool {
        // The timer may be late: whose time has come meanwhile goes first.
        self.unpark(now);
        let nested = self.lanes.get(lane as usize).is_some_and(|lane| lane.nested);
        let free = self.has_room(nested)
            && self.ready.is_empty()
            && self.token_time(now) <= now
            && self.lanes.get(lane as usize).is_some_and(|lane| !lane.has_waiters())
            && self.obstacle(lane).is_none()
            && self.ready_at(lane, now) <= now;
        if free {
            self.occupy(lane, now);
        }
        free
    }

    /// Queues `who` for a start; [`next`](Self::next) names it when its turn has come.
    pub fn join(&mut self, lane: LaneId, priority: f64, task: TaskId) -> Ticket {
        let ticket = match self.lanes.get_mut(lane as usize) {
            Some(place) => self.waiters.push(place, lane, priority, task),
            None => Ticket(NONE),
        };
        self.count_waiter(lane, true);
        self.enqueue(lane);
        ticket
    }

    /// Steps out of the queue; costs the same however long it is, and burns neither slot nor token.
    pub fn leave(&mut self, ticket: Ticket) {
        if let Some(lane) = self.waiters.remove(ticket, &mut self.lanes) {
            self.count_waiter(lane, false);
        }
    }

    /// The next to start, which now occupies its slot; call it until it answers `None`.
    pub fn next(&mut self, now: Instant) -> Option<TaskId> {
        let next = self.first_to_start(now);
        if next.is_none()
            && let Some(window) = self.root().and_then(Gate::window)
        {
            // All that is missing is a token of the root: others may come meanwhile who keep to the same rate.
            match self.has_room(self.nested_waiters > 0) && self.first_ready().is_some() {
                true => window.reserve(now),
                false => window.give_back(),
            }
        }
        next
    }

    fn first_to_start(&mut self, now: Instant) -> Option<TaskId> {
        self.unpark(now);
        if !self.has_room(self.nested_waiters > 0) || self.token_time(now) > now {
            return None;
        }
        while let Some(lane) = self.pop_ready() {
            let Some(place) = self.lanes.get_mut(lane as usize) else { continue };
            place.is_ready = false;
            if !place.has_waiters() || self.block(lane) {
                self.give_back(lane);
                self.wake_next(lane);
                continue;
            }
            let ready_at = self.ready_at(lane, now);
            if ready_at > now {
                self.reserve_starts(lane, now);
                self.park(lane, ready_at);
                self.wake_next(lane);
                continue;
            }
            let Some(place) = self.lanes.get_mut(lane as usize) else { continue };
            let Some(task) = self.waiters.pop(place) else { continue };
            self.occupy(lane, now);
            self.count_waiter(lane, false);
            self.wake_next(lane);
            self.enqueue(lane);
            return Some(task);
        }
        None
    }

    /// A request is no longer in flight.
    pub fn finish(&mut self, lane: LaneId) {
        self.vacate(lane);
        self.wake_next(lane);
    }

    /// A start that was granted at `time` has not happened: its slot and its tokens are free again.
    pub fn take_back(&mut self, lane: LaneId, time: Instant) {
        self.windows(lane, &|window| window.undo(time));
        if !self.parked.is_empty() {
            self.parked_until = self.parked_until.min(time);
        }
        self.finish(lane);
    }

    /// A call is nested in a request of `lane` that holds a slot (`begins`), or there is none any more. It must not wait for
    /// that very slot: see [`open_nested`](Self::open_nested).
    pub fn hold_by_hook(&mut self, lane: LaneId, begins: bool) {
        self.change_load(lane, |load| {
            load.held_by_hook = if begins { load.held_by_hook + 1 } else { load.held_by_hook.saturating_sub(1) }
        });
        self.wake_next(lane);
    }

    /// When [`next`](Self::next) may have an answer that it has not now, should nothing else happen.
    #[must_use]
    pub fn next_time(&self, now: Instant) -> Instant {
        if !self.has_room(self.nested_waiters > 0) || self.waiters.is_empty() {
            return Instant::NEVER;
        }
        let token = if self.first_ready().is_some() { self.token_time(now) } else { Instant::NEVER };
        token.min(self.parked_until)
    }

    /// No start at `host` before `time`; of several, the latest counts.
    pub fn cool_down(&mut self, host: HostId, time: Instant) {
        let lane = self.root().and_then(|root| root.lane_of(host));
        if let Some(lane) = lane.and_then(|lane| self.lanes.get_mut(lane as usize)) {
            lane.not_before = lane.not_before.max(time);
        }
    }

    /// Requests in flight.
    #[must_use]
    pub fn in_flight(&self) -> u32 {
        self.root().map_or(0, |root| root.load.in_flight)
    }

    /// Requests in flight to `host`, through whatever gate.
    #[must_use]
    pub fn in_flight_of(&self, host: HostId) -> u32 {
        let lane = self.root().and_then(|root| root.lane_of(host));
        lane.and_then(|lane| self.lanes.get(lane as usize)).map_or(0, |lane| lane.load.in_flight)
    }

    /// Requests waiting in the queue for `host`, behind whatever gate.
    #[must_use]
    pub fn queued_of(&self, host: HostId) -> u32 {
        let lanes = self.gates.iter().flatten().filter_map(|gate| self.lanes.get(gate.lane_of(host)? as usize));
        lanes.map(|lane| lane.waiting).sum()
    }

    /// Milliseconds until `host` may be asked again.
    #[must_use]
    pub fn cooldown_of(&self, host: HostId, now: Instant) -> Millis {
        let lane = self.root().and_then(|root| self.lanes.get(root.lane_of(host)? as usize));
        lane.map_or(0.0, |lane| lane.not_before.since(now))
    }

    /// Requests waiting in the queue.
    #[must_use]
    pub fn queued(&self) -> u32 {
        self.waiters.len()
    }

    /// Starts nothing until it is set back.
    pub fn set_paused(&mut self, paused: bool) {
        self.paused = paused;
    }

    fn gate(&self, gate: GateId) -> Option<&Gate> {
        self.gates.get(gate as usize)?.as_ref()
    }

    fn root(&self) -> Option<&Gate> {
        self.gate(ROOT)
    }

    fn has_room(&self, nested: bool) -> bool {
        !self.paused && self.root().is_some_and(|root| root.has_room(nested))
    }

    /// The first whose turn it is: where only nested ones may go on, the first of these.
    fn pop_ready(&mut self) -> Option<LaneId> {
        let place = self.first_ready()?;
        take_at(&mut self.ready, place)
    }

    fn first_ready(&self) -> Option<usize> {
        self.first_eligible(&self.ready, |nested| self.has_room(nested))
    }

    /// The lane waits for tokens of its own: a place is kept for it wherever there is none now.
    fn reserve_starts(&self, lane: LaneId, now: Instant) {
        self.windows(lane, &|window| {
            if window.earliest(now) > now {
                window.reserve(now);
            }
        });
    }

    /// When the client-wide rate has a token again.
    fn token_time(&self, now: Instant) -> Instant {
        self.root().map_or(now, |root| root.token_time(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::rate_limit::RateLimit;
    #[cfg(target_arch = "wasm32")]
    use crate::testing::test;

    const NOW: Instant = Instant::NEVER;

    fn at(millis: Millis) -> Instant {
        Instant::from_millis(millis)
    }

    fn admission(concurrency: u32, per_host: u32) -> Admission {
        let mut admission = Admission::new(Limits { concurrency, per_host, rate: None });
        (0..4).for_each(|host| {
            admission.retain(ROOT, host);
        });
        admission
    }

    fn drain(admission: &mut Admission, now: Instant) -> Vec<TaskId> {
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
        for task in 0..3 {
            admission.join(0, 0.0, task);
        }
        admission.join(1, 0.0, 10);
        admission.join(2, 0.0, 20);
        let mut order = Vec::new();
        let mut host = 3;
        for _ in 0..5 {
            admission.finish(host);
            let task = admission.next(NOW).unwrap();
            host = task / 10;
            order.push(task);
        }
        assert_eq!(order, [0, 10, 20, 1, 2]);
    }

    #[test]
    fn a_host_at_its_limit_blocks_nobody_else() {
        let mut admission = admission(3, 1);
        assert!(admission.start(0, NOW) && !admission.start(0, NOW));
        admission.join(0, 0.0, 1);
        assert!(drain(&mut admission, NOW).is_empty());
        assert!(admission.is_vacant(ROOT, || NOW), "a slot is free that nobody waiting can take");
        assert!(admission.start(1, NOW));
        admission.finish(0);
        assert_eq!(drain(&mut admission, NOW), [1]);
    }

    #[test]
    fn the_higher_priority_goes_first_and_equals_in_order_of_arrival() {
        let mut admission = admission(1, u32::MAX);
        assert!(admission.start(0, NOW));
        for (task, priority) in [(1, 0.0), (2, 5.0), (3, -1.0), (4, 5.0), (5, 0.0)] {
            admission.join(0, priority, task);
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
        let tickets: Vec<_> = (0..4).map(|task| admission.join(0, 0.0, task)).collect();
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
        admission.retain(ROOT, 0);
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
        (0..2).for_each(|host| {
            admission.retain(ROOT, host);
        });
        assert!(admission.start(0, at(0.0)) && !admission.start(0, at(1.0)) && admission.start(1, at(1.0)));
        admission.join(0, 0.0, 1);
        assert!(drain(&mut admission, at(1.0)).is_empty());
        assert_eq!((admission.next_time(at(1.0)), admission.is_vacant(ROOT, || NOW)), (at(100.0), true));
        assert_eq!(drain(&mut admission, at(100.0)), [1]);
    }

    #[test]
    fn a_pause_starts_nothing_and_a_higher_limit_starts_more() {
        let mut admission = admission(1, u32::MAX);
        admission.set_paused(true);
        assert!(!admission.start(0, NOW) && !admission.is_vacant(ROOT, || NOW));
        (1..4).for_each(|task| {
            admission.join(0, 0.0, task);
        });
        admission.set_paused(false);
        assert_eq!(drain(&mut admission, NOW), [1]);
        admission.set_concurrency(ROOT, 3);
        assert_eq!(drain(&mut admission, NOW), [2, 3]);
    }

    #[test]
    fn idle_hosts_are_forgotten_only_when_there_are_many() {
        let mut admission = admission(1, u32::MAX);
        assert_eq!(admission.release(0, || NOW), None, "few: kept");
        let lanes: Vec<_> = (4..1500).map(|host| admission.retain(ROOT, host)).collect();
        let last = *lanes.last().unwrap();
        assert_eq!(admission.release(last, || NOW), Some(0), "the one that has been idle the longest");
        let again = admission.retain(ROOT, 1499);
        admission.cool_down(1499, at(10.0));
        assert_eq!(admission.release(again, || at(0.0)), None, "it has something to remember");
    }

    #[test]
    fn a_gate_holds_its_own_requests_back_and_nobody_elses() {
        let mut admission = admission(3, u32::MAX);
        let gate = admission.open_gate(Limits { concurrency: 1, ..Limits::NONE }, ROOT);
        let inner = admission.retain(gate, 0);
        assert!(admission.start(inner, NOW) && !admission.start(inner, NOW));
        admission.join(inner, 0.0, 7);
        assert!(drain(&mut admission, NOW).is_empty());
        assert_eq!((admission.is_vacant(gate, || NOW), admission.is_vacant(ROOT, || NOW)), (false, true));
        assert!(admission.start(0, NOW), "another call of the client");
        admission.finish(inner);
        assert_eq!((drain(&mut admission, NOW), admission.in_flight()), (vec![7], 2));
    }

    #[test]
    fn hosts_behind_a_full_gate_are_served_in_turn() {
        let mut admission = admission(9, u32::MAX);
        let gate = admission.open_gate(Limits { concurrency: 1, ..Limits::NONE }, ROOT);
        let lanes = [0, 1, 2].map(|host| admission.retain(gate, host));
        assert!(admission.start(lanes[0], NOW));
        let mut lane = lanes[0];
        for (place, lane) in lanes.into_iter().enumerate() {
            admission.join(lane, 0.0, place as TaskId);
            admission.join(lane, 0.0, place as TaskId);
        }
        let mut order = vec![];
        for _ in 0..6 {
            admission.finish(lane);
            let task = drain(&mut admission, NOW);
            lane = lanes[task[0] as usize];
            order.extend(task);
        }
        assert_eq!(order, [0, 1, 2, 0, 1, 2]);
    }

    #[test]
    fn the_rate_of_a_gate_stands_beside_that_of_the_client() {
        let rate = |limit| Some(Rate { limit: RateLimit { limit, interval: 100.0 }, per_host: false });
        let mut admission = Admission::new(Limits { rate: rate(2), ..Limits::default() });
        let gate = admission.open_gate(Limits { rate: rate(1), ..Limits::NONE }, ROOT);
        let (inner, outer) = (admission.retain(gate, 0), admission.retain(ROOT, 0));
        assert!(admission.start(inner, at(0.0)) && !admission.start(inner, at(1.0)));
        admission.join(inner, 0.0, 1);
        assert!(drain(&mut admission, at(1.0)).is_empty());
        assert!(!admission.is_vacant(gate, || at(1.0)), "whoever it pulled in now could not start");
        assert!(admission.start(outer, at(2.0)) && !admission.start(outer, at(3.0)));
        assert_eq!(admission.next_time(at(3.0)), at(100.0));
        assert_eq!(drain(&mut admission, at(100.0)), [1]);
    }

    #[test]
    fn a_closed_gate_leaves_nothing_behind() {
        let mut admission = admission(1, u32::MAX);
        for _ in 0..10 {
            let gate = admission.open_gate(Limits { concurrency: 1, ..Limits::NONE }, ROOT);
            let lane = admission.retain(gate, 0);
            assert!(admission.start(lane, NOW));
            admission.finish(lane);
            assert_eq!(admission.release(lane, || NOW), None);
            admission.close_gate(gate);
        }
        assert_eq!((admission.lanes.len(), admission.gates.len(), admission.lanes[0].users), (5, 2, 1));
        assert!(admission.idle.is_empty(), "nobody may forget a lane that is another's by now");
    }

    #[test]
    fn a_closed_gate_is_nowhere_waited_for() {
        let rate = Some(Rate { limit: RateLimit { limit: 1, interval: 100.0 }, per_host: true });
        let mut admission = Admission::new(Limits { concurrency: 4, per_host: 1, rate });
        let lanes = [0, 1].map(|host| admission.retain(ROOT, host));
        assert!(admission.start(lanes[0], at(0.0)) && admission.start(lanes[1], at(0.0)));
        admission.finish(lanes[1]);
        let gate = admission.open_gate(Limits { concurrency: 1, ..Limits::NONE }, ROOT);
        let inner = [0, 1, 2].map(|host| admission.retain(gate, host));
        assert!(admission.start(inner[2], at(0.0)));
        let tickets = inner.map(|lane| admission.join(lane, 0.0, lane));
        assert!(drain(&mut admission, at(1.0)).is_empty());
        admission.finish(inner[2]);
        assert!(drain(&mut admission, at(2.0)).is_empty(), "one is behind a slot, two behind tokens");
        tickets.into_iter().for_each(|ticket| admission.leave(ticket));
        inner.into_iter().chain([inner[2]]).for_each(|lane| assert_eq!(admission.release(lane, || at(2.0)), None));
        assert_eq!((admission.lanes[0].blocked.len(), admission.parked.len()), (1, 2), "they do not know yet");
        admission.close_gate(gate);
        assert_eq!((admission.lanes[0].blocked.len(), admission.parked.len(), admission.ready.len()), (0, 0, 0));
    }

    #[test]
    fn a_guest_does_not_stand_behind_those_whom_an_earlier_one_stood_behind() {
        let mut admission = admission(3, u32::MAX);
        let narrow = admission.open_gate(Limits { concurrency: 1, ..Limits::NONE }, ROOT);
        let inner = admission.retain(narrow, 0);
        assert!(admission.start(inner, NOW));
        let nested_waiters = admission.open_nested(narrow);
        let nested = admission.retain(nested_waiters, 1);
        admission.join(inner, 0.0, 1);
        let ticket = admission.join(nested, 0.0, 2);
        assert!(drain(&mut admission, NOW).is_empty(), "the narrow gate is full");
        admission.leave(ticket);
        assert!(admission.start(2, NOW) && admission.start(2, NOW));
        admission.finish(inner);
        admission.set_concurrency(ROOT, 2);
        assert!(drain(&mut admission, NOW).is_empty(), "the client is full");
        admission.join(nested, 0.0, 3);
        admission.hold_by_hook(2, true);
        admission.hold_by_hook(2, true);
        assert_eq!(drain(&mut admission, NOW), [3], "hooks hold all slots of the client");
    }

    #[test]
    fn a_gate_is_closed_behind_the_last_who_goes_through_it() {
        let mut admission = admission(4, u32::MAX);
        let middle = admission.open_gate(Limits { concurrency: 2, ..Limits::NONE }, ROOT);
        let gate = admission.open_gate(Limits { concurrency: 1, ..Limits::NONE }, middle);
        let lane = admission.retain(gate, 0);
        assert!(admission.start(lane, NOW));
        admission.close_gate(gate);
        admission.close_gate(middle);
        let other = admission.open_gate(Limits::NONE, ROOT);
        assert_eq!((admission.in_flight_of(0), other), (1, 3), "its number is still its own");
        admission.finish(lane);
        assert_eq!(admission.in_flight_of(0), 0);
        assert_eq!(admission.release(lane, || NOW), None);
        assert_eq!(admission.gates.iter().flatten().count(), 2);
        assert_eq!(admission.lanes[0].users, 1);
    }

    #[test]
    fn several_slots_of_a_gate_at_once_go_to_as_many_hosts() {
        let mut admission = admission(9, u32::MAX);
        let gate = admission.open_gate(Limits { concurrency: 1, ..Limits::NONE }, ROOT);
        let lanes = [0, 1, 2, 3].map(|host| admission.retain(gate, host));
        assert!(admission.start(lanes[3], NOW));
        for lane in &lanes[..3] {
            for _ in 0..3 {
                admission.join(*lane, 0.0, *lane);
            }
        }
        assert!(drain(&mut admission, NOW).is_empty());
        admission.set_concurrency(gate, 4);
        assert_eq!(drain(&mut admission, NOW), lanes[..3]);
        admission.set_concurrency(gate, 6);
        assert_eq!(drain(&mut admission, NOW), lanes[..2]);
        admission.set_concurrency(gate, 9);
        assert_eq!(drain(&mut admission, NOW), [lanes[2], lanes[0], lanes[1]]);
    }

    #[test]
    fn a_slot_costs_the_same_however_many_hosts_wait_for_it() {
        const MANY: u32 = 20_000;
        let mut admission = admission(9, u32::MAX);
        let gate = admission.open_gate(Limits { concurrency: 1, ..Limits::NONE }, ROOT);
        let lanes: Vec<_> = (0..MANY).map(|host| admission.retain(gate, host)).collect();
        assert!(admission.start(lanes[0], NOW));
        for lane in &lanes {
            admission.join(*lane, 0.0, *lane);
        }
        assert!(drain(&mut admission, NOW).is_empty());
        let mut at = lanes[0];
        for lane in lanes {
            admission.finish(at);
            assert!(admission.ready.len() <= 2, "only the first is looked at");
            assert_eq!(drain(&mut admission, NOW), [lane]);
            at = lane;
        }
    }
}
