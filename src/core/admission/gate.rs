//! One set of limits: the client's own, or those that a call or a derived client sets inside them.

use std::collections::VecDeque;

use super::Admission;
use crate::core::limits::Limits;
use crate::core::shared_rate::{RateHandle, SharedRate};
use crate::core::time::Instant;

/// A gate's number; [`ROOT`] is that of the client itself.
pub type GateId = u32;
/// A lane's number: one host behind one gate.
pub type LaneId = u32;

/// The outermost gate, which every request passes.
pub const ROOT: GateId = 0;
/// No gate, no lane.
pub(super) const NONE: u32 = u32::MAX;

impl Admission {
    /// A gate with limits of its own inside `outer`; close it by [`close_gate`](Self::close_gate).
    pub fn open_gate(&mut self, limits: Limits, outer: GateId) -> GateId {
        self.open(Gate::new(limits, outer))
    }

    /// A gate for a call that is nested in a request, whose slot a hook [holds](Self::hold_by_hook).
    pub fn open_nested(&mut self, outer: GateId) -> GateId {
        self.open(Gate { nested: true, ..Gate::new(Limits::NONE, outer) })
    }

    fn open(&mut self, gate: Gate) -> GateId {
        let free = self.gates.iter().position(Option::is_none).unwrap_or(self.gates.len());
        if free == self.gates.len() {
            self.gates.push(None);
        }
        if let Some(place) = self.gates.get_mut(free) {
            *place = Some(gate);
        }
        free as GateId
    }

    /// Closes a gate through which nobody new comes. What still goes through it, such as a fetch that a request behind
    /// another gate shares, keeps to its limits to the end.
    pub fn close_gate(&mut self, gate: GateId) {
        if let Some(Some(closing)) = self.gates.get_mut(gate as usize).filter(|_| gate != ROOT) {
            closing.closed = true;
            self.sweep(gate);
        }
    }

    /// What may run at once through `gate`.
    #[must_use]
    pub fn limits(&self, gate: GateId) -> Limits {
        self.gate(gate).map_or_else(Limits::default, |gate| gate.limits)
    }

    /// Another limit from now on; what is in flight beyond it is let finish.
    pub fn set_concurrency(&mut self, gate: GateId, concurrency: u32) {
        if let Some(Some(changed)) = self.gates.get_mut(gate as usize) {
            changed.limits.concurrency = concurrency;
            self.wake_gate(gate);
        }
    }

    /// How fast starts may follow one another through `gate`, for another to keep to the same.
    #[must_use]
    pub fn shared_rate(&self, gate: GateId) -> Option<&SharedRate> {
        self.gate(gate)?.rate.as_ref()
    }

    /// Starts through `gate` keep to this from now on, whoever else does; before any has gone through.
    pub fn share_rate(&mut self, gate: GateId, rate: SharedRate) {
        if let Some(Some(gate)) = self.gates.get_mut(gate as usize) {
            gate.rate = Some(rate);
        }
    }

    /// A request will soon want a slot (`more`), or does no longer.
    pub fn claim(&mut self, gate: GateId, more: bool) {
        let mut at = gate;
        while let Some(Some(gate)) = self.gates.get_mut(at as usize) {
            gate.claimed = if more { gate.claimed + 1 } else { gate.claimed.saturating_sub(1) };
            at = gate.outer;
        }
    }

    /// Whether a slot is free that nobody who waits or has [claimed](Self::claim) one can take: a reason to look for work.
    #[must_use]
    pub fn is_vacant(&self, gate: GateId, now: impl Fn() -> Instant) -> bool {
        // A turn outlives a waiter that left.
        let nobody = self.ready.is_empty() || self.waiters.is_empty();
        let mut at = gate;
        while at != ROOT {
            match self.gate(at) {
                Some(gate) if gate.is_vacant(&now) => at = gate.outer,
                _ => return false,
            }
        }
        nobody && !self.paused && self.root().is_some_and(|root| root.unclaimed() > 0)
    }

    /// Whether a call that has nothing under way should bring a request in, though no slot is [vacant](Self::is_vacant):
    /// it may be one that a request of another waits for, in a hook on its slot, or while its slot is kept for it; and
    /// where others keep the queue filled, it would never have its turn.
    #[must_use]
    pub fn may_pull_idle(&self, gate: GateId) -> bool {
        let nested = self.gate(gate).is_some_and(|gate| gate.nested);
        let waited_for = nested || !self.waiters.is_empty() || self.root().is_some_and(|root| root.claimed > 0);
        let mut way = std::iter::successors(self.gate(gate), |gate| self.gate(gate.outer));
        !self.paused && waited_for && (!self.waiters.is_empty() || way.all(|gate| gate.has_room(nested)))
    }

