//! Figures for statistics.

use super::Admission;
use super::ids::HostId;
use crate::core::time::{Instant, Millis};

impl Admission {
    /// Requests in flight.
    #[must_use]
    pub fn in_flight(&self) -> u32 {
        self.root().map_or(0, |root| root.load.in_flight)
    }

    /// Requests in flight to `host`, through whatever gate.
    #[must_use]
    pub fn in_flight_of(&self, host: HostId) -> u32 {
        let lane = self.root().and_then(|root| root.lane_of(host));
        lane.and_then(|lane| self.lanes.get(lane as usize)).map_or(0, |lane| lane.load.in_flight)
    }

    /// Requests waiting in the queue for `host`, behind whatever gate.
    #[must_use]
    pub fn queued_of(&self, host: HostId) -> u32 {
        let lanes = self.gates.iter().flatten().filter_map(|gate| self.lanes.get(gate.lane_of(host)? as usize));
        lanes.map(|lane| lane.waiting).sum()
    }

    /// Milliseconds until `host` may be asked again.
    #[must_use]
    pub fn cooldown_of(&self, host: HostId, now: Instant) -> Millis {
        let lane = self.root().and_then(|root| self.lanes.get(root.lane_of(host)? as usize));
        lane.map_or(0.0, |lane| lane.not_before.since(now))
    }

    /// Requests waiting in the queue.
    #[must_use]
    pub fn queued(&self) -> u32 {
        self.waiters.len()
    }
}
