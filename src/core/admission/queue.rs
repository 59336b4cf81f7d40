//! Lists of lanes with waiters: ready, blocked until their obstacle has a slot, or parked until a time.

use std::collections::VecDeque;

use super::Admission;
use super::ids::{GateId, LaneId};
use super::path::Obstacle;
use crate::core::time::Instant;

impl Admission {
    /// Takes the first ready lane that may start; where only nested ones may, the first nested one.
    pub(super) fn pop_ready(&mut self) -> Option<LaneId> {
        let place = self.first_ready()?;
        take_at(&mut self.ready, place)
    }

    pub(super) fn first_ready(&self) -> Option<usize> {
        self.first_eligible(&self.ready, |nested| self.has_room(nested))
    }

    /// Blocks the lane until its obstacle has a slot again; returns false when it has none.
    pub(super) fn block_if_full(&mut self, lane: LaneId) -> bool {
        let obstacle = self.obstacle(lane);
        obstacle.is_some_and(|obstacle| self.block(lane, obstacle))
    }

    /// Makes a lane with waiters ready, or blocks it behind the lanes that wait for the same obstacle.
    pub(super) fn enqueue(&mut self, lane: LaneId) {
        // A nested lane whose waiters left may still be blocked behind others, which the next nested call must not wait for
        // (`tests::a_nested_call_is_not_blocked_behind_an_empty_lane`).
        let stale = self.lanes.get(lane as usize).is_some_and(|lane| lane.nested && lane.blocked_by_slot);
        if stale && self.obstacle(lane).is_none() {
            self.withdraw(lane);
        }
        let Some(place) = self.lanes.get(lane as usize).filter(|lane| lane.has_waiters() && !lane.is_placed()) else {
            return;
        };
        // A nested call may start where others cannot, so it does not line up behind them.
        let queue_ahead = if place.nested { None } else { self.queue_ahead(lane) };
        match self.obstacle(lane).or(queue_ahead) {
            Some(obstacle) => {
                self.block(lane, obstacle);
            }
            None => self.make_ready(lane),
        }
    }

    /// Wakes the first blocked lane at each lane and gate on the path of `lane` that has a slot again. The woken lane wakes
    /// the next one after its own turn, so that a freed slot costs the same however many wait for it.
    pub(super) fn wake_next(&mut self, lane: LaneId) {
        let mut at = lane;
        while let Some(place) = self.lanes.get(at as usize) {
            let (gate, outer) = (place.gate, place.outer);
            while let Some(place) = self.first_blocked(at)
                && let Some(first) = self.lanes.get_mut(at as usize).and_then(|lane| take_at(&mut lane.blocked, place))
                && !self.unblock_for_all(first)
            {}
            self.wake_gate(gate);
            at = outer;
        }
    }

    /// Wakes the first lane that is blocked by the gate, if it has a slot.
    pub(super) fn wake_gate(&mut self, gate: GateId) {
        while let Some(full) = self.gate(gate)
            && let Some(place) = self.first_eligible(&full.blocked, |nested| full.has_room(nested))
            && let Some(Some(full)) = self.gates.get_mut(gate as usize)
            && let Some(first) = take_at(&mut full.blocked, place)
            && !self.unblock_for_all(first)
        {}
    }

    /// Removes a lane without waiters from all lists.
    pub(super) fn withdraw(&mut self, lane: LaneId) {
        let Some(place) = self.lanes.get_mut(lane as usize) else { return };
        if std::mem::take(&mut place.parked) {
            self.parked.retain(|other| *other != lane);
        } else if std::mem::take(&mut place.is_ready) {
            remove(&mut self.ready, lane);
            self.wake_next(lane);
        } else if std::mem::take(&mut place.blocked_by_slot) {
            let mut at = lane;
            while let Some(place) = self.lanes.get_mut(at as usize) {
                remove(&mut place.blocked, lane);
                if let Some(Some(gate)) = self.gates.get_mut(place.gate as usize) {
                    remove(&mut gate.blocked, lane);
                }
                at = place.outer;
            }
        }
    }

    /// Parks the lane until its own rate or cool-down allows a start.
    pub(super) fn park(&mut self, lane: LaneId, until: Instant) {
        if let Some(place) = self.lanes.get_mut(lane as usize) {
            place.parked = true;
            self.parked.push(lane);
            self.parked_until = self.parked_until.min(until);
        }
    }

