//! RAII guards of a scope: slots, positions in the queue, leases of hosts. Dropping releases.

use std::rc::Rc;

use crate::core::Instant;
use crate::core::admission::{GateId, HostId, LaneId, Ticket};
use crate::core::error::Failure;

use super::host::Host;
use super::scope::Scope;
use super::task::TaskState;

impl<H: Host> Scope<H> {
    /// Waits for a slot in `lane`; the permit holds it until it is dropped.
    ///
    /// # Errors
    /// The failure that interrupted the wait.
    pub async fn acquire(
        self: &Rc<Self>,
        task: &Rc<TaskState>,
        lane: LaneId,
        priority: f64,
        now: Instant,
    ) -> Result<Permit<H>, Failure> {
        if self.admission(|admission| admission.start(lane, now)) {
            return Ok(Permit::new(self, task, lane, now));
        }
        let ticket = self.admission(|admission| admission.join(lane, priority, task.id));
        let queued = Queued { scope: self, task, lane, ticket: Some(ticket) };
        self.grant_slots();
        self.fill_slots();
        task.until(&|| task.is_granted()).await?;
        Ok(queued.granted(task.take_grant().unwrap_or(now)))
    }

    /// Retains the state of a host for a request, until the lease is dropped.
    pub fn retain(self: &Rc<Self>, gate: GateId, host: HostId) -> HostLease<H> {
        let lane = self.admission(|admission| admission.retain(gate, host));
        HostLease { scope: Rc::clone(self), lane }
    }

    /// Claims a slot for a request that will soon ask for one, so that no other input is pulled for it.
    pub(super) fn claim(self: &Rc<Self>, gate: GateId) -> Claim<H> {
        self.admission(|admission| admission.claim(gate, true));
        let claim = Claim { scope: Rc::clone(self), gate };
        self.fill_slots();
        claim
    }
}

/// Claim of a slot, until dropped.
pub(super) struct Claim<H: Host> {
    scope: Rc<Scope<H>>,
    gate: GateId,
}

impl<H: Host> Drop for Claim<H> {
    fn drop(&mut self) {
        self.scope.admission(|admission| admission.claim(self.gate, false));
    }
}

/// A slot, held until dropped; it then goes to the next waiter in the same turn.
#[derive(Debug)]
pub struct Permit<H: Host> {
    scope: Rc<Scope<H>>,
    task: Rc<TaskState>,
    lane: LaneId,
    since: Instant,
    used: bool,
}

impl<H: Host> Permit<H> {
    fn new(scope: &Rc<Scope<H>>, task: &Rc<TaskState>, lane: LaneId, since: Instant) -> Self {
        task.hold(lane);
        Self { scope: Rc::clone(scope), task: Rc::clone(task), lane, since, used: false }
    }

    /// Time at which it was granted.
    #[must_use]
    pub fn since(&self) -> Instant {
        self.since
    }

    /// Marks the permit as used. Dropped unused, it returns its tokens.
    pub(super) fn use_up(&mut self) {
        self.used = true;
    }
}

impl<H: Host> Drop for Permit<H> {
    fn drop(&mut self) {
        if let Some(slot) = self.task.release() {
            self.scope.end_hold(&slot);
        }
        self.scope.admission(|admission| match self.used {
            true => admission.finish(self.lane),
            false => admission.take_back(self.lane, self.since),
        });
        self.scope.grant_slots();
    }
}

/// Position in the queue. Dropping leaves the queue, or passes on a slot that was just granted.
struct Queued<'a, H: Host> {
    scope: &'a Rc<Scope<H>>,
    task: &'a Rc<TaskState>,
    lane: LaneId,
    ticket: Option<Ticket>,
}

impl<H: Host> Queued<'_, H> {
    fn granted(mut self, since: Instant) -> Permit<H> {
        self.ticket = None;
        Permit::new(self.scope, self.task, self.lane, since)
    }
}

impl<H: Host> Drop for Queued<'_, H> {
    fn drop(&mut self) {
        let Some(ticket) = self.ticket else { return };
        match self.task.take_grant() {
            Some(since) => self.scope.admission(|admission| admission.take_back(self.lane, since)),
            None => self.scope.admission(|admission| admission.leave(ticket)),
        }
        self.scope.grant_slots();
    }
}

/// Lease of a host's state for an unfinished request.
#[derive(Debug)]
pub struct HostLease<H: Host> {
    scope: Rc<Scope<H>>,
    lane: LaneId,
}

impl<H: Host> HostLease<H> {
    /// Lane in which the request queues.
    #[must_use]
    pub fn lane(&self) -> LaneId {
        self.lane
    }
}

impl<H: Host> Drop for HostLease<H> {
    fn drop(&mut self) {
        let forgotten = self.scope.admission(|admission| admission.release(self.lane, || self.scope.now()));
        if let Some(host) = forgotten {
            self.scope.stats(|stats| stats.forget(host));
            self.scope.host().forget(host);
        }
    }
}
