//! The tasks of a batch: each takes requests, one after the other, to their results.

use std::cell::Cell;
use std::rc::Rc;

use crate::core::Instant;
use crate::core::error::Failure;

use super::Batch;
use crate::pipeline::boxed::boxed;
use crate::pipeline::context::{Bounds, RequestContext};
use crate::pipeline::history::History;
use crate::pipeline::host::Host;
use crate::pipeline::open_body::OpenBody;
use crate::pipeline::request;
use crate::pipeline::scope::Intake;
use crate::pipeline::task::TaskState;

impl<H: Host> Batch<H> {
    /// One task: requests, one after the other.
    pub(super) async fn serve(self: Rc<Self>) {
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
                // It was closed before it began.
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
        self.tell_supervisor();
    }

    /// Takes a request to its result, and waits for the end of a body that it hands out.
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
        let (taken_up, total, deadline) = (history.taken_up, policy.timeout.total, self.deadline);
        let bounds = Cell::new(Bounds { taken_up, total, deadline, sent: false });
        let context =
            RequestContext { batch: self, task, exchange, request: &request, policy, bounds: &bounds, shared: false };
        let place = host.host_of(&request).ok();
        scope.stats(|stats| stats.begin(place));
        let ended = match host.key_of(exchange, &request) {
            None => request::run(&context, history).await,
            Some(key) => boxed(self.share(key, &context, history)).await.map(|()| None),
        };
        if ended.is_err() {
            history.total = scope.now().since(history.taken_up);
            // It may have left before its time, which must not ring for the next.
            scope.expire(task, Instant::NEVER, None);
        }
        if matches!(&ended, Err(failure) if failure.is_final()) {
            // Whatever it waited for must not be heard by the next request.
            host.abort(exchange);
        }
        let (open, ended) = match ended {
            Ok(open) => (open, Ok(())),
            Err(failure) => (None, Err(failure)),
        };
        let mut ok = ended.is_ok();
        // What ends a body that is handed out before anybody reads it.
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
            boxed(self.linger(open, &context, stopped)).await;
        }
    }

    async fn linger(&self, open: OpenBody<H>, context: &RequestContext<'_, H>, stopped: Option<Failure>) {
        self.open_bodies.set(self.open_bodies.get() + 1);
        self.tell_supervisor();
        if let Some(why) = stopped {
            context.task.interrupt(why);
        }
        open.linger(context).await;
        self.open_bodies.set(self.open_bodies.get() - 1);
    }

    /// What a closing batch has left is its supervisor's to fail; a single request fails by itself.
    fn may_pull(&self) -> bool {
        let may = self.options.single || self.closing().is_none();
        if !may {
            self.pulling.set(false);
        }
        may
    }

    async fn pull(&self, task: &Rc<TaskState>, exchange: &H::Exchange) -> Option<(u32, H::Request)> {
        task.restart();
        // It may have ended between being asked to pull and doing so.
        if self.over.get() || self.exhausted.get() {
            self.pulling.set(false);
            return None;
        }
        self.puller.set(Some(task.id));
        let host = self.scope.host();
        let stopped = match host.pull(&self.source, exchange) {
            // What it came to is in `pulled`, whatever that was.
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

    fn deliver(&self, index: u32, outcome: H::Outcome, ok: bool, history: &History) {
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

    /// No more is sent: at the deadline and when its client is closed, what is under way ends now; when its queue is
    /// cancelled, it goes on. Inputs not yet pulled have their result at once, but for those that take time to come and
    /// those of which nobody can say how many they are: their source is closed.
    pub(super) async fn give_up(&self, task: &Rc<TaskState>, exchange: &H::Exchange, why: Failure) {
        let host = self.scope.host();
        let is_late = matches!(why, Failure::Timeout { .. });
        if self.closing().is_none() {
            self.closing.set(Some(why));
        }
        if is_late {
            self.interrupt(why, |_| true);
        }
        let size = self.size();
        let mut history = History::default();
        loop {
            // A list may have more than it says.
            let is_listed = size.is_some_and(|size| self.pulled.get() <= size);
            if (host.is_async(&self.source) || !is_late && !is_listed) && !self.exhausted.replace(true) {
                host.close(&self.source);
            }
            if self.exhausted.get() {
                return;
            }
            if task.until(&|| self.exhausted.get() || self.sink.has_room()).await.is_err() {
                // Told something else meanwhile, which is in `closing` by now.
                task.restart();
                continue;
            }
            if self.scope.is_tired(history.taken_up) {
                self.breathe(task, exchange).await;
            }
            let Some((index, request)) = self.pull(task, exchange).await else { continue };
            // An input whose own signal is aborted already tells the task so; that ends it alone.
            task.restart();
            history.restart(self.scope.now());
            let place = host.host_of(&request).ok();
            // Nobody else will, and a host that nobody gives up is never forgotten.
            drop(place.map(|place| self.scope.retain(self.gate(), place)));
            self.scope.stats(|stats| {
                stats.begin(place);
                stats.end(place, false, 0, 0.0);
            });
            let why = self.closing().unwrap_or(why);
            // The number of those that were cancelled was told.
            let is_bad = place.is_none() && why != Failure::Aborted;
            let ended = Err(if is_bad { Failure::Input } else { why });
            let mut outcome = host.outcome(index, exchange, &request, &history, ended);
            if host.traits(&request).on_result {
                let _ = task.during(host.on_result(exchange, &request, outcome)).await;
                outcome = host.take_result(exchange);
            }
            self.deliver(index, outcome, false, &history);
        }
    }

    /// Lets the host have another turn.
    async fn breathe(&self, task: &Rc<TaskState>, exchange: &H::Exchange) {
        let _ = task.during(self.scope.host().breathe(exchange)).await;
        self.scope.note_rest();
    }
}

/// The result, after hooks were told of it: within the time that the request has left, should they take any; and what ended
/// that early.
async fn run_on_result<H: Host>(context: &RequestContext<'_, H>, outcome: H::Outcome) -> (H::Outcome, Option<Failure>) {
    let RequestContext { task, exchange, request, .. } = *context;
    let host = context.host();
    task.restart();
    let heard = context.run_hook(host.on_result(exchange, request, outcome)).await;
    context.scope().expire(task, Instant::NEVER, None);
    task.restart();
    (host.take_result(exchange), heard.err().filter(|failure| failure.is_final()))
}
