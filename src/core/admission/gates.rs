//! Opens and closes gates, and changes their limits.

use super::Admission;
use super::gate::Gate;
use super::ids::{GateId, LaneId, NONE, ROOT};
use crate::core::limits::Limits;
use crate::core::shared_rate::SharedRate;
use crate::core::time::Instant;

impl Admission {
    /// Opens a gate with its own limits inside `outer`; [`close_gate`](Self::close_gate) closes it.
    pub fn open_gate(&mut self, limits: Limits, outer: GateId) -> GateId {
        self.open(Gate::new(limits, outer))
    }

    pub(super) fn open(&mut self, gate: Gate) -> GateId {
        let free = self.gates.iter().position(Option::is_none).unwrap_or(self.gates.len());
        if free == self.gates.len() {
            self.gates.push(None);
        }
        if let Some(place) = self.gates.get_mut(free) {
            *place = Some(gate);
        }
        free as GateId
    }

    /// Closes a gate to new requests. Requests inside, such as a fetch that a request behind another gate shares, keep to its
    /// limits to the end.
    pub fn close_gate(&mut self, gate: GateId) {
        if let Some(Some(closing)) = self.gates.get_mut(gate as usize).filter(|_| gate != ROOT) {
            closing.closed = true;
            self.sweep(gate);
        }
    }

    /// Limits of `gate`.
    #[must_use]
    pub fn limits(&self, gate: GateId) -> Limits {
        self.gate(gate).map_or_else(Limits::default, |gate| gate.limits)
    }

    /// Changes the limit of requests in flight; those beyond a lower one run to their end.
    pub fn set_concurrency(&mut self, gate: GateId, concurrency: u32) {
        if let Some(Some(changed)) = self.gates.get_mut(gate as usize) {
            changed.limits.concurrency = concurrency;
            self.wake_gate(gate);
        }
    }

    /// Rate of `gate`, to be [shared](Self::share_rate) by a gate of another admission.
    #[must_use]
    pub fn shared_rate(&self, gate: GateId) -> Option<&SharedRate> {
        self.gate(gate)?.rate.as_ref()
    }

    /// Limits starts through `gate` by a shared rate; to be called before the first of them.
    pub fn share_rate(&mut self, gate: GateId, rate: SharedRate) {
        if let Some(Some(gate)) = self.gates.get_mut(gate as usize) {
            gate.rate = Some(rate);
        }
    }

    /// Counts a request that will soon ask for a slot (`more`), or does no longer.
    pub fn claim(&mut self, gate: GateId, more: bool) {
        let mut at = gate;
        while let Some(Some(gate)) = self.gates.get_mut(at as usize) {
            gate.claimed = if more { gate.claimed + 1 } else { gate.claimed.saturating_sub(1) };
            at = gate.outer;
        }
    }

    /// Returns whether a slot is free that no waiting or [claiming](Self::claim) request can take: a reason to pull another input.
    #[must_use]
    pub fn is_vacant(&self, gate: GateId, now: impl Fn() -> Instant) -> bool {
        // A lane may still be in the ready list after its last waiter left.
        let none_waits = self.ready.is_empty() || self.waiters.is_empty();
        let mut at = gate;
        while at != ROOT {
            match self.gate(at) {
                Some(gate) if gate.is_vacant(&now) => at = gate.outer,
                _ => return false,
            }
        }
        none_waits && !self.paused && self.root().is_some_and(|root| root.unclaimed() > 0)
    }

    /// Removes a gate that is closed and unused; returns whether it did.
    pub(super) fn sweep(&mut self, gate: GateId) -> bool {
        let is_unused = |lane: &LaneId| self.lanes.get(*lane as usize).is_none_or(|lane| lane.users == 0);
        if !self.gate(gate).is_some_and(|gate| gate.closed && gate.lanes.iter().all(is_unused)) {
            return false;
        }
        let Some(swept) = self.gates.get(gate as usize).and_then(Option::as_ref) else { return false };
        let (lanes, outer) = (swept.lanes.clone(), swept.outer);
        let all = &self.lanes;
        self.idle.retain(|lane| all.get(*lane as usize).is_none_or(|lane| lane.gate != gate));
        for lane in lanes.into_iter().filter(|lane| *lane != NONE) {
            self.withdraw(lane);
            let outer = self.free(lane);
            if let Some(outer) = self.lanes.get_mut(outer as usize) {
                outer.users = outer.users.saturating_sub(1);
            }
        }
        if let Some(place) = self.gates.get_mut(gate as usize) {
            *place = None;
        }
        self.sweep(outer);
        true
    }
}
