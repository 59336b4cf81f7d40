//! Per-task state: waker, deadline, and the failure that interrupts it.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use crate::core::Instant;
use crate::core::admission::LaneId;
use crate::core::error::Failure;
use crate::core::timers::Owner;

/// State of one task. An interrupt is recorded here and ends its work at the next poll.
#[derive(Debug)]
pub struct TaskState {
    /// Number in the admission and among the timers.
    pub id: Owner,
    waker: RefCell<Option<Waker>>,
    stop: Cell<Option<Failure>>,
    /// Failure that its deadline interrupts it with; `None` ends a sleep.
    alarm: Cell<Option<Failure>>,
    rang: Cell<bool>,
    granted: Cell<Option<Instant>>,
    /// Lane of the slot that its request holds, and the calls nested in that.
    lane: Cell<Option<LaneId>>,
    held_slot: RefCell<Option<Rc<HeldSlot>>>,
    /// Set while its request is pulled and not in flight.
    pub(super) waits: Cell<bool>,
    /// Set when its wait was cancelled and is not counted any more.
    pub(super) cancelled: Cell<bool>,
}

impl TaskState {
    pub(super) fn new(id: Owner) -> Self {
        Self {
            id,
            waker: RefCell::default(),
            stop: Cell::default(),
            alarm: Cell::default(),
            rang: Cell::default(),
            granted: Cell::default(),
            lane: Cell::default(),
            held_slot: RefCell::default(),
            waits: Cell::default(),
            cancelled: Cell::default(),
        }
    }

    /// Runs `work` until done or interrupted; an interrupted task does not begin.
    pub(super) fn during<W>(&self, work: W) -> During<'_, W> {
        During { task: self, work }
    }

    /// Waits until `done`, which is checked at each wake, or until interrupted.
    pub(super) fn until<'a>(&'a self, done: &'a dyn Fn() -> bool) -> During<'a, Until<'a>> {
        self.during(Until(done))
    }

    /// Waits until `done`, ignoring interrupts.
    pub(super) async fn wait_out(&self, done: &dyn Fn() -> bool) {
        while !done() {
            self.restart();
            let _ = self.until(done).await;
        }
    }

    /// Checks for an interrupt.
    ///
    /// # Errors
    /// The failure of the interrupt.
    pub(super) fn check(&self) -> Result<(), Failure> {
        self.stop.get().map_or(Ok(()), Err)
    }

    /// Ends its work with `failure`. The first interrupt counts, unless it ends only an attempt.
    pub fn interrupt(&self, failure: Failure) {
        self.recover();
        if self.stop.get().is_none() {
            self.stop.set(Some(failure));
        }
        self.wake();
    }

    /// Wakes the task.
    pub fn wake(&self) {
        // Cloned out of the cell first: waking may run the host's code.
        let waker = self.waker.borrow().clone();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Clears an interrupt that ended only an attempt.
    pub(super) fn recover(&self) {
        if self.stop.get().is_some_and(|stop| !stop.is_final()) {
            self.stop.set(None);
        }
    }

    /// Clears any interrupt, before the next request.
    pub(super) fn restart(&self) {
        self.stop.set(None);
    }

    pub(super) fn set_alarm(&self, means: Option<Failure>) {
        self.rang.set(false);
        self.alarm.set(means);
    }

    /// Handles its deadline.
    pub(super) fn ring(&self) {
        match self.alarm.take() {
            Some(failure) => self.interrupt(failure),
            None => {
                self.rang.set(true);
                self.wake();
            }
        }
    }

    pub(super) fn grant(&self, now: Instant) {
        self.granted.set(Some(now));
        self.wake();
    }

    pub(super) fn is_granted(&self) -> bool {
        self.granted.get().is_some()
    }

    /// Takes the time at which a slot was granted, if one was.
    pub(super) fn take_grant(&self) -> Option<Instant> {
        self.granted.take()
    }

    pub(super) fn has_rung(&self) -> bool {
        self.rang.get()
    }

    /// Notes that its request holds a slot of the lane.
    pub(super) fn hold(&self, lane: LaneId) {
        self.lane.set(Some(lane));
    }

    /// Notes that its request freed its slot; returns the slot if calls were nested in it.
    pub(super) fn release(&self) -> Option<Rc<HeldSlot>> {
        self.lane.set(None);
        self.held_slot.take()
    }

    /// Returns the slot that its request holds, to nest calls in it.
    pub(super) fn held_slot(&self) -> Option<Rc<HeldSlot>> {
        let lane = self.lane.get()?;
        Some(Rc::clone(self.held_slot.borrow_mut().get_or_insert_with(|| Rc::new(HeldSlot::new(lane)))))
    }

    fn remember(&self, context: &Context<'_>) {
        let mut waker = self.waker.borrow_mut();
        if !waker.as_ref().is_some_and(|known| known.will_wake(context.waker())) {
            *waker = Some(context.waker().clone());
        }
    }
}

/// Slot of a request whose hook makes nested calls.
#[derive(Debug)]
pub(super) struct HeldSlot {
    pub(super) lane: LaneId,
    pub(super) calls: Cell<u32>,
    /// The slot was freed.
    pub(super) is_freed: Cell<bool>,
}

impl HeldSlot {
    fn new(lane: LaneId) -> Self {
        Self { lane, calls: Cell::default(), is_freed: Cell::default() }
    }
}

/// Interruptible work of a task.
///
/// A hand-written future: an `async fn` would be compiled anew wherever it is awaited.
pub(super) struct During<'a, W> {
    task: &'a TaskState,
    work: W,
}

impl<T, W: Future<Output = Result<T, Failure>> + Unpin> Future for During<'_, W> {
    type Output = W::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<W::Output> {
        if let Some(stop) = self.task.stop.get() {
            return Poll::Ready(Err(stop));
        }
        self.task.remember(context);
        Pin::new(&mut self.work).poll(context)
    }
}

/// Condition that a task waits for.
pub(super) struct Until<'a>(&'a dyn Fn() -> bool);

impl Future for Until<'_> {
    type Output = Result<(), Failure>;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        if (self.0)() { Poll::Ready(Ok(())) } else { Poll::Pending }
    }
}
