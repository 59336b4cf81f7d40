//! Workers of a batch: each takes requests, one after the other, to their results.

use std::cell::Cell;
use std::rc::Rc;

use crate::core::Instant;
use crate::core::error::Failure;

use super::Batch;
use crate::pipeline::boxed::boxed;
use crate::pipeline::context::RequestContext;
use crate::pipeline::deadline::RequestDeadline;
use crate::pipeline::history::History;
use crate::pipeline::host::Host;
use crate::pipeline::intake::Intake;
use crate::pipeline::open_body::OpenBody;
use crate::pipeline::request;
use crate::pipeline::task::TaskState;

impl<H: Host> Batch<H> {
    /// Runs one worker.
    pub(super) async fn work(self: Rc<Self>) {
        let me: Rc<dyn Intake> = Rc::clone(&self) as Rc<dyn Intake>;
        let (task, exchange) = self.scope.task();
        self.tasks.borrow_mut().push(Rc::clone(&task));
        let mut history = History::default();
        while self.may_pull() {
            if self.scope.is_tired(history.taken_up) {
                boxed(self.breathe(&task, &exchange)).await;
                continue;
            }
            let Some((index, request)) = self.pull(&task, &exchange).await else { break };
            if let Some(why) = self.closing() {
                // The batch was closed before the request began.
                task.interrupt(why);
            }
            history.restart(self.scope.now());
            self.settle(index, &task, &exchange, request, &mut history).await;
            if self.over.get() || !self.scope.is_turn_of(&me) {
                break;
            }
            self.pulling.set(true);
        }
        self.tasks.borrow_mut().retain(|other| !Rc::ptr_eq(other, &task));
        self.scope.vacate(task, exchange);
        self.scope.fill_slots();
        self.wake_supervisor();
    }

    /// Takes a request to its result, and waits for the end of a body that is handed out.
    async fn settle(
        self: &Rc<Self>,
        index: u32,
        task: &Rc<TaskState>,
        exchange: &H::Exchange,
        request: H::Request,
        history: &mut History,
    ) {
        let (scope, host) = (&self.scope, self.scope.host());
        let policy = host.policy(&request);
        let (taken_up, total, batch) = (history.taken_up, policy.timeout.total, self.deadline);
        let deadline = Cell::new(RequestDeadline { taken_up, total, batch, sent: false });
        let context = RequestContext {
            batch: self,
            task,
            exchange,
            request: &request,
            policy,
            deadline: &deadline,
            shared: false,
        };
        let place = host.host_of(&request).ok();
        scope.stats(|stats| stats.begin(place));
        let ended = match host.key_of(exchange, &request) {
            None => request::run(&context, history).await,
            Some(key) => boxed(self.share(key, &context, history)).await.map(|()| None),
        };
        if ended.is_err() {
            history.total = scope.now().since(history.taken_up);
            // The request may end before its deadline; clear it so that it does not fire for the next one.
            scope.expire(task, Instant::NEVER, None);
        }
        if matches!(&ended, Err(failure) if failure.is_final()) {
            // Late answers to this request must not reach the next one.
            host.abort(exchange);
        }
        let (open, ended) = match ended {
            Ok(open) => (open, Ok(())),
            Err(failure) => (None, Err(failure)),
        };
        let mut ok = ended.is_ok();
        // Ends a body that is handed out before the user reads it.
        let mut stopped = None;
        if !self.over.get() {
            let mut outcome = host.outcome(index, exchange, &request, history, ended);
            if host.traits(&request).on_result {
                (outcome, stopped) = boxed(run_on_result(&context, outcome)).await;
                ok = host.error_of(&outcome).is_none();
            }
            if !self.over.get() {
                self.deliver(index, outcome, ok, history);
            }
        }
        scope.stats(|stats| stats.end(place, ok, history.retries(), history.bytes.unwrap_or(0.0)));
        if let Some(open) = open {
            let stopped = match stopped {
                None if !ok => Some(Failure::Hook),
                None if self.over.get() => Some(Failure::Aborted),
                stopped => stopped,
            };
            boxed(self.wait_open(open, &context, stopped)).await;
        }
    }

    /// Waits for the end of a body that is handed out.
    async fn wait_open(&self, open: OpenBody<H>, context: &RequestContext<'_, H>, stopped: Option<Failure>) {
        self.open_bodies.set(self.open_bodies.get() + 1);
        self.wake_supervisor();
        if let Some(why) = stopped {
            context.task.interrupt(why);
        }
        open.wait(context).await;
        self.open_bodies.set(self.open_bodies.get() - 1);
    }

    /// Returns whether the worker may pull: the supervisor fails the remaining inputs of a closing batch, but a single request fails
    /// by itself.
    fn may_pull(&self) -> bool {
        let may = self.options.single || self.closing().is_none();
        if !may {
            self.pulling.set(false);
        }
        may
    }

    /// Pulls the next input; `None` when there is none, or the batch has ended.
    pub(super) async fn pull(&self, task: &Rc<TaskState>, exchange: &H::Exchange) -> Option<(u32, H::Request)> {
        task.restart();
        // The batch may have ended since this worker was spawned.
        if self.over.get() || self.exhausted.get() {
            self.pulling.set(false);
            return None;
        }
        self.puller.set(Some(task.id));
        let host = self.scope.host();
        let stopped = match host.pull(&self.source, exchange) {
            // `pulled` returns the input or the failure.
            Some(work) => task.during(work).await.is_err() && task.check().is_err(),
            None => false,
        };
        self.puller.set(None);
        self.pulling.set(false);
        if self.options.single {
            self.exhausted.set(true);
        }
        if stopped {
            host.abort(exchange);
            return None;
        }
        match host.pulled(&self.source, exchange) {
            Ok(Some(request)) if !self.over.get() => {
                let index = self.pulled.get();
                self.pulled.set(index + 1);
                return Some((index, request));
            }
            Ok(Some(_)) => {}
            Ok(None) => self.exhausted.set(true),
            Err(thrown) => {
                self.exhausted.set(true);
                self.fail(thrown);
            }
        }
        None
    }

    /// Delivers a result, and ends the batch if it stops on errors.
    pub(super) fn deliver(&self, index: u32, outcome: H::Outcome, ok: bool, history: &History) {
        let ends = !ok && self.options.stop_on_error;
        let error = ends.then(|| self.scope.host().error_of(&outcome)).flatten();
        let mut progress = self.progress.get();
        progress.add(ok, history);
        self.progress.set(progress);
        self.sink.deliver(index, outcome);
        self.moved();
        if let Some(error) = error {
            self.fail(error);
        }
    }

    /// Gives timers and aborts a turn of the event loop.
    pub(super) async fn breathe(&self, task: &Rc<TaskState>, exchange: &H::Exchange) {
        let _ = task.during(self.scope.host().breathe(exchange)).await;
        self.scope.note_turn();
    }
}

/// Runs the `onResult` hooks within the time that the request has left; returns the result, and the failure that ended them
/// early.
async fn run_on_result<H: Host>(context: &RequestContext<'_, H>, outcome: H::Outcome) -> (H::Outcome, Option<Failure>) {
    let RequestContext { task, exchange, request, .. } = *context;
    let host = context.host();
    task.restart();
    let hooked = context.run_hook(host.on_result(exchange, request, outcome)).await;
    context.scope().expire(task, Instant::NEVER, None);
    task.restart();
    (host.take_result(exchange), hooked.err().filter(|failure| failure.is_final()))
}
