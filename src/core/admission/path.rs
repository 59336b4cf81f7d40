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
    pub(super) fn insert(&mut self, gate: GateId, host: HostId) -> LaneId {
        let (outer, nested) = self.gate(gate).map_or((NONE, false), |gate| (gate.outer, gate.nested));
        let outer = if outer == NONE { NONE } else { self.retain(outer, host) };
        let window = self.gate(gate).and_then(|gate| gate.rate.as_ref()?.of_host(host));
        let fresh = Lane { gate, host, outer, nested, window, ..Lane::default() };
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
                    gate.rate.iter().for_each(|rate| rate.forget(now));
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
        // Slots are alike: of a nested call, extra ones go back first.
        let holder = self.lanes.get_mut(lane as usize).filter(|lane| lane.extra_slots > 0);
        let extra_slots = holder.map(|lane| lane.extra_slots -= 1).is_some();
        self.change_load(lane, |load| {
            load.in_flight = load.in_flight.saturating_sub(1);
            load.extra_slots = load.extra_slots.saturating_sub(u32::from(extra_slots));
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
