//! What the stages of one request have in common.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use crate::core::error::{Failure, Phase};
use crate::core::policy::Policy;
use crate::core::{Instant, Millis};

use super::batch::Batch;
use super::host::Host;
use super::scope::Scope;
use super::task::{During, TaskState};

/// One request on its way.
pub(super) struct RequestContext<'a, H: Host> {
    /// Whose it is.
    pub(super) batch: &'a Batch<H>,
    /// Where it sits.
    pub(super) task: &'a Rc<TaskState>,
    /// What carries it.
    pub(super) exchange: &'a H::Exchange,
    /// What is to be sent.
    pub(super) request: &'a H::Request,
    /// What applies to it.
    pub(super) policy: &'a Policy,
    /// When it has to end. Who shares a fetch keeps time for himself, and the fetch only looks ahead.
    pub(super) bounds: &'a Cell<Bounds>,
    /// Whether others share it.
    pub(super) shared: bool,
}

impl<H: Host> RequestContext<'_, H> {
    pub(super) fn scope(&self) -> &Rc<Scope<H>> {
        self.batch.scope()
    }

    pub(super) fn host(&self) -> &H {
        self.batch.scope().host()
    }

    /// The host, for something to be begun that others see: unless the task was told to stop.
    pub(super) fn ready(&self) -> Result<&H, Failure> {
        self.task.check().map(|()| self.host())
    }

    /// What comes of something that was begun over the exchange.
    pub(super) fn interruptible<'w>(&self, work: H::Work<'w>) -> During<'_, H::Work<'w>> {
        self.task.during(work)
    }

    /// What comes of the user's own code, which nothing but the end of the request ends.
    pub(super) fn run_hook<'w>(&self, work: H::Work<'w>) -> HookWork<'_, 'w, H> {
        let end = self.end();
        self.scope().expire(self.task, end.0, Some(end.1));
        HookWork { scope: self.scope(), task: self.task, work: self.interruptible(work) }
    }

    /// When it ends by itself, and as what.
    pub(super) fn end(&self) -> (Instant, Failure) {
        let end = self.bounds.get().end();
        if self.shared { (Instant::NEVER, end.1) } else { end }
    }

    /// No wait is begun that would end later.
    pub(super) fn horizon(&self) -> Instant {
        self.bounds.get().end().0
    }

    /// Something is sent from now on.
    pub(super) fn note_sent(&self) {
        self.bounds.set(Bounds { sent: true, ..self.bounds.get() });
    }
}

/// The user's own code at work, with a deadline that is cleared once it has answered.
///
/// A future by hand, as an `async fn` would take more wherever it is awaited.
pub(super) struct HookWork<'a, 'w, H: Host> {
    scope: &'a Rc<Scope<H>>,
    task: &'a TaskState,
    work: During<'a, H::Work<'w>>,
}

impl<'w, H: Host> Future for HookWork<'_, 'w, H> {
    type Output = <H::Work<'w> as Future>::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let said = Pin::new(&mut self.work).poll(context);
        if let Poll::Ready(Ok(_)) = said {
            self.scope.expire(self.task, Instant::NEVER, None);
        }
        said
    }
}

/// When a request must end at the latest: by `timeout.total` or the batch's deadline.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) taken_up: Instant,
    pub(super) total: Millis,
    /// The batch's.
    pub(super) deadline: Instant,
    /// Whether anything was sent.
    pub(super) sent: bool,
}

impl Bounds {
    /// The time, and what the request fails with then.
    #[must_use]
    pub(super) fn end(self) -> (Instant, Failure) {
        let phase = if self.sent { Phase::Total } else { Phase::Queue };
        let own = self.taken_up + self.total;
        if self.deadline < own {
            (self.deadline, Failure::Timeout { phase: Phase::Deadline })
        } else {
            (own, Failure::Timeout { phase })
        }
    }

    /// The one of two that ends later.
    #[must_use]
    pub(super) fn later(self, other: Self) -> Self {
        if self.end().0 < other.end().0 { Self { sent: self.sent, ..other } } else { self }
    }
}
