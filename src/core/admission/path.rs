//! Walks from a lane through its parent gates to the root, to check and update the load of each.

use super::Admission;
use super::gate::Gate;
use super::ids::{GateId, LaneId, ROOT};
use super::lane::Lane;
use super::load::Load;
use crate::core::shared_rate::RateHandle;
use crate::core::time::Instant;

/// The lane or gate on a path that has no slot left.
pub(super) enum Obstacle {
    Lane(LaneId),
    Gate(GateId),
}

impl Admission {
    /// Earliest start that the cool-down of the host and the rates on the path allow, except the root's rate for all hosts
    /// together: that one holds up every lane alike and is checked once, before any lane.
    pub(super) fn ready_at(&self, lane: LaneId, now: Instant) -> Instant {
        let mut ready = now;
        let mut at = lane;
        while let Some(lane) = self.lanes.get(at as usize) {
            ready = ready.max(lane.ready_at(now));
            if lane.gate != ROOT
                && let Some(Some(gate)) = self.gates.get(lane.gate as usize)
            {
                ready = ready.max(gate.token_time(now));
            }
            at = lane.outer;
        }
        ready
    }

    pub(super) fn occupy(&mut self, lane: LaneId, now: Instant) {
        let takes_extra = self.lanes.get(lane as usize).is_some_and(|lane| lane.nested) && !self.has_own_slot(lane);
        if let Some(lane) = self.lanes.get_mut(lane as usize).filter(|_| takes_extra) {
            lane.extra_slots += 1;
        }
        self.change_load(lane, |load| {
            load.in_flight += 1;
            load.extra_slots += u32::from(takes_extra);
        });
        self.windows(lane, &|window| window.start(now));
    }

    /// Calls `look` with each window that a start through the lane counts in.
    pub(super) fn windows(&self, lane: LaneId, look: &dyn Fn(&RateHandle)) {
        let mut at = lane;
        while let Some(lane) = self.lanes.get(at as usize) {
            let common = self.gate(lane.gate).and_then(Gate::window);
            lane.window.iter().chain(common).for_each(look);
            at = lane.outer;
        }
    }

    /// Frees the slots that [`occupy`](Self::occupy) took.
    pub(super) fn vacate(&mut self, lane: LaneId) {
        // Slots are alike: a nested call returns its extra ones first.
        let holder = self.lanes.get_mut(lane as usize).filter(|lane| lane.extra_slots > 0);
        let extra_slots = holder.map(|lane| lane.extra_slots -= 1).is_some();
        self.change_load(lane, |load| {
            load.in_flight = load.in_flight.saturating_sub(1);
            load.extra_slots = load.extra_slots.saturating_sub(u32::from(extra_slots));
        });
    }

    /// Changes the load of each lane and gate on the path.
    pub(super) fn change_load(&mut self, lane: LaneId, change: impl Fn(&mut Load)) {
        let mut at = lane;
        while let Some(lane) = self.lanes.get_mut(at as usize) {
            change(&mut lane.load);
            if let Some(Some(gate)) = self.gates.get_mut(lane.gate as usize) {
                change(&mut gate.load);
            }
            at = lane.outer;
        }
    }

    pub(super) fn count_waiter(&mut self, lane: LaneId, more: bool) {
        if self.lanes.get(lane as usize).is_some_and(|lane| lane.nested) {
            self.nested_waiters = if more { self.nested_waiters + 1 } else { self.nested_waiters.saturating_sub(1) };
        }
        let mut at = lane;
        while let Some(lane) = self.lanes.get(at as usize) {
            if let Some(Some(gate)) = self.gates.get_mut(lane.gate as usize) {
                gate.waiting = if more { gate.waiting + 1 } else { gate.waiting.saturating_sub(1) };
            }
            at = lane.outer;
        }
        if !more && !self.lanes.get(lane as usize).is_some_and(Lane::has_waiters) {
            self.cancel_reservation(lane);
        }
    }

    /// Cancels the reserved starts of a lane in which no task waits any more.
    pub(super) fn cancel_reservation(&self, lane: LaneId) {
        self.windows(lane, &|window| window.cancel_reservation());
    }

    fn has_own_slot(&self, lane: LaneId) -> bool {
        let root = self.root().is_some_and(|root| root.has_room(false));
        root && self.obstacle_for(lane, false).is_none()
    }

    /// First lane or gate on the path that has no slot left; the root's own limit is checked before any lane.
    pub(super) fn obstacle(&self, lane: LaneId) -> Option<Obstacle> {
        let nested = self.lanes.get(lane as usize)?.nested;
        self.obstacle_for(lane, nested)
    }

    fn obstacle_for(&self, lane: LaneId, nested: bool) -> Option<Obstacle> {
        let mut at = lane;
        while let Some(lane) = self.lanes.get(at as usize) {
            let gate = self.gate(lane.gate)?;
            if !lane.load.has_slot(gate.limits.per_host, nested) {
                return Some(Obstacle::Lane(at));
            }
            if lane.gate != ROOT && !gate.has_room(nested) {
                return Some(Obstacle::Gate(lane.gate));
            }
            at = lane.outer;
        }
        None
    }
}
