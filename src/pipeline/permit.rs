//! What a scope gives out, and takes back when it is dropped: slots, places in the queue, hosts' state.

use std::cell::Cell;
use std::rc::Rc;

use crate::core::Instant;
use crate::core::admission::{HostId, Ticket};
use crate::core::error::Failure;

use super::host::Host;
use super::scope::Scope;
use super::seat::Seat;

impl<H: Host> Scope<H> {
    /// Waits for a slot at `host`; the permit holds it until it is dropped.
    ///
    /// # Errors
    /// What interrupted the wait.
    pub async fn acquire(
        self: &Rc<Self>,
        seat: &Rc<Seat>,
        host: HostId,
        priority: f64,
        now: Instant,
    ) -> Result<Permit<H>, Failure> {
        if self.admission(|admission| admission.start(host, now)) {
            return Ok(Permit { scope: Rc::clone(self), host, since: now, used: false });
        }
        let ticket = self.admission(|admission| admission.join(host, priority, seat.id));
        let queued = Queued { scope: self, seat, host, ticket: Some(ticket) };
        self.hand_out();
        self.pump();
        seat.until(&|| seat.is_granted()).await?;
        Ok(queued.granted(seat.take_grant().unwrap_or(now)))
    }

    /// Takes up a request to a host; the drop of what comes back gives it up.
    pub fn adopt(self: &Rc<Self>, host: HostId) -> Adopted<H> {
        self.admission(|admission| admission.adopt(host));
        Adopted { scope: Rc::clone(self), host }
    }

    /// Counts a request that will soon want a slot, so that nobody is pulled in to take it meanwhile.
    pub(super) fn claim(self: &Rc<Self>) -> Claim<'_> {
        self.preparing.set(self.preparing.get() + 1);
        let claim = Claim(&self.preparing);
        self.pump();
        claim
    }
}

/// A slot that somebody will want, until this is dropped.
pub(super) struct Claim<'a>(&'a Cell<u32>);

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

/// A slot, from here until it is dropped; it is then handed on in the same turn.
#[derive(Debug)]
pub struct Permit<H: Host> {
    scope: Rc<Scope<H>>,
    host: HostId,
    since: Instant,
    used: bool,
}

impl<H: Host> Permit<H> {
    /// When it was given.
    #[must_use]
    pub fn since(&self) -> Instant {
        self.since
    }

    /// Something is started with it. Dropped unused, it gives its tokens back.
    pub(super) fn use_up(&mut self) {
        self.used = true;
    }
}

impl<H: Host> Drop for Permit<H> {
    fn drop(&mut self) {
        self.scope.admission(|admission| match self.used {
            true => admission.finish(self.host),
            false => admission.take_back(self.host, self.since),
        });
        self.scope.hand_out();
    }
}

/// A place in the queue; dropped, it is given up, or the slot that has just come is handed on.
struct Queued<'a, H: Host> {
    scope: &'a Rc<Scope<H>>,
    seat: &'a Seat,
    host: HostId,
    ticket: Option<Ticket>,
}

impl<H: Host> Queued<'_, H> {
    fn granted(mut self, since: Instant) -> Permit<H> {
        self.ticket = None;
        Permit { scope: Rc::clone(self.scope), host: self.host, since, used: false }
    }
}

impl<H: Host> Drop for Queued<'_, H> {
    fn drop(&mut self) {
        let Some(ticket) = self.ticket else { return };
        match self.seat.take_grant() {
            Some(since) => self.scope.admission(|admission| admission.take_back(self.host, since)),
            None => self.scope.admission(|admission| admission.leave(ticket)),
        }
        self.scope.hand_out();
    }
}

/// A request that was taken up: its host's state is kept while this lives.
#[derive(Debug)]
pub struct Adopted<H: Host> {
    scope: Rc<Scope<H>>,
    host: HostId,
}

impl<H: Host> Drop for Adopted<H> {
    fn drop(&mut self) {
        if self.scope.admission(|admission| admission.abandon(self.host, || self.scope.now())) {
            self.scope.host().forget(self.host);
        }
    }
}
