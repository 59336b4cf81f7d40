//! Calls nested in a hook, which run on extra slots while the hook holds one.
//!
//! A hook that awaits a call of its own client would wait for ever if that call queued behind the very slot that the hook
//! holds (`tests/stories/nested.rs`).

use super::Admission;
use super::gate::Gate;
use super::ids::{GateId, LaneId, ROOT};
use crate::core::limits::Limits;

impl Admission {
    /// Opens a gate inside `outer` for a call made by a hook, whose slot is [held](Self::hold_by_hook).
    pub fn open_nested(&mut self, outer: GateId) -> GateId {
        self.open(Gate { nested: true, ..Gate::new(Limits::NONE, outer) })
    }

    /// Marks a slot of `lane` as held by a hook with nested calls (`begins`), or as an ordinary one again.
    pub fn hold_by_hook(&mut self, lane: LaneId, begins: bool) {
        self.change_load(lane, |load| {
            load.held_by_hook = if begins { load.held_by_hook + 1 } else { load.held_by_hook.saturating_sub(1) };
        });
        self.wake_next(lane);
    }

    /// Returns whether an idle batch may pull one input although no slot is [vacant](Self::is_vacant): (1) a hook holding a slot may
    /// be waiting for it, (2) busy batches would starve it.
    #[must_use]
    pub fn may_pull_idle(&self, gate: GateId) -> bool {
        let nested = self.gate(gate).is_some_and(|gate| gate.nested);
        let waited_for = nested || !self.waiters.is_empty() || self.root().is_some_and(|root| root.claimed > 0);
        let mut way = std::iter::successors(self.gate(gate), |gate| self.gate(gate.outer));
        !self.paused && waited_for && (!self.waiters.is_empty() || way.all(|gate| gate.has_room(nested)))
    }

    /// Returns whether [`may_pull_idle`](Self::may_pull_idle) can be true for any gate; false in most calls, which then skip the
    /// search.
    #[must_use]
    pub fn may_any_pull_idle(&self) -> bool {
        let held = || self.gate(ROOT).is_some_and(|root| root.claimed > 0 || root.load.held_by_hook > 0);
        !self.paused && (!self.waiters.is_empty() || held())
    }
}
