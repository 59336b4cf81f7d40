//! Many requests: pulled as slots become free, delivered one by one.
//!
//! As many tasks as requests under way, each pulling the next input when it is done with one: nothing is allocated for
//! an input that waits in its list. A task that waits (for its host, or between two attempts) leaves its slot, and
//! another is set to pull in its place, until [`LOOK_AHEAD`] wait.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use crate::core::Instant;
use crate::core::config::Policy;
use crate::core::error::{Failure, Phase};

use super::host::Host;
use super::request;
use super::scope::{Intake, Scope};
use super::seat::Seat;
use super::story::Story;
pub use super::terms::{Sink, Terms};
use super::waiting::Waiting;

/// Most inputs pulled and not in flight.
const LOOK_AHEAD: u32 = 1000;
/// Inputs failed in one turn of the host, once the deadline has passed.
const SLICE: u32 = 1000;

/// One call for many requests.
pub struct Batch<H: Host> {
    scope: Rc<Scope<H>>,
    source: H::Source,
    sink: Rc<dyn Sink<H>>,
    terms: Terms,
    deadline: Instant,
    pulled: Cell<u32>,
    pulling: Cell<bool>,
    exhausted: Cell<bool>,
    over: Cell<bool>,
    waiting: Cell<u32>,
    fetches: Cell<u32>,
    seats: RefCell<Vec<Rc<Seat>>>,
    keeper: OnceCell<Rc<Seat>>,
    thrown: RefCell<Option<H::Thrown>>,
}

impl<H: Host> std::fmt::Debug for Batch<H> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Batch").field("pulled", &self.pulled).finish_non_exhaustive()
    }
}

impl<H: Host> Batch<H> {
    /// A batch that has not begun. Its deadline runs from here.
    pub fn new(scope: &Rc<Scope<H>>, source: H::Source, sink: Rc<dyn Sink<H>>, terms: Terms) -> Rc<Self> {
        let deadline = if terms.deadline < f64::INFINITY { scope.now() + terms.deadline } else { Instant::NEVER };
        Rc::new(Self {
            scope: Rc::clone(scope),
            source,
            sink,
            terms,
            deadline,
            pulled: Cell::new(0),
            pulling: Cell::new(false),
            exhausted: Cell::new(false),
            over: Cell::new(false),
            waiting: Cell::new(0),
            fetches: Cell::new(0),
            seats: RefCell::default(),
            keeper: OnceCell::new(),
            thrown: RefCell::default(),
        })
    }

    /// Runs it to its end: every input has its result, or it was ended before.
    ///
    /// # Errors
    /// What ended it: see [`fail`](Self::fail).
    pub async fn run(self: Rc<Self>) -> Result<(), H::Thrown> {
        let scope = Rc::clone(&self.scope);
        let (seat, wire) = scope.seat();
        let _ = self.keeper.set(Rc::clone(&seat));
        let intake: Rc<dyn Intake> = Rc::clone(&self) as Rc<dyn Intake>;
        scope.expire(&seat, self.deadline, Some(self.past_deadline()));
        scope.enrol(Rc::clone(&intake));
        scope.pump();
        if let Err(late) = seat.until(&|| self.is_done()).await {
            seat.restart();
            self.give_up(&seat, &wire, late).await;
        }
        scope.expire(&seat, Instant::NEVER, None);
        scope.vacate(seat, wire);
        scope.strike(&intake);
        scope.pump();
        self.thrown.take().map_or(Ok(()), Err)
    }