    /// Appends a lane with waiters to the ready list, unless it is in a list already.
    pub(super) fn make_ready(&mut self, lane: LaneId) {
        if let Some(place) = self.lanes.get_mut(lane as usize)
            && place.has_waiters()
            && !place.is_placed()
        {
            place.is_ready = true;
            self.ready.push_back(lane);
        }
    }

    /// Moves the parked lanes whose time has come to the ready list.
    pub(super) fn unpark(&mut self, now: Instant) {
        if now < self.parked_until {
            return;
        }
        self.parked_until = Instant::NEVER;
        for lane in std::mem::take(&mut self.parked) {
            let ready_at = self.ready_at(lane, now);
            let Some(place) = self.lanes.get_mut(lane as usize) else { continue };
            if ready_at > now && place.has_waiters() {
                self.parked.push(lane);
                self.parked_until = self.parked_until.min(ready_at);
            } else {
                place.parked = false;
                self.make_ready(lane);
            }
        }
    }

    /// Unblocks a lane and returns true if that is enough. It is not where the lane has no waiters, or where nested calls
    /// wait, which may start where it cannot.
    fn unblock_for_all(&mut self, lane: LaneId) -> bool {
        self.unblock(lane) && self.nested_waiters == 0
    }

    /// Unblocks a lane; returns whether it has waiters.
    fn unblock(&mut self, lane: LaneId) -> bool {
        let Some(place) = self.lanes.get_mut(lane as usize) else { return false };
        place.blocked_by_slot = false;
        let waits = place.has_waiters();
        self.make_ready(lane);
        waits
    }

    fn block(&mut self, lane: LaneId, obstacle: Obstacle) -> bool {
        let Some(place) = self.lanes.get_mut(lane as usize).filter(|place| !place.is_placed()) else { return true };
        place.blocked_by_slot = true;
        match obstacle {
            Obstacle::Lane(full) => {
                if let Some(full) = self.lanes.get_mut(full as usize) {
                    full.blocked.push_back(lane);
                }
            }
            Obstacle::Gate(full) => {
                if let Some(Some(full)) = self.gates.get_mut(full as usize) {
                    full.blocked.push_back(lane);
                }
            }
        }
        true
    }

    /// Returns the index of the first lane blocked by `lane` that may start now.
    fn first_blocked(&self, lane: LaneId) -> Option<usize> {
        let full = self.lanes.get(lane as usize)?;
        let most = self.gate(full.gate)?.limits.per_host;
        self.first_eligible(&full.blocked, |nested| full.load.has_slot(most, nested))
    }

    /// Returns the index of the first lane that may start; where only nested ones may, of the first nested one.
    fn first_eligible(&self, blocked: &VecDeque<LaneId>, may: impl Fn(bool) -> bool) -> Option<usize> {
        if blocked.is_empty() || may(false) {
            return (!blocked.is_empty()).then_some(0);
        }
        let is_nested = |lane: &LaneId| self.lanes.get(*lane as usize).is_some_and(|lane| lane.nested);
        may(true).then(|| blocked.iter().position(is_nested)).flatten()
    }

    /// Returns the first lane or gate on the path that other lanes wait for already.
    fn queue_ahead(&self, lane: LaneId) -> Option<Obstacle> {
        let mut at = lane;
        while let Some(place) = self.lanes.get(at as usize) {
            if !place.blocked.is_empty() {
                return Some(Obstacle::Lane(at));
            }
            if self.gate(place.gate).is_some_and(|gate| !gate.blocked.is_empty()) {
                return Some(Obstacle::Gate(place.gate));
            }
            at = place.outer;
        }
        None
    }
}

/// Removes the lane at an index: nearly always the first, which costs nothing.
fn take_at(queue: &mut VecDeque<LaneId>, place: usize) -> Option<LaneId> {
    if place == 0 {
        return queue.pop_front();
    }
    let lane = *queue.get(place)?;
    remove(queue, lane);
    Some(lane)
}

/// Removes a lane, which is listed at most once. `VecDeque::remove` would weigh a kilobyte.
fn remove(queue: &mut VecDeque<LaneId>, lane: LaneId) {
    queue.retain(|other| *other != lane);
}
