//! Where one running task sits: its waker, and the word that makes it get up.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use crate::core::Instant;
use crate::core::admission::LaneId;
use crate::core::error::Failure;
use crate::core::timers::Owner;

use super::nested::Nest;

/// One task's place in a scope. Whatever ends its work early is said here, and found before the work goes on.
#[derive(Debug)]
pub struct TaskState {
    /// Its number, in the admission and among the timers.
    pub id: Owner,
    waker: RefCell<Option<Waker>>,
    stop: Cell<Option<Failure>>,
    /// What its deadline means: the end of its work, or (`None`) the end of its sleep.
    alarm: Cell<Option<Failure>>,
    rang: Cell<bool>,
    granted: Cell<Option<Instant>>,
    /// The slot that its request holds, and the calls that are nested in that.
    lane: Cell<Option<LaneId>>,
    nest: RefCell<Option<Rc<Nest>>>,
    /// Its request was pulled and is not in flight.
    pub(super) waits: Cell<bool>,
    /// And it was told to wait no longer.
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
            nest: RefCell::default(),
            waits: Cell::default(),
            cancelled: Cell::default(),
        }
    }

    /// Works until done, or until told to stop, which is its error then; told before, it does not begin.
    pub(super) fn during<W>(&self, work: W) -> During<'_, W> {
        During { task: self, work }
    }

    /// Waits until `done`, which is asked whenever its task is woken, or until told to stop, which is its error then.
    pub(super) fn until<'a>(&'a self, done: &'a dyn Fn() -> bool) -> During<'a, Until<'a>> {
        self.during(Until(done))
    }

    /// Waits until `done`, whatever it is told meanwhile.
    pub(super) async fn wait_out(&self, done: &dyn Fn() -> bool) {
        while !done() {
            self.restart();
            let _ = self.until(done).await;
        }
    }

    /// Nothing, unless it was told to stop.
    ///
    /// # Errors
    /// Why its work has to end.
    pub(super) fn check(&self) -> Result<(), Failure> {
        self.stop.get().map_or(Ok(()), Err)
    }

    /// Ends what it does with `failure`, at its next chance. The first word counts, unless it ends an attempt alone.
    pub fn interrupt(&self, failure: Failure) {
        self.recover();
        if self.stop.get().is_none() {
            self.stop.set(Some(failure));
        }
        self.wake();
    }

    /// Wakes its task: something that it waits for may have come.
    pub fn wake(&self) {
        // The waker leaves the cell first: waking may run code of the host's.
        let waker = self.waker.borrow().clone();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Forgets a word that ended an attempt and not its request.
    pub(super) fn recover(&self) {
        if self.stop.get().is_some_and(|stop| !stop.is_final()) {
            self.stop.set(None);
        }
    }

    /// Forgets the word that ended the last request.
    pub(super) fn restart(&self) {
        self.stop.set(None);
    }

    pub(super) fn set_alarm(&self, means: Option<Failure>) {
        self.rang.set(false);
        self.alarm.set(means);
    }

    /// Its deadline has come.
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

    /// When it was given a slot, should it have been.
    pub(super) fn take_grant(&self) -> Option<Instant> {
        self.granted.take()
    }

    pub(super) fn has_rung(&self) -> bool {
        self.rang.get()
    }

    /// Its request holds a slot of the lane from now on.
    pub(super) fn hold(&self, lane: LaneId) {
        self.lane.set(Some(lane));
    }

    /// Its request holds no slot any more; what was nested in it.
    pub(super) fn release(&self) -> Option<Rc<Nest>> {
        self.lane.set(None);
        self.nest.take()
    }

    /// What is nested in the slot that its request holds.
    pub(super) fn nest(&self) -> Option<Rc<Nest>> {
        let lane = self.lane.get()?;
        Some(Rc::clone(self.nest.borrow_mut().get_or_insert_with(|| Rc::new(Nest::new(lane)))))
    }

    fn remember(&self, context: &Context<'_>) {
        let mut waker = self.waker.borrow_mut();
        if !waker.as_ref().is_some_and(|known| known.will_wake(context.waker())) {
            *waker = Some(context.waker().clone());
        }
    }
}

/// Something that a task waits for.
///
/// A future by hand, as an `async fn` would be compiled anew wherever it is awaited.
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

pub(super) struct Until<'a>(&'a dyn Fn() -> bool);

impl Future for Until<'_> {
    type Output = Result<(), Failure>;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        if (self.0)() { Poll::Ready(Ok(())) } else { Poll::Pending }
    }
}
