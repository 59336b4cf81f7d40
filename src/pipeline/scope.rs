//! What the requests of one client share, or of one call where calls must not meet (Cloudflare Workers).
//!
//! The async face of [`Admission`] and of [`Timers`]. No borrow outlives a statement: whatever wakes or calls out does
//! so with nothing held.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::core::admission::{Admission, GateId, Limits, ROOT};
use crate::core::error::Failure;
use crate::core::stats::Stats;
use crate::core::timers::{Owner, Timers};
use crate::core::{Instant, Millis};

use super::host::{Host, Ring};
use super::shared_fetch::SharedFetch;
use super::task::TaskState;

/// Milliseconds by which a timer that rings early is in time, and by which it is too early to be believed the first time.
const HAIR: Millis = 0.5;
const TURN: Millis = 10.0;

/// Milliseconds of work after which timers and aborts are let have their turn. A turn costs Node some forty microseconds.
const STINT: Millis = 8.0;

/// The owner of the deadline at which a waiting host may be asked again.
const ADMISSION: Owner = 0;

/// Slots, queue, timers.
pub struct Scope<H: Host> {
    host: H,
    admission: RefCell<Admission>,
    timers: RefCell<Timers>,
    pub(super) tasks: RefCell<Vec<Option<Rc<TaskState>>>>,
    spare: RefCell<Vec<(Rc<TaskState>, H::Exchange)>>,
    pub(super) intakes: RefCell<Vec<Rc<dyn Intake>>>,
    turn: Cell<usize>,
    filling: Cell<bool>,
    batches: Cell<u32>,
    /// Requests that were pulled and are not in flight.
    pub(super) waiting: Cell<u32>,
    /// Shared fetches by the host's number for what they have in common.
    pub(super) shared_fetches: RefCell<Vec<Option<Rc<SharedFetch<H>>>>>,
    stats: Option<RefCell<Stats>>,
    /// What the host's timer rang too early for.
    hurried: Cell<Instant>,
    /// The host's timer may ring a moment early by its own clock; once it has rung, its time has come.
    reached: Cell<Instant>,
    /// Since when the host may have had no other turn.
    rested: Cell<Instant>,
}

/// Whoever brings requests in when a slot is free.
pub trait Intake {
    /// Whether it would take a slot.
    fn wants_input(&self) -> bool;
    /// How many inputs are still to be pulled, where that is known.
    fn remaining(&self) -> u32;
    /// Pulls nothing more to be sent where it has a [`remaining`](Self::remaining), which fails.
    fn cancel_remaining(&self);
    /// Sets a task to pull the next input.
    fn spawn_worker(self: Rc<Self>);
}

impl<H: Host> std::fmt::Debug for Scope<H> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Scope").finish_non_exhaustive()
    }
}

impl<H: Host> Scope<H> {
    /// A scope with nothing in it; `keeps_stats` for statistics.
    pub fn new(host: H, limits: Limits, keeps_stats: bool) -> Rc<Self> {
        Rc::new(Self {
            host,
            admission: RefCell::new(Admission::new(limits)),
            timers: RefCell::default(),
            tasks: RefCell::new(vec![None]),
            spare: RefCell::default(),
            intakes: RefCell::default(),
            turn: Cell::new(0),
            filling: Cell::new(false),
            batches: Cell::new(0),
            waiting: Cell::new(0),
            shared_fetches: RefCell::default(),
            stats: keeps_stats.then(RefCell::default),
            hurried: Cell::default(),
            reached: Cell::default(),
            rested: Cell::default(),
        })
    }

    /// The world it runs in.
    pub fn host(&self) -> &H {
        &self.host
    }

    /// The time. It never runs behind a timer that has rung.
    #[inline(never)]
    pub fn now(&self) -> Instant {
        self.host.now().max(self.reached.get())
    }

    /// Looks at the admission.
    pub fn admission<T>(&self, look: impl FnOnce(&mut Admission) -> T) -> T {
        look(&mut self.admission.borrow_mut())
    }

    /// Whether it keeps stats: it is a client's, and not that of a single call.
    pub fn keeps_stats(&self) -> bool {
        self.stats.is_some()
    }

    /// Writes into its stats, if it keeps any.
    pub fn stats(&self, write: impl FnOnce(&mut Stats)) {
        if let Some(stats) = &self.stats {
            write(&mut stats.borrow_mut());
        }
    }

    /// A task for a task, with a exchange; give it back by [`vacate`](Self::vacate).
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

    /// Gives a task back.
    pub fn vacate(&self, task: Rc<TaskState>, exchange: H::Exchange) {
        self.timers.borrow_mut().set(task.id, Instant::NEVER);
        // Whoever sits here next has not been told to stop.
        task.restart();
        self.host.clear(&exchange);
        self.spare.borrow_mut().push((task, exchange));
    }

    /// Sleeps until `time`.
    ///
    /// # Errors
    /// What interrupted the sleep.
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

