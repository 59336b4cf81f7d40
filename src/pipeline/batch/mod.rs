//! Many requests: pulled as slots become free, delivered one by one.
//!
//! As many tasks as requests under way, each pulling the next input when it is done with one (`serve.rs`): nothing is
//! allocated for an input that waits in its list. A task that waits (for its host, or between two attempts) leaves its
//! slot, and another is set to pull in its place, until `LOOK_AHEAD` wait.

mod intake;
pub mod options;
mod worker;

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use crate::core::Instant;
use crate::core::admission::GateId;
use crate::core::error::{Failure, Phase};
use crate::core::timers::Owner;

use crate::pipeline::boxed::boxed;
use crate::pipeline::host::Host;
use crate::pipeline::nested::Nested;
use crate::pipeline::scope::{Intake, Scope};
use crate::pipeline::task::TaskState;
use crate::pipeline::waiting::Waiting;
pub use options::{BatchOptions, Progress, Sink};

/// One call, for many requests or for a single one.
pub struct Batch<H: Host> {
    pub(super) scope: Rc<Scope<H>>,
    pub(super) gate: GateId,
    /// It is nested in a request, and has a gate of its own for that.
    nested: Option<Nested<H>>,
    pub(super) source: H::Source,
    pub(super) sink: Rc<dyn Sink<H>>,
    pub(super) options: BatchOptions,
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
    pub(super) validating: Cell<u32>,
    fetches: Cell<u32>,
    pub(super) tasks: RefCell<Vec<Rc<TaskState>>>,
    /// Of the tasks, those whose result was delivered and whose body is still being read.
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
    /// A batch behind `gate` that has not begun. Its deadline runs from here.
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

    /// Runs it: every input has its result, or it is ended before. The sink is told the end of that; this returns when
    /// the last body that was handed out is read, too.
    pub async fn run(self: Rc<Self>) {
        let scope = Rc::clone(&self.scope);
        let (task, exchange) = scope.task();
        let _ = self.supervisor.set(Rc::clone(&task));
        if let Some(why) = self.closing.get() {
            task.interrupt(why);
        }
        let intake: Rc<dyn Intake> = Rc::clone(&self) as Rc<dyn Intake>;
        scope.enter();
        scope.expire(&task, self.deadline, Some(Failure::Timeout { phase: Phase::Deadline }));
        scope.add_intake(Rc::clone(&intake));
        scope.fill_slots();
        while let Err(why) = task.until(&|| self.is_delivered()).await {
            task.restart();
            boxed(self.give_up(&task, &exchange, why)).await;
        }
        self.exhausted.set(true);
        scope.expire(&task, Instant::NEVER, None);
        scope.remove_intake(&intake);
        self.sink.end(self.thrown());
        task.wait_out(&|| self.is_done()).await;
        scope.vacate(task, exchange);
        scope.leave();
        scope.fill_slots();
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

    /// Fails all unfinished requests as closed, with their client.
    pub fn close(&self) {
        self.finish(Failure::Closed);
    }

    /// Fails all unfinished requests as aborted. Unlike with [`fail`](Self::fail), each has its result.
    pub fn abort(&self) {
        self.finish(Failure::Aborted);
    }

    fn finish(&self, why: Failure) {
        // What was cancelled before stays so.
        if self.closing().is_none() {
            self.closing.set(Some(why));
        }
        self.interrupt(why, |_| true);
        if let Some(supervisor) = self.supervisor.get() {
            supervisor.interrupt(why);
        }
    }

    /// A result was taken: another input may be pulled.
    pub fn make_room(&self) {
        self.scope.fill_slots();
        self.tell_supervisor();
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
    pub fn progress(&self) -> Progress {
        let progress = self.progress.get();
        let (started, queued) = (self.pulled.get(), self.waiting.get());
        let in_flight = started.saturating_sub(progress.succeeded + progress.failed).saturating_sub(queued);
        Progress { started, in_flight, queued, ..progress }
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
        self.sink.moved(&|| self.progress());
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
        self.fetches.get() < self.options.max_fetches
    }

    /// Counts a request that was pulled and is not in flight.
    pub(super) fn waiting(&self, task: &Rc<TaskState>) -> Waiting<'_, H> {
        Waiting::new(&self.scope, &self.waiting, task)
    }

    /// Lets another be pulled in the place of a request that has sent all it had to send, until it is told otherwise.
    pub(super) fn set_validating(&self, begins: bool) {
        let count = self.validating.get();
        self.validating.set(if begins { count + 1 } else { count - 1 });
        if begins {
            self.scope.fill_slots();
        }
    }

    pub(super) fn interrupt(&self, failure: Failure, whom: impl Fn(&Rc<TaskState>) -> bool) {
        let tasks = self.tasks.borrow().clone();
        tasks.iter().filter(|task| whom(task)).for_each(|task| task.interrupt(failure));
        self.tell_supervisor();
    }

    pub(super) fn tell_supervisor(&self) {
        if let Some(supervisor) = self.supervisor.get() {
            supervisor.wake();
        }
    }

    /// Every result there will be was delivered.
    pub(super) fn is_delivered(&self) -> bool {
        let open_bodies = self.open_bodies.get();
        // With bodies that hold all slots none is free to ask a list for more, whose length tells as much.
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
