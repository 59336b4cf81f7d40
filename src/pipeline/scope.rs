//! State shared by the requests of one client, or of one call where calls must not meet (Cloudflare Workers).
//!
//! The async face of [`Admission`] and of its deadlines. No borrow outlives a statement: wakers and calls into the host run
//! with nothing borrowed.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::core::Instant;
use crate::core::admission::{Admission, Limits};
use crate::core::error::Failure;
use crate::core::stats::Stats;
use crate::core::timers::Owner;

use super::clock::Clock;
use super::host::{Host, Ring};
use super::intake::Intake;
use super::task::TaskState;

/// Owner of the deadline at which the admission may start another waiting request.
pub(super) const ADMISSION: Owner = 0;

/// Slots, queue, timers, tasks.
pub struct Scope<H: Host> {
    host: H,
    admission: RefCell<Admission>,
    clock: Clock,
    pub(super) tasks: RefCell<Vec<Option<Rc<TaskState>>>>,
    spare: RefCell<Vec<(Rc<TaskState>, H::Exchange)>>,
    pub(super) intakes: RefCell<Vec<Rc<dyn Intake>>>,
    /// Index of the batch that pulls next.
    pub(super) turn: Cell<usize>,
    pub(super) filling: Cell<bool>,
    batches: Cell<u32>,
    /// Requests that were pulled and are not in flight.
    pub(super) waiting: Cell<u32>,
    /// Shared fetches by key. `shared_fetch.rs` knows their type, which builds on this one.
    pub(super) shared_fetches: RefCell<Vec<Option<Rc<dyn Any>>>>,
    stats: Option<RefCell<Stats>>,
}

impl<H: Host> std::fmt::Debug for Scope<H> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Scope").finish_non_exhaustive()
    }
}

impl<H: Host> Scope<H> {
    /// Creates an empty scope; `keeps_stats` for statistics.
    pub fn new(host: H, limits: Limits, keeps_stats: bool) -> Rc<Self> {
        Rc::new(Self {
            host,
            admission: RefCell::new(Admission::new(limits)),
            clock: Clock::default(),
            tasks: RefCell::new(vec![None]),
            spare: RefCell::default(),
            intakes: RefCell::default(),
            turn: Cell::new(0),
            filling: Cell::new(false),
            batches: Cell::new(0),
            waiting: Cell::new(0),
            shared_fetches: RefCell::default(),
            stats: keeps_stats.then(RefCell::default),
        })
    }

    /// Host that it runs on.
    pub fn host(&self) -> &H {
        &self.host
    }

    /// Current time, never earlier than a timer that has rung.
    #[inline(never)]
    pub fn now(&self) -> Instant {
        self.clock.now(self.host.now())
    }

    /// Calls `look` with the admission borrowed.
    pub fn admission<T>(&self, look: impl FnOnce(&mut Admission) -> T) -> T {
        look(&mut self.admission.borrow_mut())
    }

    /// Returns whether statistics are kept: for a client, not for a single call.
    pub fn keeps_stats(&self) -> bool {
        self.stats.is_some()
    }

    /// Calls `write` with the statistics, if they are kept.
    pub fn stats(&self, write: impl FnOnce(&mut Stats)) {
        if let Some(stats) = &self.stats {
            write(&mut stats.borrow_mut());
        }
    }

    /// Takes the state of a new task, and its exchange; [`vacate`](Self::vacate) returns both.
    pub fn task(&self) -> (Rc<TaskState>, H::Exchange) {
        if let Some(spare) = self.spare.borrow_mut().pop() {
            return spare;
        }
        let mut tasks = self.tasks.borrow_mut();
        let task = Rc::new(TaskState::new(tasks.len() as Owner));
        tasks.push(Some(Rc::clone(&task)));
        drop(tasks);
        let exchange = self.host.exchange(&task);
        (task, exchange)
    }

    /// Returns the state and the exchange of a task that has ended.
    pub fn vacate(&self, task: Rc<TaskState>, exchange: H::Exchange) {
        self.clock.set(task.id, Instant::NEVER);
        // The next task with this state has not been interrupted.
        task.restart();
        self.host.clear(&exchange);
        self.spare.borrow_mut().push((task, exchange));
    }

    /// Sleeps until `time`.
    ///
    /// # Errors
    /// The failure that interrupted the sleep.
    pub async fn sleep(self: &Rc<Self>, task: &TaskState, time: Instant) -> Result<(), Failure> {
        self.expire(task, time, None);
        let slept = task.until(&|| task.has_rung()).await;
        self.expire(task, Instant::NEVER, None);
        slept
    }

    /// Sets the task's deadline: at `time` its work ends with `failure`. [`Instant::NEVER`] clears it.
    pub fn expire(self: &Rc<Self>, task: &TaskState, time: Instant, failure: Option<Failure>) {
        task.set_alarm(failure);
        self.set_timer(task.id, time);
    }

    /// Counts a batch that begins.
    pub fn enter(&self) {
        if self.batches.get() == 0 {
            self.note_turn();
        }
        self.batches.set(self.batches.get() + 1);
    }

    /// Counts a batch that is over. The last one cancels the host's timer.
    pub fn leave(&self) {
        self.batches.set(self.batches.get() - 1);
        if self.batches.get() == 0 && self.clock.disarm_idle() {
            self.host.disarm();
        }
    }

    /// Returns whether timers and aborts need a turn of the event loop.
    pub(super) fn is_tired(&self, now: Instant) -> bool {
        self.clock.is_tired(now)
    }

    /// Notes a new turn of the event loop.
    pub(super) fn note_turn(&self) {
        self.clock.note_turn(self.now());
    }

    pub(super) fn task_by_id(&self, id: Owner) -> Option<Rc<TaskState>> {
        self.tasks.borrow().get(id as usize).cloned().flatten()
    }

    pub(super) fn set_timer(self: &Rc<Self>, owner: Owner, time: Instant) {
        self.clock.set(owner, time);
        if time < Instant::NEVER {
            self.arm();
        }
    }

    fn arm(self: &Rc<Self>) {
        let delay = self.clock.arm(|| self.now());
        if let Some(delay) = delay {
            let ring: Rc<dyn Ring> = Rc::clone(self) as Rc<dyn Ring>;
            self.host.arm(Rc::downgrade(&ring), delay);
        }
    }
}

impl<H: Host> Ring for Scope<H> {
    fn ring(self: Rc<Self>) {
        if !self.clock.note_ring(self.host.now()) {
            return self.arm();
        }
        let now = self.now();
        while let Some(owner) = self.clock.due(now) {
            // Owner 0 is the admission, which has no task.
            if let Some(task) = self.task_by_id(owner) {
                task.ring();
            }
        }
        self.grant_slots();
        self.fill_slots();
        self.arm();
    }
}
