//! Queues of the tasks that wait for a start.

use super::ids::{LaneId, NONE, TaskId, Ticket};
use super::lane::{Lane, Level};

/// Waiters of all lanes: doubly linked lists in one slab, so that leaving from the middle is O(1).
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

    /// Appends `task` behind the waiters of the same priority.
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

    /// Removes the first waiter of the highest priority.
    pub(super) fn pop(&mut self, lane: &mut Lane) -> Option<TaskId> {
        let slot = lane.levels.first()?.head;
        self.unlink(slot, lane)
    }

    /// Removes a waiter that gives up; returns its lane.
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
