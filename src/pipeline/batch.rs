//! Many requests: pulled as slots become free, delivered one by one.
//!
//! As many tasks as requests under way, each pulling the next input when it is done with one (`serve.rs`): nothing is
//! allocated for an input that waits in its list. A task that waits (for its host, or between two attempts) leaves its
//! slot, and another is set to pull in its place, until `LOOK_AHEAD` wait.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use crate::core::Instant;
use crate::core::admission::GateId;
use crate::core::error::{Failure, Phase};
use crate::core::timers::Owner;

use super::host::Host;
use super::nested::Nested;
use super::rarely::rarely;
use super::scope::{Intake, Scope};
use super::seat::Seat;
pub use super::terms::{Sink, Tally, Terms};
use super::waiting::Waiting;

/// One call, for many requests or for a single one.
pub struct Batch<H: Host> {
    pub(super) scope: Rc<Scope<H>>,
    pub(super) gate: GateId,
    /// It is nested in a request, and has a gate of its own for that.
    nested: Option<Nested<H>>,
    pub(super) source: H::Source,
    pub(super) sink: Rc<dyn Sink<H>>,
    pub(super) terms: Terms,
    pub(super) deadline: Instant,
    pub(super) pulled: Cell<u32>,
    pub(super) pulling: Cell<bool>,
    pub(super) exhausted: Cell<bool>,
    pub(super) over: Cell<bool>,
    /// It pulls nothing more to be sent, and why.
    pub(super) closing: Cell<Option<Failure>>,
    /// Who pulls.
    pub(super) puller: Cell<Option<Owner>>,
    pub(super) waiting: Cell<u32>,
    /// Requests that are not in flight any more, and not over.
    pub(super) aside: Cell<u32>,
    fetches: Cell<u32>,
    pub(super) seats: RefCell<Vec<Rc<Seat>>>,
    /// Of the seats, those whose result was delivered and whose body is still being read.
    pub(super) lingering: Cell<u32>,
    pub(super) keeper: OnceCell<Rc<Seat>>,
    thrown: RefCell<Option<H::Thrown>>,
    pub(super) tally: Cell<Tally>,
}

impl<H: Host> std::fmt::Debug for Batch<H> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Batch").field("pulled", &self.pulled).finish_non_exhaustive()
    }
}

impl<H: Host> Batch<H> {
    /// A batch behind `gate` that has not begun. Its deadline runs from here.
    pub fn new(scope: &Rc<Scope<H>>, gate: GateId, source: H::Source, sink: Rc<dyn Sink<H>>, terms: Terms) -> Rc<Self> {
        let deadline = if terms.deadline < f64::INFINITY { scope.now() + terms.deadline } else { Instant::NEVER };
        let nested = terms.holder.and_then(|holder| scope.nest(holder));
        let gate = if nested.is_some() { scope.admission(|admission| admission.open_nested(gate)) } else { gate };
        Rc::new(Self {
            scope: Rc::clone(scope),
            gate,
            nested,
            source,
            sink,
            terms,
            deadline,
            pulled: Cell::new(0),
            pulling: Cell::new(false),
            exhausted: Cell::new(false),
            over: Cell::new(false),
            closing: Cell::default(),
            puller: Cell::default(),
            waiting: Cell::new(0),
            aside: Cell::new(0),
            fetches: Cell::new(0),
            seats: RefCell::default(),
            lingering: Cell::new(0),
            keeper: OnceCell::new(),
            thrown: RefCell::default(),
            tally: Cell::default(),
        })
    }

    /// Runs it: every input has its result, or it is ended before. The sink is told the end of that; this returns when
    /// the last body that was handed out is read, too.
    pub async fn run(self: Rc<Self>) {
        let scope = Rc::clone(&self.scope);
        let (seat, wire) = scope.seat();
        let _ = self.keeper.set(Rc::clone(&seat));
        if let Some(why) = self.closing.get() {
            seat.interrupt(why);
        }
        let intake: Rc<dyn Intake> = Rc::clone(&self) as Rc<dyn Intake>;
        scope.enter();
        scope.expire(&seat, self.deadline, Some(Failure::Timeout { phase: Phase::Deadline }));
        scope.enrol(Rc::clone(&intake));
        scope.pump();
        while let Err(why) = seat.until(&|| self.is_delivered()).await {
            seat.restart();
            rarely(self.give_up(&seat, &wire, why)).await;
        }
        self.exhausted.set(true);
        scope.expire(&seat, Instant::NEVER, None);
        scope.strike(&intake);
        self.sink.end(self.thrown());
        seat.wait_out(&|| self.is_done()).await;
        scope.vacate(seat, wire);
        scope.leave();
        scope.pump();
    }