    /// Gives the freed slots to those whose turn it is.
    pub fn grant_slots(self: &Rc<Self>) {
        if self.admission.borrow().queued() == 0 {
            return self.set_timer(ADMISSION, Instant::NEVER);
        }
        let now = self.now();
        loop {
            let next = self.admission.borrow_mut().next(now);
            let Some(who) = next else { break };
            let task = self.tasks.borrow().get(who as usize).cloned().flatten();
            if let Some(task) = task {
                task.grant(now);
            }
        }
        let time = self.admission.borrow().next_time(now);
        self.set_timer(ADMISSION, time);
    }

    /// Lets batches bring requests in while slots are free that nobody waiting can take.
    pub fn fill_slots(self: &Rc<Self>) {
        // Whoever is fed may fill_slots in his turn.
        if self.filling.replace(true) {
            return;
        }
        while let Some(intake) = self.next_intake() {
            intake.spawn_worker();
        }
        self.filling.set(false);
    }

    /// Whether a slot of `gate` is free that nobody waiting can take.
    pub fn is_vacant(&self, gate: GateId) -> bool {
        self.admission.borrow().is_vacant(gate, || self.now())
    }

    /// Whether a call that has nothing under way should bring a request in although no slot is free for it.
    pub fn may_pull_idle(&self, gate: GateId) -> bool {
        self.admission.borrow().may_pull_idle(gate)
    }

    /// Whether the next free slot is for `me`; if it is somebody else's, they are told.
    pub fn is_turn_of(self: &Rc<Self>, me: &Rc<dyn Intake>) -> bool {
        if !self.is_vacant(ROOT) {
            return false;
        }
        let turn = self.turn.get();
        match self.next_intake() {
            Some(intake) if is_same(&intake, me) => true,
            Some(_) => {
                self.turn.set(turn);
                self.fill_slots();
                false
            }
            None => false,
        }
    }

    /// Whether it is time for another turn of the host: where inputs fail or are answered without waiting for anything,
    /// timers and aborts would not have theirs else.
    pub(super) fn is_tired(&self, now: Instant) -> bool {
        now.since(self.rested.get()) >= STINT
    }

    /// The host has had another turn.
    pub(super) fn note_rest(&self) {
        self.rested.set(self.now());
    }

    /// A batch begins.
    pub fn enter(&self) {
        if self.batches.get() == 0 {
            self.note_rest();
        }
        self.batches.set(self.batches.get() + 1);
    }

    /// A batch is over. With the last one the host's timer goes.
    pub fn leave(&self) {
        self.batches.set(self.batches.get() - 1);
        if self.batches.get() == 0 && self.timers.borrow().is_empty() {
            self.timers.borrow_mut().disarm();
            self.host.disarm();
        }
    }

    /// A batch is asked for requests when slots are free, from now on.
    pub fn add_intake(&self, intake: Rc<dyn Intake>) {
        self.intakes.borrow_mut().push(intake);
    }

    /// A batch has no more requests.
    pub fn remove_intake(&self, intake: &Rc<dyn Intake>) {
        self.intakes.borrow_mut().retain(|other| !is_same(other, intake));
    }

    fn next_intake(&self) -> Option<Rc<dyn Intake>> {
        let count = self.intakes.borrow().len();
        if count == 0 || !(self.is_vacant(ROOT) || self.admission.borrow().may_any_pull_idle()) {
            return None;
        }
        for step in 0..count {
            let place = (self.turn.get() + step) % count;
            let intake = self.intakes.borrow().get(place).cloned()?;
            if intake.wants_input() {
                self.turn.set(place + 1);
                return Some(intake);
            }
        }
        None
    }

    fn set_timer(self: &Rc<Self>, owner: Owner, time: Instant) {
        self.timers.borrow_mut().set(owner, time);
        if time < Instant::NEVER {
            self.arm();
        }
    }

    fn arm(self: &Rc<Self>) {
        let delay = self.timers.borrow_mut().arm(|| self.now());
        if let Some(delay) = delay {
            let ring: Rc<dyn Ring> = Rc::clone(self) as Rc<dyn Ring>;
            self.host.arm(Rc::downgrade(&ring), delay);
        }
    }
}

impl<H: Host> Ring for Scope<H> {
    fn ring(self: Rc<Self>) {
        let armed = self.timers.borrow_mut().disarm();
        if armed < Instant::NEVER {
            // By Node's clock a timer begins with the turn in which it is set, which may have lasted a while. Once: under
            // fake timers the other clock may stand still.
            let early = armed.since(self.host.now());
            if (HAIR..TURN).contains(&early) && self.hurried.replace(armed) != armed {
                return self.arm();
            }
            self.reached.set(self.reached.get().max(armed));
        }
        let now = self.now();
        loop {
            let due = self.timers.borrow_mut().due(now);
            match due {
                None => break,
                Some(ADMISSION) => {}
                Some(owner) => {
                    let task = self.tasks.borrow().get(owner as usize).cloned().flatten();
                    if let Some(task) = task {
                        task.ring();
                    }
                }
            }
        }
        self.grant_slots();
        self.fill_slots();
        self.arm();
    }
}

fn is_same(one: &Rc<dyn Intake>, other: &Rc<dyn Intake>) -> bool {
    std::ptr::addr_eq(Rc::as_ptr(one), Rc::as_ptr(other))
}
