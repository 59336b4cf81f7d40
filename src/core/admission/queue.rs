//! Whose turn it is: lanes with waiters line up, wait for a slot of what obstructs them, or for a time of their own.

use std::collections::VecDeque;

use super::path::Obstacle;
use super::{Admission, GateId, LaneId};
use crate::core::time::Instant;

impl Admission {
    /// Lays the lane aside until what obstructs it has a slot again; false when nothing does.
    pub(super) fn block(&mut self, lane: LaneId) -> bool {
        let obstacle = self.obstacle(lane);
        obstacle.is_some_and(|obstacle| self.block_at(lane, obstacle))
    }

    /// A lane with waiters is to have its turn, behind those that wait for the same.
    pub(super) fn enqueue(&mut self, lane: LaneId) {
        // A nested lane that everyone left may still stand behind one whose turn it is: a nested call must not wait for that.
        let stale = self.lanes.get(lane as usize).is_some_and(|lane| lane.nested && lane.blocked_by_slot);
        if stale && self.obstacle(lane).is_none() {
            self.withdraw(lane);
        }
        let Some(place) = self.lanes.get(lane as usize).filter(|lane| lane.has_waiters() && !lane.is_placed()) else {
            return;
        };
        // A nested call may go on where the others cannot.
        let queue_ahead = if place.nested { None } else { self.queue_ahead(lane) };
        match self.obstacle(lane).or(queue_ahead) {
            Some(obstacle) => {
                self.block_at(lane, obstacle);
            }
            None => self.make_ready(lane),
        }
    }

    /// Gives a turn to the first who waits for what `lane` has passed, wherever there is a slot again. Nobody looks at
    /// those behind him before he has had it; he then passes it on in turn, so that a slot costs the same however many
    /// wait for it.
    pub(super) fn wake_next(&mut self, lane: LaneId) {
        let mut at = lane;
        while let Some(place) = self.lanes.get(at as usize) {
            let (gate, outer) = (place.gate, place.outer);
            while let Some(place) = self.first_blocked(at)
                && let Some(first) = self.lanes.get_mut(at as usize).and_then(|lane| take_at(&mut lane.blocked, place))
                && !self.is_served_by(first)
            {}
            self.wake_gate(gate);
            at = outer;
        }
    }

    /// Gives a turn to the first who waits for a slot of the gate, should it have one.
    pub(super) fn wake_gate(&mut self, gate: GateId) {
        while let Some(full) = self.gate(gate)
            && let Some(place) = self.first_eligible(&full.blocked, |nested| full.has_room(nested))
            && let Some(Some(full)) = self.gates.get_mut(gate as usize)
            && let Some(first) = take_at(&mut full.blocked, place)
            && !self.is_served_by(first)
        {}
    }

    /// Takes a lane in which nobody waits any more out of all that it waits for itself.
    pub(super) fn withdraw(&mut self, lane: LaneId) {
        let Some(place) = self.lanes.get_mut(lane as usize) else { return };
        if std::mem::take(&mut place.parked) {
            self.parked.retain(|other| *other != lane);
        } else if std::mem::take(&mut place.is_ready) {
            remove(&mut self.ready, lane);
            self.wake_next(lane);
        } else if std::mem::take(&mut place.blocked_by_slot) {
            let mut at = lane;
            while let Some(place) = self.lanes.get_mut(at as usize) {
                remove(&mut place.blocked, lane);
                if let Some(Some(gate)) = self.gates.get_mut(place.gate as usize) {
                    remove(&mut gate.blocked, lane);
                }
                at = place.outer;
            }
        }
    }

    /// Lays the lane aside until its own time has come.
    pub(super) fn park(&mut self, lane: LaneId, until: Instant) {
        if let Some(place) = self.lanes.get_mut(lane as usize) {
            place.parked = true;
            self.parked.push(lane);
            self.parked_until = self.parked_until.min(until);
        }
    }