    /// Runs its only request, which waits in the queue like one that was pulled.
    pub async fn run_single(self: Rc<Self>) {
        let scope = Rc::clone(&self.scope);
        scope.enter();
        self.pulling.set(true);
        Rc::clone(&self).serve().await;
        self.sink.end(self.thrown());
        scope.leave();
    }

    /// Ends it with what was thrown: aborts what is in flight, starts nothing more. The first word counts.
    pub fn fail(&self, thrown: H::Thrown) {
        if self.over.replace(true) {
            return;
        }
        self.thrown.replace(Some(thrown));
        self.interrupt(Failure::Aborted, |_| true);
        if !self.exhausted.replace(true) {
            self.scope.host().close(&self.source);
        }
    }

    /// Its client was closed: what it has left to do fails as that.
    pub fn close(&self) {
        // What was cancelled before stays so.
        if self.closing().is_none() {
            self.closing.set(Some(Failure::Closed));
        }
        self.interrupt(Failure::Closed, |_| true);
        if let Some(keeper) = self.keeper.get() {
            keeper.interrupt(Failure::Closed);
        }
    }

    /// A result was taken: another input may be pulled.
    pub fn make_room(&self) {
        self.scope.pump();
        self.tell_keeper();
    }

    /// What it shares with others.
    pub fn scope(&self) -> &Rc<Scope<H>> {
        &self.scope
    }

    /// The limits that it stands behind.
    pub fn gate(&self) -> GateId {
        self.gate
    }

    /// Whether it is nested in a request that held a slot when it was made.
    pub fn is_nested(&self) -> bool {
        self.nested.is_some()
    }

    /// Inputs pulled so far.
    pub fn pulled(&self) -> u32 {
        self.pulled.get()
    }

    /// How far it is.
    pub fn tally(&self) -> Tally {
        let tally = self.tally.get();
        let (started, queued) = (self.pulled.get(), self.waiting.get());
        let in_flight = started.saturating_sub(tally.succeeded + tally.failed).saturating_sub(queued);
        Tally { started, in_flight, queued, ..tally }
    }

    pub(super) fn closing(&self) -> Option<Failure> {
        self.closing.get()
    }

    /// What ended it early.
    pub(super) fn thrown(&self) -> Option<H::Thrown> {
        self.thrown.borrow().clone()
    }

    /// Something has begun or ended.
    pub(super) fn moved(&self) {
        self.sink.moved(&|| self.tally());
    }

    /// Counts a fetch.
    ///
    /// # Errors
    /// There is none left.
    pub(super) fn spend(&self) -> Result<(), Failure> {
        if !self.may_spend() {
            return Err(Failure::Budget);
        }
        self.fetches.set(self.fetches.get() + 1);
        Ok(())
    }

    /// Whether another fetch may be started.
    pub(super) fn may_spend(&self) -> bool {
        self.fetches.get() < self.terms.max_fetches
    }

    /// Counts a request that was pulled and is not in flight.
    pub(super) fn waiting(&self, seat: &Rc<Seat>) -> Waiting<'_, H> {
        Waiting::new(&self.scope, &self.waiting, seat)
    }

    /// Lets another be pulled in the place of a request that has sent all it had to send, until it is told otherwise.
    pub(super) fn set_aside(&self, is_aside: bool) {
        let count = self.aside.get();
        self.aside.set(if is_aside { count + 1 } else { count - 1 });
        if is_aside {
            self.scope.pump();
        }
    }

    pub(super) fn interrupt(&self, failure: Failure, whom: impl Fn(&Rc<Seat>) -> bool) {
        let seats = self.seats.borrow().clone();
        seats.iter().filter(|seat| whom(seat)).for_each(|seat| seat.interrupt(failure));
        self.tell_keeper();
    }

    pub(super) fn tell_keeper(&self) {
        if let Some(keeper) = self.keeper.get() {
            keeper.wake();
        }
    }

    /// Every result there will be was delivered.
    pub(super) fn is_delivered(&self) -> bool {
        let lingering = self.lingering.get();
        // With bodies that hold all slots none is free to ask a list for more, whose length tells as much.
        let is_through = || lingering > 0 && self.size() == Some(self.pulled.get());
        (self.exhausted.get() || is_through()) && self.seats.borrow().len() as u32 == lingering && !self.pulling.get()
    }

    fn is_done(&self) -> bool {
        self.is_delivered() && self.lingering.get() == 0
    }

    pub(super) fn is_idle(&self) -> bool {
        self.seats.borrow().is_empty()
    }

    pub(super) fn size(&self) -> Option<u32> {
        self.scope.host().size_of(&self.source)
    }
}

impl<H: Host> Drop for Batch<H> {
    fn drop(&mut self) {
        if self.nested.is_some() {
            self.scope.admission(|admission| admission.close_gate(self.gate));
        }
    }
}
