//! What is known of one host behind one gate, and who waits for it.

use std::collections::VecDeque;

use super::gate::{GateId, LaneId, Load, NONE};
use super::{HostId, TaskId, Ticket};
use crate::core::shared_rate::RateHandle;
use crate::core::time::Instant;

/// One host's share of one gate.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) gate: GateId,
    pub(super) host: HostId,
    /// The same host's lane at the next gate outward.
    pub(super) outer: LaneId,
    /// It leads through the gate of a nested call.
    pub(super) nested: bool,
    pub(super) load: Load,
    /// Of those that came through this very lane, the ones on extra slots.
    pub(super) extra_slots: u32,
    pub(super) waiting: u32,
    /// Requests taken up and not over (in flight, queued, or between two attempts), and lanes further in.
    pub(super) users: u32,
    pub(super) not_before: Instant,
    pub(super) window: Option<RateHandle>,
    /// It is in the list of idle lanes.
    pub(super) listed: bool,
    pub(super) is_ready: bool,
    pub(super) parked: bool,
    /// It waits until a gate or a lane on its way has a slot again.
    pub(super) blocked_by_slot: bool,
    /// Lanes, itself among them, that wait for a slot of it.
    pub(super) blocked: VecDeque<LaneId>,
    /// One queue a priority, the highest first; nearly always one.
    pub(super) levels: Vec<Level>,
}

impl Default for Lane {
    fn default() -> Self {
        Self {
            gate: NONE,
            host: NONE,
            outer: NONE,
            nested: false,
            load: Load::default(),
            extra_slots: 0,
            waiting: 0,
            users: 0,
            not_before: Instant::default(),
            window: None,
            listed: false,
            is_ready: false,
            parked: false,
            blocked_by_slot: false,
            blocked: VecDeque::new(),
            levels: Vec::new(),
        }
    }
}

impl Lane {
    pub(super) fn has_waiters(&self) -> bool {
        self.waiting > 0
    }

    /// Whether it has a turn, or waits for one.
    pub(super) fn is_placed(&self) -> bool {
        self.is_ready || self.parked || self.blocked_by_slot
    }

    /// When the host's own rate and cool-down let another request go.
    pub(super) fn ready_at(&self, now: Instant) -> Instant {
        self.window.as_ref().map_or(now, |window| window.earliest(now)).max(self.not_before)
    }

    pub(super) fn is_forgettable(&self, now: Instant) -> bool {
        let idle = self.window.as_ref().is_none_or(|window| window.is_idle(now));
        self.users == 0 && self.not_before <= now && idle && !self.is_placed()
    }
}

#[derive(Debug)]
pub(super) struct Level {
    priority: f64,
    head: u32,
    tail: u32,
}

/// All waiters of all lanes: doubly linked lists in one slab, so that leaving from the middle is O(1).
#[derive(Debug, Default)]
pub(super) struct Waiters {
    slots: Vec<Waiter>,
    free: Vec<u32>,
    count: u32,
}

#[derive(Debug)]
struct Waiter {
    task: TaskId,
    lane: LaneId,
    priority: f64,
    previous: u32,
    next: u32,
}

impl Waiters {
    pub(super) fn len(&self) -> u32 {
        self.count
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Appends `who` behind those of the same priority.
    pub(super) fn push(&mut self, lane: &mut Lane, id: LaneId, priority: f64, task: TaskId) -> Ticket {
        let place = lane.levels.partition_point(|level| level.priority > priority);
        if lane.levels.get(place).is_none_or(|level| level.priority < priority) {
            lane.levels.insert(place, Level { priority, head: NONE, tail: NONE });
        }
        let previous = lane.levels.get(place).map_or(NONE, |level| level.tail);
        let slot = self.store(Waiter { task, lane: id, priority, previous, next: NONE });
        if let Some(waiter) = self.slots.get_mut(previous as usize) {
            waiter.next = slot;
        }
        if let Some(level) = lane.levels.get_mut(place) {
            level.tail = slot;
            if level.head == NONE {
                level.head = slot;
            }
        }
        lane.waiting += 1;
        self.count += 1;
        Ticket(slot)
    }

    /// Takes the first of the highest priority.
    pub(super) fn pop(&mut self, lane: &mut Lane) -> Option<TaskId> {
        let slot = lane.levels.first()?.head;
        self.unlink(slot, lane)
    }

    /// Takes out one that no longer waits; the lane that it left.
    pub(super) fn remove(&mut self, ticket: Ticket, lanes: &mut [Lane]) -> Option<LaneId> {
        let id = self.slots.get(ticket.0 as usize)?.lane;
        let lane = lanes.get_mut(id as usize)?;
        self.unlink(ticket.0, lane).map(|_| id)
    }

    fn store(&mut self, waiter: Waiter) -> u32 {
        if let Some(slot) = self.free.pop()
            && let Some(place) = self.slots.get_mut(slot as usize)
        {
            *place = waiter;
            return slot;
        }
        self.slots.push(waiter);
        (self.slots.len() - 1) as u32
    }

    fn unlink(&mut self, slot: u32, lane: &mut Lane) -> Option<TaskId> {
        let waiter = self.slots.get_mut(slot as usize)?;
        let (task, priority, previous, next) = (waiter.task, waiter.priority, waiter.previous, waiter.next);
        waiter.lane = NONE;
        let place = lane.levels.partition_point(|level| level.priority > priority);
        if let Some(before) = self.slots.get_mut(previous as usize) {
            before.next = next;
        }
        if let Some(after) = self.slots.get_mut(next as usize) {
            after.previous = previous;
        }
        let level = lane.levels.get_mut(place)?;
        if level.head == slot {
            level.head = next;
        }
        if level.tail == slot {
            level.tail = previous;
        }
        if level.head == NONE {
            lane.levels.remove(place);
        }
        lane.waiting -= 1;
        self.count -= 1;
        self.free.push(slot);
        Some(task)
    }
}
