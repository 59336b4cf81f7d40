//! The way of a start through all its gates: its lane, the gate of that, and outward to the root.

use super::gate::{Gate, Load, NONE, ROOT};
use super::lane::Lane;
use super::{Admission, GateId, HostId, LaneId};
use crate::core::shared_rate::RateHandle;
use crate::core::time::Instant;

/// Idle lanes looked at for one to forget: others may have something to remember.
const LOOKS: u32 = 4;

/// What has no slot left.
pub(super) enum Obstacle {
    Lane(LaneId),
    Gate(GateId),
}

impl Admission {
    /// A lane for a host that `gate` has not known, and one at each gate further out.
    pub(super) fn lay(&mut self, gate: GateId, host: HostId) -> LaneId {
        let (outer, guest) = self.gate(gate).map_or((NONE, false), |gate| (gate.outer, gate.guest));
        let outer = if outer == NONE { NONE } else { self.adopt(outer, host) };
        let window = self.gate(gate).and_then(|gate| gate.pace.as_ref()?.of_host(host));
        let fresh = Lane { gate, host, outer, guest, window, ..Lane::default() };
        let lane = match self.spare.pop() {
            Some(spare) => spare,
            None => {
                self.lanes.push(Lane::default());
                (self.lanes.len() - 1) as LaneId
            }
        };
        if let Some(place) = self.lanes.get_mut(lane as usize) {
            *place = fresh;
        }
        if let Some(gate) = self.gates.get_mut(gate as usize).and_then(Option::as_mut) {
            gate.set_lane(host, lane);
        }
        lane
    }

    /// Gives a lane's place to whoever comes next; the lane outside it.
    pub(super) fn free(&mut self, lane: LaneId) -> LaneId {
        self.spare.push(lane);
        self.lanes.get_mut(lane as usize).map_or(NONE, |place| std::mem::take(place).outer)
    }

    /// Forgets the lane that has been idle the longest, and those outside it that nobody else uses; the host of an
    /// outermost one.
    pub(super) fn forget_oldest(&mut self, now: Instant) -> Option<HostId> {
        for _ in 0..LOOKS {
            let mut at = self.idle.pop_front()?;
            let lane = self.lanes.get_mut(at as usize)?;
            lane.listed = false;
            if lane.users > 0 {
                continue;
            }
            if !lane.is_forgettable(now) {
                lane.listed = true;
                self.idle.push_back(at);
                continue;
            }
            while let Some(lane) = self.lanes.get(at as usize).filter(|lane| lane.is_forgettable(now)) {
                let (gate, host) = (lane.gate, lane.host);
                let outer = self.free(at);
                if let Some(Some(gate)) = self.gates.get_mut(gate as usize) {
                    gate.set_lane(host, NONE);
                    gate.pace.iter().for_each(|pace| pace.forget(now));
                }
                if outer == NONE {
                    return Some(host);
                }
                at = outer;
                if let Some(outer) = self.lanes.get_mut(at as usize) {
                    outer.users = outer.users.saturating_sub(1);
                }
            }
            return None;
        }
        None
    }

    /// When the rates of the lane's own gates, and what its host asked for, let another request go. The root's rate for
    /// all hosts together is looked at apart: it holds everyone up alike.
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
        let borrows = self.lanes.get(lane as usize).is_some_and(|lane| lane.guest) && !self.has_own_slot(lane);
        if let Some(lane) = self.lanes.get_mut(lane as usize).filter(|_| borrows) {
            lane.debts += 1;
        }
        self.change_load(lane, |load| {
            load.in_flight += 1;
            load.borrowed += u32::from(borrows);
        });
        self.windows(lane, &|window| window.start(now));
    }

    /// Looks at all windows that a start through the lane has to pass.
    pub(super) fn windows(&self, lane: LaneId, look: &dyn Fn(&RateHandle)) {
        let mut at = lane;
        while let Some(lane) = self.lanes.get(at as usize) {
            let whole = self.gate(lane.gate).and_then(Gate::window);
            lane.window.iter().chain(whole).for_each(look);
            at = lane.outer;
        }
    }

    /// Gives back what [`occupy`](Self::occupy) took.
    pub(super) fn vacate(&mut self, lane: LaneId) {
        // Slots are alike: of a guest's, those that were borrowed go back first.
        let debtor = self.lanes.get_mut(lane as usize).filter(|lane| lane.debts > 0);
        let borrowed = debtor.map(|lane| lane.debts -= 1).is_some();
        self.change_load(lane, |load| {
            load.in_flight = load.in_flight.saturating_sub(1);
            load.borrowed = load.borrowed.saturating_sub(u32::from(borrowed));
        });
    }

    /// Changes what is in flight in all places on the way.
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

    pub(super) fn count_waiting(&mut self, lane: LaneId, more: bool) {
        if self.lanes.get(lane as usize).is_some_and(|lane| lane.guest) {
            self.guests = if more { self.guests + 1 } else { self.guests.saturating_sub(1) };
        }
        let mut at = lane;
        while let Some(lane) = self.lanes.get(at as usize) {
            if let Some(Some(gate)) = self.gates.get_mut(lane.gate as usize) {
                gate.waiting = if more { gate.waiting + 1 } else { gate.waiting.saturating_sub(1) };
            }
            at = lane.outer;
        }
        if !more && !self.lanes.get(lane as usize).is_some_and(Lane::has_waiters) {
            self.give_back(lane);
        }
    }

    /// Nobody in the lane waits for a token any more: places that were kept for it are another's.
    pub(super) fn give_back(&self, lane: LaneId) {
        self.windows(lane, &|window| window.give_back());
    }

    fn has_own_slot(&self, lane: LaneId) -> bool {
        let root = self.root().is_some_and(|root| root.has_room(false));
        root && self.obstacle_for(lane, false).is_none()
    }

    /// The first on the way outward that has no slot left; the root's own are looked at apart.
    pub(super) fn obstacle(&self, lane: LaneId) -> Option<Obstacle> {
        let guest = self.lanes.get(lane as usize)?.guest;
        self.obstacle_for(lane, guest)
    }

    fn obstacle_for(&self, lane: LaneId, guest: bool) -> Option<Obstacle> {
        let mut at = lane;
        while let Some(lane) = self.lanes.get(at as usize) {
            let gate = self.gate(lane.gate)?;
            if !lane.load.has_slot(gate.limits.per_host, guest) {
                return Some(Obstacle::Lane(at));
            }
            if lane.gate != ROOT && !gate.has_room(guest) {
                return Some(Obstacle::Gate(lane.gate));
            }
            at = lane.outer;
        }
        None
    }
}