    /// Ends it with what was thrown: aborts what is in flight, starts nothing more. The first word counts.
    pub fn fail(&self, thrown: H::Thrown) {
        if self.over.replace(true) {
            return;
        }
        self.thrown.replace(Some(thrown));
        self.interrupt(Failure::Aborted);
        if !self.exhausted.replace(true) {
            self.scope.host().close(&self.source);
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

    /// Inputs pulled so far.
    pub fn pulled(&self) -> u32 {
        self.pulled.get()
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
    pub(super) fn waiting(&self) -> Waiting<'_> {
        Waiting::new(&self.waiting)
    }

    /// When a request must end at the latest, and as what.
    pub(super) fn end_of(&self, policy: &Policy, story: &Story, sent: bool) -> (Instant, Failure) {
        request::end(story.taken_up, policy.timeout.total, sent, (self.deadline, self.terms.deadline))
    }

    /// One task: requests, one after the other.
    async fn serve(self: Rc<Self>) {
        let me: Rc<dyn Intake> = Rc::clone(&self) as Rc<dyn Intake>;
        let (seat, wire) = self.scope.seat();
        self.seats.borrow_mut().push(Rc::clone(&seat));
        let mut story = Story::default();
        while let Some((index, request)) = self.pull(&seat, &wire).await {
            story.restart(self.scope.now());
            let ended = request::run(&self, &seat, &wire, &request, &mut story).await;
            if ended.is_err() {
                story.total = self.scope.now().since(story.taken_up);
                // It may have left before its time, which must not ring for the next.
                self.scope.expire(&seat, Instant::NEVER, None);
            }
            if ended.is_err_and(Failure::is_final) {
                // Whatever it waited for must not be heard by the next request.
                self.scope.host().abort(&wire);
            }
            if self.over.get() {
                break;
            }
            self.deliver(index, &wire, request, &story, ended);
            if self.over.get() || !self.scope.is_turn_of(&me) {
                break;
            }
            self.pulling.set(true);
        }
        self.seats.borrow_mut().retain(|other| !Rc::ptr_eq(other, &seat));
        self.scope.vacate(seat, wire);
        self.scope.pump();
        self.tell_keeper();
    }

    async fn pull(&self, seat: &Rc<Seat>, wire: &H::Wire) -> Option<(u32, H::Request)> {
        seat.restart();
        // It may have ended between being asked to pull and doing so.
        if self.over.get() || self.exhausted.get() {
            self.pulling.set(false);
            return None;
        }
        let pulled = seat.during(self.scope.host().pull(&self.source, wire)).await;
        self.pulling.set(false);
        match pulled {
            Ok(Ok(Some(request))) if !self.over.get() => {
                let index = self.pulled.get();
                self.pulled.set(index + 1);
                return Some((index, request));
            }
            Ok(Ok(None)) => self.exhausted.set(true),
            Ok(Err(thrown)) => {
                self.exhausted.set(true);
                self.fail(thrown);
            }
            Ok(Ok(Some(_))) => {}
            Err(_) => self.scope.host().abort(wire),
        }
        None
    }

    fn deliver(&self, index: u32, wire: &H::Wire, request: H::Request, story: &Story, ended: Result<(), Failure>) {
        let host = self.scope.host();
        let failed = ended.is_err();
        let outcome = host.outcome(index, wire, request, story, ended);
        let error = if failed && self.terms.stop_on_error { host.error_of(&outcome) } else { None };
        self.sink.deliver(index, outcome);
        if let Some(error) = error {
            self.fail(error);
        }
    }

    /// The deadline has passed: what is under way ends now, and inputs not yet pulled have their result at once. Items
    /// that take time to come are not waited for: their source is closed.
    async fn give_up(&self, seat: &Rc<Seat>, wire: &H::Wire, late: Failure) {
        self.interrupt(late);
        if self.scope.host().is_async(&self.source) && !self.exhausted.replace(true) {
            self.scope.host().close(&self.source);
        }
        let mut story = Story::default();
        let mut count = 0;
        while seat.until(&|| self.exhausted.get() || self.sink.has_room()).await.is_ok()
            && !self.exhausted.get()
            && let Some((index, request)) = self.pull(seat, wire).await
        {
            // An input whose own signal is aborted already tells the seat so; that ends it alone.
            seat.restart();
            story.restart(self.scope.now());
            let ended = self.scope.host().host_of(&request).and(Err(late));
            self.deliver(index, wire, request, &story, ended);
            count += 1;
            if count % SLICE == 0 {
                let _ = self.scope.sleep(seat, self.scope.now()).await;
            }
        }
        let _ = seat.until(&|| self.is_done()).await;
    }

    fn interrupt(&self, failure: Failure) {
        let seats = self.seats.borrow().clone();
        seats.iter().for_each(|seat| seat.interrupt(failure));
        self.tell_keeper();
    }

    fn tell_keeper(&self) {
        if let Some(keeper) = self.keeper.get() {
            keeper.wake();
        }
    }

    fn is_done(&self) -> bool {
        self.exhausted.get() && self.seats.borrow().is_empty() && !self.pulling.get()
    }

    fn past_deadline(&self) -> Failure {
        Failure::Timeout { phase: Phase::Deadline, limit: self.terms.deadline }
    }
}

impl<H: Host> Intake for Batch<H> {
    fn is_hungry(&self) -> bool {
        !self.pulling.get()
            && !self.exhausted.get()
            && !self.over.get()
            && self.waiting.get() < LOOK_AHEAD
            && self.sink.has_room()
            && (self.deadline == Instant::NEVER || self.scope.now() < self.deadline)
    }

    fn feed(self: Rc<Self>) {
        self.pulling.set(true);
        let scope = Rc::clone(&self.scope);
        scope.host().spawn(self.serve());
    }
}