    /// Gives a lane with waiters a turn, unless it has one or waits for something.
    pub(super) fn make_ready(&mut self, lane: LaneId) {
        if let Some(place) = self.lanes.get_mut(lane as usize)
            && place.has_waiters()
            && !place.is_placed()
        {
            place.is_ready = true;
            self.ready.push_back(lane);
        }
    }

    /// Gives the parked lanes whose time has come a turn again.
    pub(super) fn unpark(&mut self, now: Instant) {
        if now < self.parked_until {
            return;
        }
        self.parked_until = Instant::NEVER;
        for lane in std::mem::take(&mut self.parked) {
            let ready_at = self.ready_at(lane, now);
            let Some(place) = self.lanes.get_mut(lane as usize) else { continue };
            if ready_at > now && place.has_waiters() {
                self.parked.push(lane);
                self.parked_until = self.parked_until.min(ready_at);
            } else {
                place.parked = false;
                self.make_ready(lane);
            }
        }
    }

    /// Gives a lane its turn. Whether nobody behind it needs one now: not where nobody waits in it, and not where nested calls
    /// wait, who may go on where it cannot.
    fn is_served_by(&mut self, lane: LaneId) -> bool {
        self.unblock(lane) && self.nested_waiters == 0
    }

    /// What held it up has a slot again; false when nobody waits in it.
    fn unblock(&mut self, lane: LaneId) -> bool {
        let Some(place) = self.lanes.get_mut(lane as usize) else { return false };
        place.blocked_by_slot = false;
        let waits = place.has_waiters();
        self.make_ready(lane);
        waits
    }

    fn block_at(&mut self, lane: LaneId, obstacle: Obstacle) -> bool {
        let Some(place) = self.lanes.get_mut(lane as usize).filter(|place| !place.is_placed()) else { return true };
        place.blocked_by_slot = true;
        match obstacle {
            Obstacle::Lane(full) => {
                if let Some(full) = self.lanes.get_mut(full as usize) {
                    full.blocked.push_back(lane);
                }
            }
            Obstacle::Gate(full) => {
                if let Some(Some(full)) = self.gates.get_mut(full as usize) {
                    full.blocked.push_back(lane);
                }
            }
        }
        true
    }

    /// The place of the first who waits for a slot of `lane`, should there be one for him.
    fn first_blocked(&self, lane: LaneId) -> Option<usize> {
        let full = self.lanes.get(lane as usize)?;
        let most = self.gate(full.gate)?.limits.per_host;
        self.first_eligible(&full.blocked, |nested| full.load.has_slot(most, nested))
    }

    /// The first of those who wait that may go on; where only nested ones may, the first of these.
    pub(super) fn first_eligible(&self, blocked: &VecDeque<LaneId>, may: impl Fn(bool) -> bool) -> Option<usize> {
        if blocked.is_empty() || may(false) {
            return (!blocked.is_empty()).then_some(0);
        }
        let is_nested = |lane: &LaneId| self.lanes.get(*lane as usize).is_some_and(|lane| lane.nested);
        may(true).then(|| blocked.iter().position(is_nested)).flatten()
    }

    /// The first on the way outward that others wait for already.
    fn queue_ahead(&self, lane: LaneId) -> Option<Obstacle> {
        let mut at = lane;
        while let Some(place) = self.lanes.get(at as usize) {
            if !place.blocked.is_empty() {
                return Some(Obstacle::Lane(at));
            }
            if self.gate(place.gate).is_some_and(|gate| !gate.blocked.is_empty()) {
                return Some(Obstacle::Gate(place.gate));
            }
            at = place.outer;
        }
        None
    }
}

/// Takes the lane at a place out of those that wait: nearly always the first, which costs nothing.
pub(super) fn take_at(queue: &mut VecDeque<LaneId>, place: usize) -> Option<LaneId> {
    if place == 0 {
        return queue.pop_front();
    }
    let lane = *queue.get(place)?;
    remove(queue, lane);
    Some(lane)
}

/// Each lane waits in a place once. By this and not by `VecDeque::remove`, which weighs a kilobyte.
fn remove(queue: &mut VecDeque<LaneId>, lane: LaneId) {
    queue.retain(|other| *other != lane);
}