    /// Whether anybody can be [owed](Self::may_pull_idle) anything at all: mostly not, and then nobody need be looked at.
    #[must_use]
    pub fn may_any_pull_idle(&self) -> bool {
        !self.paused
            && (!self.waiters.is_empty()
                || self.root().is_some_and(|root| root.claimed > 0 || root.load.held_by_hook > 0))
    }

    /// Forgets a gate that is closed and unused; whether it was.
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

/// What is in flight through one gate, and which lanes it holds up.
#[derive(Debug)]
pub(super) struct Gate {
    pub(super) limits: Limits,
    pub(super) outer: GateId,
    /// Whoever comes through is nested in a request that holds a slot.
    pub(super) nested: bool,
    pub(super) load: Load,
    pub(super) waiting: u32,
    /// Requests that will soon want a slot of it.
    pub(super) claimed: u32,
    pub(super) rate: Option<SharedRate>,
    /// Its lanes by host.
    pub(super) lanes: Vec<LaneId>,
    /// Lanes with waiters that only a slot of it keeps from lining up.
    pub(super) blocked: VecDeque<LaneId>,
    /// Nobody new comes through; it is forgotten with the last who did.
    closed: bool,
}

impl Gate {
    pub(super) fn new(limits: Limits, outer: GateId) -> Self {
        Self {
            limits,
            outer,
            nested: false,
            load: Load::default(),
            waiting: 0,
            claimed: 0,
            rate: limits.rate.map(SharedRate::new),
            lanes: Vec::new(),
            blocked: VecDeque::new(),
            closed: false,
        }
    }

    pub(super) fn has_room(&self, nested: bool) -> bool {
        self.load.has_slot(self.limits.concurrency, nested)
    }

    /// Free slots that nobody is about to take.
    pub(super) fn unclaimed(&self) -> u32 {
        self.limits.concurrency.saturating_sub(self.load.own()).saturating_sub(self.claimed)
    }

    /// Of its rate, where that is counted for all hosts together.
    pub(super) fn window(&self) -> Option<&RateHandle> {
        self.rate.as_ref()?.common()
    }

    /// When its rate, counted for all hosts together, has a token again.
    pub(super) fn token_time(&self, now: Instant) -> Instant {
        self.window().map_or(now, |window| window.earliest(now))
    }

    /// Whether a slot is free beside the claimed ones, and a token for it or nobody who waits for one.
    pub(super) fn is_vacant(&self, now: impl FnOnce() -> Instant) -> bool {
        self.unclaimed() > 0
            && (self.waiting == 0
                || self.window().is_none_or(|window| {
                    let now = now();
                    window.earliest(now) <= now
                }))
    }

    pub(super) fn lane_of(&self, host: u32) -> Option<LaneId> {
        self.lanes.get(host as usize).copied().filter(|lane| *lane != NONE)
    }

    pub(super) fn set_lane(&mut self, host: u32, lane: LaneId) {
        let place = host as usize;
        if self.lanes.len() <= place {
            self.lanes.resize(place + 1, NONE);
        }
        if let Some(known) = self.lanes.get_mut(place) {
            *known = lane;
        }
    }
}

/// What is in flight in one place.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Load {
    pub(super) in_flight: u32,
    /// Of those, the ones that wait for calls nested in them.
    pub(super) held_by_hook: u32,
    /// Of those, the nested ones that took such a slot once more.
    pub(super) extra_slots: u32,
}

impl Load {
    /// Whether another may start where `most` may go; a nested one also on a slot that a hook holds. So calls that are nested in one
    /// another come to their end at any depth: were all that are in flight waiting for nested ones, hooks would hold more slots than
    /// extra. No other is ever above the limit.
    pub(super) fn has_slot(&self, most: u32, nested: bool) -> bool {
        self.own() < most || nested && self.extra_slots < self.held_by_hook
    }

    /// Those that hold slots of their own.
    pub(super) fn own(&self) -> u32 {
        self.in_flight - self.extra_slots
    }
}
