//! Decides which request may start now.
//!
//! A request starts only when a global slot, a slot of its host and every token it needs are free *together*; it holds
//! nothing while it waits. Hosts with waiting requests are served in turn, so that a slow or hanging one takes only its own
//! share; within a host the higher priority goes first, then the earlier arrival. A freed slot goes to the next waiter in
//! the same turn: a newcomer never overtakes.
//!
//! Limits nest. Each set of them is a gate, with a lane for each of its hosts; a call's gate stands inside its client's,
//! and a start passes all of them at once.
//!
//! ```text
//! mod       start, join, leave, next, finish
//! gates     open, close, change limits        gate, load    data of a gate
//! lanes     made and forgotten by host        lane          data of a lane
//! path      from a lane through its gates outward: load, rates, obstacles
//! queue     lanes that are ready, blocked by a full gate or lane, or parked until a time
//! waiters   tasks in the queue of a lane
//! nested    calls made by a hook that holds a slot
//! ```
//!
//! Pure: `now` is an argument, and numbers of tasks that may start are the answer.

mod gate;
mod gates;
pub mod ids;
mod lane;
mod lanes;
mod load;
mod nested;
mod observe;
mod path;
mod queue;
mod waiters;

use std::collections::VecDeque;

pub use crate::core::limits::{Limits, Rate};
use crate::core::time::Instant;
use gate::Gate;
use ids::NONE;
pub use ids::{GateId, HostId, LaneId, ROOT, TaskId, Ticket};
use lane::Lane;
use waiters::Waiters;

/// The state machine behind the semaphore.
#[derive(Debug)]
pub struct Admission {
    paused: bool,
    /// Gates by number; the first is the root.
    gates: Vec<Option<Gate>>,
    lanes: Vec<Lane>,
    spare: Vec<LaneId>,
    /// Lanes without users, idle the longest first.
    idle: VecDeque<LaneId>,
    waiters: Waiters,
    /// Waiters behind nested gates.
    nested_waiters: u32,
    /// Lanes with waiters that lack at most a slot or token of the root, in the order of their turns.
    ready: VecDeque<LaneId>,
    /// Lanes with waiters that must not start before a certain time, and the earliest of those times.
    parked: Vec<LaneId>,
    parked_until: Instant,
}

impl Admission {
    /// Creates an admission with nothing in flight or waiting.
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

    /// Starts a request at once if all it needs is free and no waiting request could start in its place.
    #[must_use]
    pub fn start(&mut self, lane: LaneId, now: Instant) -> bool {
        // The timer may be late: lanes whose time has come meanwhile go first.
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

    /// Queues `task` for a start; [`next`](Self::next) returns it when its turn has come.
    pub fn join(&mut self, lane: LaneId, priority: f64, task: TaskId) -> Ticket {
        let ticket = match self.lanes.get_mut(lane as usize) {
            Some(place) => self.waiters.push(place, lane, priority, task),
            None => Ticket(NONE),
        };
        self.count_waiter(lane, true);
        self.enqueue(lane);
        ticket
    }

    /// Leaves the queue in O(1), without consuming a slot or token.
    pub fn leave(&mut self, ticket: Ticket) {
        if let Some(lane) = self.waiters.remove(ticket, &mut self.lanes) {
            self.count_waiter(lane, false);
        }
    }

    /// Starts the next waiting task, which now occupies its slot; to be called until it returns `None`.
    pub fn next(&mut self, now: Instant) -> Option<TaskId> {
        let next = self.first_to_start(now);
        if next.is_none()
            && let Some(window) = self.root().and_then(Gate::window)
        {
            // Only a token of the root is missing: other holders of the same rate must not take it meanwhile.
            match self.has_room(self.nested_waiters > 0) && self.first_ready().is_some() {
                true => window.reserve(now),
                false => window.cancel_reservation(),
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
            if !place.has_waiters() || self.block_if_full(lane) {
                self.cancel_reservation(lane);
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

    /// Frees the slot of a request that is no longer in flight.
    pub fn finish(&mut self, lane: LaneId) {
        self.vacate(lane);
        self.wake_next(lane);
    }

    /// Undoes a start granted at `time` that was not used: frees its slot and its tokens.
    pub fn take_back(&mut self, lane: LaneId, time: Instant) {
        self.windows(lane, &|window| window.undo(time));
        if !self.parked.is_empty() {
            self.parked_until = self.parked_until.min(time);
        }
        self.finish(lane);
    }

    /// Next time at which [`next`](Self::next) may return a task, if nothing else happens.
    #[must_use]
    pub fn next_time(&self, now: Instant) -> Instant {
        if !self.has_room(self.nested_waiters > 0) || self.waiters.is_empty() {
            return Instant::NEVER;
        }
        let token = if self.first_ready().is_some() { self.token_time(now) } else { Instant::NEVER };
        token.min(self.parked_until)
    }

    /// Forbids starts at `host` before `time`; of several times, the latest counts.
    pub fn cool_down(&mut self, host: HostId, time: Instant) {
        let lane = self.root().and_then(|root| root.lane_of(host));
        if let Some(lane) = lane.and_then(|lane| self.lanes.get_mut(lane as usize)) {
            lane.not_before = lane.not_before.max(time);
        }
    }

    /// Pauses or resumes starts.
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

    /// Reserves a start in each window of the lane that has no token now.
    fn reserve_starts(&self, lane: LaneId, now: Instant) {
        self.windows(lane, &|window| {
            if window.earliest(now) > now {
                window.reserve(now);
            }
        });
    }

    /// Earliest start that the rate of the client allows.
    fn token_time(&self, now: Instant) -> Instant {
        self.root().map_or(now, |root| root.token_time(now))
    }
}

#[cfg(test)]
mod tests;
