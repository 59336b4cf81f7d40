//! What is known of one host, and who waits for it.

use super::admission::{HostId, Ticket, Who};
use super::rate::Window;
use super::time::Instant;

/// One host's share of the admission.
#[derive(Debug, Default)]
pub(super) struct Lane {
    pub(super) in_flight: u32,
    pub(super) waiting: u32,
    /// Requests taken up and not over: in flight, queued, or between two attempts.
    pub(super) users: u32,
    pub(super) not_before: Instant,
    pub(super) window: Option<Window>,
    pub(super) in_turn: bool,
    pub(super) parked: bool,
    /// One queue a priority, the highest first; nearly always one.
    levels: Vec<Level>,
}

impl Lane {
    pub(super) fn has_waiters(&self) -> bool {
        self.waiting > 0
    }

    /// When the host's own rate and cool-down let another request go.
    pub(super) fn ready_at(&self, now: Instant) -> Instant {
        self.window.as_ref().map_or(now, |window| window.earliest(now)).max(self.not_before)
    }

    pub(super) fn is_forgettable(&self, now: Instant) -> bool {
        let idle = self.window.as_ref().is_none_or(|window| window.is_idle(now));
        self.users == 0 && self.not_before <= now && idle && !self.in_turn && !self.parked
    }
}

#[derive(Debug)]
struct Level {
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
    who: Who,
    host: HostId,
    priority: f64,
    previous: u32,
    next: u32,
}

const NONE: u32 = u32::MAX;

impl Waiters {
    pub(super) fn len(&self) -> u32 {
        self.count
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Appends `who` behind those of the same priority.
    pub(super) fn push(&mut self, lane: &mut Lane, host: HostId, priority: f64, who: Who) -> Ticket {
        let place = lane.levels.iter().position(|level| level.priority <= priority).unwrap_or(lane.levels.len());
        if lane.levels.get(place).is_none_or(|level| level.priority < priority) {
            lane.levels.insert(place, Level { priority, head: NONE, tail: NONE });
        }
        let previous = lane.levels.get(place).map_or(NONE, |level| level.tail);
        let slot = self.store(Waiter { who, host, priority, previous, next: NONE });
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
    pub(super) fn pop(&mut self, lane: &mut Lane) -> Option<Who> {
        let slot = lane.levels.first()?.head;
        self.unlink(slot, lane)
    }

    /// Takes out one that no longer waits.
    pub(super) fn remove(&mut self, ticket: Ticket, lanes: &mut [Lane]) {
        let host = self.slots.get(ticket.0 as usize).map_or(NONE, |waiter| waiter.host);
        if let Some(lane) = lanes.get_mut(host as usize) {
            self.unlink(ticket.0, lane);
        }
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

    fn unlink(&mut self, slot: u32, lane: &mut Lane) -> Option<Who> {
        let waiter = self.slots.get_mut(slot as usize)?;
        let (who, priority, previous, next) = (waiter.who, waiter.priority, waiter.previous, waiter.next);
        waiter.host = NONE;
        let place = lane.levels.iter().position(|level| level.priority <= priority)?;
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
        Some(who)
    }
}
