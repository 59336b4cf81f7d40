//! The way of a start through all its gates: its lane, the gate of that, and outward to the root.

use std::collections::VecDeque;

use super::admission::{Admission, GateId, HostId, LaneId};
use super::gate::{Load, NONE, ROOT};
use super::lane::Lane;
use super::rate::Window;
use super::time::Instant;

/// Idle lanes looked at for one to forget: others may have something to remember.
const LOOKS: u32 = 4;

/// What has no slot left.
enum Obstacle {
    Lane(LaneId),
    Gate(GateId),
}

impl Admission {
    /// A lane for a host that `gate` has not known, and one at each gate further out.
    pub(super) fn lay(&mut self, gate: GateId, host: HostId) -> LaneId {
        let (outer, guest) = self.gate(gate).map_or((NONE, false), |gate| (gate.outer, gate.guest));
        let outer = if outer == NONE { NONE } else { self.adopt(outer, host) };
        let fresh = Lane { gate, host, outer, guest, ..Lane::default() };
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
        let mut at = lane;
        while let Some(lane) = self.lanes.get_mut(at as usize) {
            if let Some(Some(gate)) = self.gates.get_mut(lane.gate as usize) {
                match gate.limits.rate {
                    Some(rate) if rate.per_host => {
                        lane.window.get_or_insert_with(|| Window::new(rate.limit)).reserve(now);
                    }
                    _ => {
                        if let Some(window) = &mut gate.window {
                            window.reserve(now);
                        }
                    }
                }
            }
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

    pub(super) fn is_obstructed(&self, lane: LaneId) -> bool {
        self.obstacle(lane).is_some()
    }

    /// Lays the lane aside until what obstructs it has a slot again; false when nothing does.
    pub(super) fn block(&mut self, lane: LaneId) -> bool {
        let obstacle = self.obstacle(lane);
        obstacle.is_some_and(|obstacle| self.lay_aside(lane, obstacle))
    }

    /// A lane with waiters is to have its turn, behind those that wait for the same.
    pub(super) fn queue_up(&mut self, lane: LaneId) {
        let Some(place) = self.lanes.get(lane as usize).filter(|lane| lane.has_waiters() && !lane.is_placed()) else {
            return;
        };
        // A guest may go on where the others cannot.
        let crowd = if place.guest { None } else { self.crowd(lane) };
        match self.obstacle(lane).or(crowd) {
            Some(obstacle) => {
                self.lay_aside(lane, obstacle);
            }
            None => self.line_up(lane),
        }
    }

    /// Gives a turn to the first who waits for what `lane` has passed, wherever there is a slot again. Nobody looks at
    /// those behind him before he has had it; he then passes it on in turn, so that a slot costs the same however many
    /// wait for it.
    pub(super) fn pass_on(&mut self, lane: LaneId) {
        let mut at = lane;
        while let Some(place) = self.lanes.get(at as usize) {
            let (gate, outer) = (place.gate, place.outer);
            while let Some(place) = self.first_blocked(at)
                && let Some(first) = self.lanes.get_mut(at as usize).and_then(|lane| lane.blocked.remove(place))
                && !self.is_served_by(first)
            {}
            self.release(gate);
            at = outer;
        }
    }

    /// Gives a turn to the first who waits for a slot of the gate, should it have one.
    pub(super) fn release(&mut self, gate: GateId) {
        while let Some(full) = self.gate(gate)
            && let Some(place) = self.first_of(&full.blocked, |guest| full.has_room(guest))
            && let Some(Some(full)) = self.gates.get_mut(gate as usize)
            && let Some(first) = full.blocked.remove(place)
            && !self.is_served_by(first)
        {}
    }

    /// Takes a lane in which nobody waits any more out of all that it waits for itself.
    pub(super) fn withdraw(&mut self, lane: LaneId) {
        let Some(place) = self.lanes.get_mut(lane as usize) else { return };
        if std::mem::take(&mut place.parked) {
            self.parked.retain(|other| *other != lane);
        } else if std::mem::take(&mut place.in_turn) {
            self.turns.retain(|other| *other != lane);
            self.pass_on(lane);
        } else if std::mem::take(&mut place.blocked_by_slot) {
            let mut at = lane;
            while let Some(place) = self.lanes.get_mut(at as usize) {
                place.blocked.retain(|other| *other != lane);
                if let Some(Some(gate)) = self.gates.get_mut(place.gate as usize) {
                    gate.blocked.retain(|other| *other != lane);
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
    pub(super) fn line_up(&mut self, lane: LaneId) {
        if let Some(place) = self.lanes.get_mut(lane as usize)
            && place.has_waiters()
            && !place.is_placed()
        {
            place.in_turn = true;
            self.turns.push_back(lane);
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
                self.line_up(lane);
            }
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
    }

    /// Gives a lane its turn. Whether nobody behind it needs one now: not where nobody waits in it, and not where guests
    /// wait, who may go on where it cannot.
    fn is_served_by(&mut self, lane: LaneId) -> bool {
        self.unblock(lane) && self.guests == 0
    }

    /// What held it up has a slot again; false when nobody waits in it.
    fn unblock(&mut self, lane: LaneId) -> bool {
        let Some(place) = self.lanes.get_mut(lane as usize) else { return false };
        place.blocked_by_slot = false;
        let waits = place.has_waiters();
        self.line_up(lane);
        waits
    }

    fn lay_aside(&mut self, lane: LaneId, obstacle: Obstacle) -> bool {
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
        self.first_of(&full.blocked, |guest| full.load.has_slot(most, guest))
    }

    /// The first of those who wait that may go on; where only guests may, the first of these.
    pub(super) fn first_of(&self, blocked: &VecDeque<LaneId>, may: impl Fn(bool) -> bool) -> Option<usize> {
        if blocked.is_empty() || may(false) {
            return (!blocked.is_empty()).then_some(0);
        }
        let is_guest = |lane: &LaneId| self.lanes.get(*lane as usize).is_some_and(|lane| lane.guest);
        may(true).then(|| blocked.iter().position(is_guest)).flatten()
    }

    fn has_own_slot(&self, lane: LaneId) -> bool {
        let root = self.root().is_some_and(|root| root.has_room(false));
        root && self.obstacle_for(lane, false).is_none()
    }

    /// The first on the way outward that others wait for already.
    fn crowd(&self, lane: LaneId) -> Option<Obstacle> {
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

    /// The first on the way outward that has no slot left; the root's own are looked at apart.
    fn obstacle(&self, lane: LaneId) -> Option<Obstacle> {
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
