//! Lanes are made with the first request of a host and forgotten when idle.

use super::Admission;
use super::ids::{GateId, HostId, LaneId, NONE};
use super::lane::Lane;
use crate::core::time::Instant;

/// Idle lanes kept with their state.
const KEPT_LANES: usize = 1000;
/// Idle lanes examined to find one to forget: some still have a rate or cool-down to remember.
const LOOKS: u32 = 4;

impl Admission {
    /// Retains the lane of a new request to `host` through `gate`; its state is kept until [`release`](Self::release).
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

    /// Releases the lane of a finished request. Returns the host to forget, if any, whose number may be reused.
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

    /// Inserts a lane for a host that is new to `gate`, and one at each gate further out.
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

    /// Removes a lane, whose number is reused; returns the lane outside it.
    pub(super) fn free(&mut self, lane: LaneId) -> LaneId {
        self.spare.push(lane);
        self.lanes.get_mut(lane as usize).map_or(NONE, |place| std::mem::take(place).outer)
    }

    /// Forgets the lane that has been idle the longest, and the unused lanes outside it; returns the host once the outermost
    /// one is gone.
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
}
