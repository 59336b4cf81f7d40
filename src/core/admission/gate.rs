//! One set of limits: the client's own, or those of a call or a derived client inside them.

use std::collections::VecDeque;

use super::ids::{GateId, HostId, LaneId, NONE};
use super::load::Load;
use crate::core::limits::Limits;
use crate::core::shared_rate::{RateHandle, SharedRate};
use crate::core::time::Instant;

/// Limits, the load behind them, and the lanes that they hold up.
#[derive(Debug)]
pub(super) struct Gate {
    pub(super) limits: Limits,
    pub(super) outer: GateId,
    /// True if a hook that holds a slot makes its requests.
    pub(super) nested: bool,
    pub(super) load: Load,
    pub(super) waiting: u32,
    /// Requests that will soon ask for a slot.
    pub(super) claimed: u32,
    pub(super) rate: Option<SharedRate>,
    /// Lanes by host.
    pub(super) lanes: Vec<LaneId>,
    /// Lanes with waiters that lack only a slot of this gate.
    pub(super) blocked: VecDeque<LaneId>,
    /// No new request enters; the last one that leaves removes the gate.
    pub(super) closed: bool,
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

    /// Free slots beyond those already claimed.
    pub(super) fn unclaimed(&self) -> u32 {
        self.limits.concurrency.saturating_sub(self.load.own()).saturating_sub(self.claimed)
    }

    /// Window of a rate that is counted for all hosts together.
    pub(super) fn window(&self) -> Option<&RateHandle> {
        self.rate.as_ref()?.common()
    }

    /// Earliest start that the rate for all hosts together allows.
    pub(super) fn token_time(&self, now: Instant) -> Instant {
        self.window().map_or(now, |window| window.earliest(now))
    }

    /// Returns whether an unclaimed slot is free, and either a token for it or no waiter that needs one.
    pub(super) fn is_vacant(&self, now: impl FnOnce() -> Instant) -> bool {
        self.unclaimed() > 0
            && (self.waiting == 0
                || self.window().is_none_or(|window| {
                    let now = now();
                    window.earliest(now) <= now
                }))
    }

    pub(super) fn lane_of(&self, host: HostId) -> Option<LaneId> {
        self.lanes.get(host as usize).copied().filter(|lane| *lane != NONE)
    }

    pub(super) fn set_lane(&mut self, host: HostId, lane: LaneId) {
        let place = host as usize;
        if self.lanes.len() <= place {
            self.lanes.resize(place + 1, NONE);
        }
        if let Some(known) = self.lanes.get_mut(place) {
            *known = lane;
        }
    }
}
