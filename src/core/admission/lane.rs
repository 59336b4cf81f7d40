//! State of one host behind one gate.

use std::collections::VecDeque;

use super::ids::{GateId, HostId, LaneId, NONE};
use super::load::Load;
use crate::core::shared_rate::RateHandle;
use crate::core::time::Instant;

/// Requests of one host behind one gate, and where they wait.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) gate: GateId,
    pub(super) host: HostId,
    /// Lane of the same host at the next gate outward.
    pub(super) outer: LaneId,
    /// True if its gate is nested.
    pub(super) nested: bool,
    pub(super) load: Load,
    /// Requests on extra slots that entered through this very lane.
    pub(super) extra_slots: u32,
    pub(super) waiting: u32,
    /// Unfinished requests (in flight, queued, or between two attempts), and lanes further in.
    pub(super) users: u32,
    pub(super) not_before: Instant,
    pub(super) window: Option<RateHandle>,
    /// Listed among the idle lanes.
    pub(super) listed: bool,
    pub(super) is_ready: bool,
    pub(super) parked: bool,
    /// Listed in the `blocked` list of a gate or lane on its path that has no slot.
    pub(super) blocked_by_slot: bool,
    /// Lanes, possibly including this one, that wait for a slot of it.
    pub(super) blocked: VecDeque<LaneId>,
    /// One queue for each priority, the highest first; nearly always one.
    pub(super) levels: Vec<Level>,
}

impl Default for Lane {
    fn default() -> Self {
        Self {
            gate: NONE,
            host: NONE,
            outer: NONE,
            nested: false,
            load: Load::default(),
            extra_slots: 0,
            waiting: 0,
            users: 0,
            not_before: Instant::default(),
            window: None,
            listed: false,
            is_ready: false,
            parked: false,
            blocked_by_slot: false,
            blocked: VecDeque::new(),
            levels: Vec::new(),
        }
    }
}

impl Lane {
    pub(super) fn has_waiters(&self) -> bool {
        self.waiting > 0
    }

    /// Returns whether the lane is in one of the lists: ready, parked or blocked.
    pub(super) fn is_placed(&self) -> bool {
        self.is_ready || self.parked || self.blocked_by_slot
    }

    /// Earliest start that the host's own rate and cool-down allow.
    pub(super) fn ready_at(&self, now: Instant) -> Instant {
        self.window.as_ref().map_or(now, |window| window.earliest(now)).max(self.not_before)
    }

    /// Returns whether the lane can be removed and made anew without anyone noticing.
    pub(super) fn is_forgettable(&self, now: Instant) -> bool {
        let idle = self.window.as_ref().is_none_or(|window| window.is_idle(now));
        self.users == 0 && self.not_before <= now && idle && !self.is_placed()
    }
}

/// Queue of the waiters of one priority.
#[derive(Debug)]
pub(super) struct Level {
    pub(super) priority: f64,
    pub(super) head: u32,
    pub(super) tail: u32,
}
