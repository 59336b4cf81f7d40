//! One call: inputs are pulled as slots become free, results delivered one by one.
//!
//! There are as many workers as requests under way, each pulling the next input when it is done with one (`worker.rs`); an
//! input that waits in its list costs nothing. While a request waits, for its host or between two attempts, it holds no
//! slot, and another worker is spawned, until `LOOK_AHEAD` requests wait (`intake.rs`). `supervisor.rs` ends the batch.

mod intake;
pub mod options;
mod supervisor;
mod worker;

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use crate::core::Instant;
use crate::core::admission::GateId;
use crate::core::error::Failure;
use crate::core::timers::Owner;

use crate::pipeline::host::Host;
use crate::pipeline::nested::Nested;
use crate::pipeline::scope::Scope;
use crate::pipeline::task::TaskState;
use crate::pipeline::waiting::Waiting;
pub use options::{BatchOptions, Progress, Sink};

/// One call, for many requests or for a single one.
pub struct Batch<H: Host> {
    pub(super) scope: Rc<Scope<H>>,
    pub(super) gate: GateId,
    /// Set where a hook made the call; `gate` is its own then.
    nested: Option<Nested<H>>,
    pub(super) source: H::Source,
    pub(super) sink: Rc<dyn Sink<H>>,
    pub(super) options: BatchOptions,
    pub(super) deadline: Instant,
    pub(super) pulled: Cell<u32>,
    pub(super) pulling: Cell<bool>,
    pub(super) exhausted: Cell<bool>,
    pub(super) over: Cell<bool>,
    /// Failure of the inputs not yet pulled, once the batch is closing.
    pub(super) closing: Cell<Option<Failure>>,
    /// Task that is pulling.
    pub(super) puller: Cell<Option<Owner>>,
    pub(super) waiting: Cell<u32>,
    /// Requests that wait for their schema, with their slot free again.
    pub(super) validating: Cell<u32>,
    fetches: Cell<u32>,
    pub(super) tasks: RefCell<Vec<Rc<TaskState>>>,
    /// Tasks whose result is delivered and whose body is still being read.
    pub(super) open_bodies: Cell<u32>,
    pub(super) supervisor: OnceCell<Rc<TaskState>>,
    thrown: RefCell<Option<H::Thrown>>,
    pub(super) progress: Cell<Progress>,
}

impl<H: Host> std::fmt::Debug for Batch<H> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Batch").field("pulled", &self.pulled).finish_non_exhaustive()
    }
}

impl<H: Host> Batch<H> {
    /// Creates a batch behind `gate`. Its deadline runs from now.
    pub fn new(
        scope: &Rc<Scope<H>>,
        gate: GateId,
        source: H::Source,
        sink: Rc<dyn Sink<H>>,
        options: BatchOptions,
    ) -> Rc<Self> {
        let deadline = if options.deadline < f64::INFINITY { scope.now() + options.deadline } else { Instant::NEVER };
        let nested = options.holder.and_then(|holder| scope.nest(holder));
        let gate = if nested.is_some() { scope.admission(|admission| admission.open_nested(gate)) } else { gate };
        Rc::new(Self {
            scope: Rc::clone(scope),
            gate,
            nested,
            source,
            sink,
            options,
            deadline,
            pulled: Cell::new(0),
            pulling: Cell::new(false),
            exhausted: Cell::new(false),
            over: Cell::new(false),
            closing: Cell::default(),
            puller: Cell::default(),
            waiting: Cell::new(0),
            validating: Cell::new(0),
            fetches: Cell::new(0),
            tasks: RefCell::default(),
            open_bodies: Cell::new(0),
            supervisor: OnceCell::new(),
            thrown: RefCell::default(),
            progress: Cell::default(),
        })
    }

    /// Runs a batch of a single request.
    pub async fn run_single(self: Rc<Self>) {
        let scope = Rc::clone(&self.scope);
        scope.enter();
        self.pulling.set(true);
        Rc::clone(&self).work().await;
        self.sink.end(self.thrown());
        scope.leave();
    }

    /// Pulls another input, as a result was taken.
    pub fn make_room(&self) {
        self.scope.fill_slots();
        self.wake_supervisor();
    }

    /// Scope that it shares.
    pub fn scope(&self) -> &Rc<Scope<H>> {
        &self.scope
    }

    /// Gate that limits it.
    pub fn gate(&self) -> GateId {
        self.gate
    }

    /// Returns whether a hook made the call while its request held a slot.
    pub fn is_nested(&self) -> bool {
        self.nested.is_some()
    }

    /// Inputs pulled so far.
    pub fn pulled(&self) -> u32 {
        self.pulled.get()
    }

    /// Counters of its requests.
    pub fn progress(&self) -> Progress {
        let progress = self.progress.get();
        let started = self.pulled.get();
        let unfinished = started.saturating_sub(progress.succeeded + progress.failed);
        // A shared fetch that other batches wait for may still be counted here.
        let queued = self.waiting.get().min(unfinished);
        let in_flight = unfinished - queued;
        Progress { started, in_flight, queued, ..progress }
    }

    pub(super) fn closing(&self) -> Option<Failure> {
        self.closing.get()
    }

    /// Value that ended it early.
    pub(super) fn thrown(&self) -> Option<H::Thrown> {
        self.thrown.borrow().clone()
    }

    /// Reports progress to the sink.
    pub(super) fn moved(&self) {
        self.sink.moved(&|| self.progress());
    }

    /// Counts a fetch.
    ///
    /// # Errors
    /// No fetch is left.
    pub(super) fn spend(&self) -> Result<(), Failure> {
        if !self.may_spend() {
            return Err(Failure::Budget);
        }
        self.fetches.set(self.fetches.get() + 1);
        Ok(())
    }

    /// Returns whether another fetch may be started.
    pub(super) fn may_spend(&self) -> bool {
        self.fetches.get() < self.options.max_fetches
    }

    /// Counts a request that was pulled and is not in flight.
    pub(super) fn waiting(&self, task: &Rc<TaskState>) -> Waiting<'_, H> {
        Waiting::new(&self.scope, &self.waiting, task)
    }

    /// Counts a request that validates its data with its slot free, so that another input may be pulled.
    pub(super) fn set_validating(&self, begins: bool) {
        let count = self.validating.get();
        self.validating.set(if begins { count + 1 } else { count - 1 });
        if begins {
            self.scope.fill_slots();
        }
    }

    /// Returns whether all results are delivered.
    pub(super) fn is_delivered(&self) -> bool {
        let open_bodies = self.open_bodies.get();
        // Open bodies may hold all slots, so that none is free to pull the end of a list; its size says as much.
        let is_through = || open_bodies > 0 && self.size() == Some(self.pulled.get());
        (self.exhausted.get() || is_through()) && self.tasks.borrow().len() as u32 == open_bodies && !self.pulling.get()
    }

    fn is_done(&self) -> bool {
        self.is_delivered() && self.open_bodies.get() == 0
    }

    pub(super) fn is_idle(&self) -> bool {
        self.tasks.borrow().is_empty()
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
