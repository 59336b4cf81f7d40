//! Context shared by the stages of one request.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use crate::core::Instant;
use crate::core::error::Failure;
use crate::core::policy::Policy;

use super::batch::Batch;
use super::deadline::RequestDeadline;
use super::host::Host;
use super::scope::Scope;
use super::task::{During, TaskState};

/// Borrowed context of a request.
pub(super) struct RequestContext<'a, H: Host> {
    /// Batch of the request.
    pub(super) batch: &'a Batch<H>,
    /// State of its task.
    pub(super) task: &'a Rc<TaskState>,
    /// Exchange that carries its attempts.
    pub(super) exchange: &'a H::Exchange,
    /// Input, ready to be sent.
    pub(super) request: &'a H::Request,
    /// Options of the request.
    pub(super) policy: &'a Policy,
    /// End of the request. With `dedupe` each waiter enforces its own deadline; the shared fetch only avoids waits that outlast
    /// all of them.
    pub(super) deadline: &'a Cell<RequestDeadline>,
    /// True if it is a shared fetch.
    pub(super) shared: bool,
}

impl<H: Host> RequestContext<'_, H> {
    pub(super) fn scope(&self) -> &Rc<Scope<H>> {
        self.batch.scope()
    }

    pub(super) fn host(&self) -> &H {
        self.batch.scope().host()
    }

    /// Returns the host, for work with side effects, unless the task was interrupted.
    pub(super) fn ready(&self) -> Result<&H, Failure> {
        self.task.check().map(|()| self.host())
    }

    /// Awaits work of the exchange, until interrupted.
    pub(super) fn interruptible<'w>(&self, work: H::Work<'w>) -> During<'_, H::Work<'w>> {
        self.task.during(work)
    }

    /// Awaits a hook, which only the end of the request interrupts.
    pub(super) fn run_hook<'w>(&self, work: H::Work<'w>) -> HookWork<'_, 'w, H> {
        let end = self.end();
        self.scope().expire(self.task, end.0, Some(end.1));
        HookWork { scope: self.scope(), task: self.task, work: self.interruptible(work) }
    }

    /// Returns the end of the request, and its failure then; never for a shared fetch.
    pub(super) fn end(&self) -> (Instant, Failure) {
        let end = self.deadline.get().end();
        if self.shared { (Instant::NEVER, end.1) } else { end }
    }

    /// Returns the time beyond which no wait may last.
    pub(super) fn horizon(&self) -> Instant {
        self.deadline.get().end().0
    }

    /// Notes that something was sent.
    pub(super) fn note_sent(&self) {
        self.deadline.set(RequestDeadline { sent: true, ..self.deadline.get() });
    }
}

/// A hook at work; its deadline is cleared once it has answered.
///
/// A hand-written future: an `async fn` would take more room wherever it is awaited.
pub(super) struct HookWork<'a, 'w, H: Host> {
    scope: &'a Rc<Scope<H>>,
    task: &'a TaskState,
    work: During<'a, H::Work<'w>>,
}

impl<'w, H: Host> Future for HookWork<'_, 'w, H> {
    type Output = <H::Work<'w> as Future>::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let answer = Pin::new(&mut self.work).poll(context);
        if let Poll::Ready(Ok(_)) = answer {
            self.scope.expire(self.task, Instant::NEVER, None);
        }
        answer
    }
}
