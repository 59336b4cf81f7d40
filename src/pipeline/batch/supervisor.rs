//! Supervisor of a batch: the task that waits for its end, or brings it about.

use std::rc::Rc;

use crate::core::Instant;
use crate::core::error::{Failure, Phase};

use super::Batch;
use crate::pipeline::boxed::boxed;
use crate::pipeline::history::History;
use crate::pipeline::host::Host;
use crate::pipeline::intake::Intake;
use crate::pipeline::task::TaskState;

impl<H: Host> Batch<H> {
    /// Runs the batch until every input has its result, or it ends early; the sink learns of that. Returns once the last body
    /// that was handed out is read as well.
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

    /// Stops sending. At the deadline and when the client is closed, requests under way end now; when the queue is cancelled,
    /// they go on. Inputs of a list fail at once; an async source, or one of unknown size, is closed.
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
            // A list may have more inputs than its size.
            let is_listed = size.is_some_and(|size| self.pulled.get() <= size);
            if (host.is_async(&self.source) || !is_late && !is_listed) && !self.exhausted.replace(true) {
                host.close(&self.source);
            }
            if self.exhausted.get() {
                return;
            }
            if task.until(&|| self.exhausted.get() || self.sink.has_room()).await.is_err() {
                // Another interrupt, which is in `closing` by now.
                task.restart();
                continue;
            }
            if self.scope.is_tired(history.taken_up) {
                self.breathe(task, exchange).await;
            }
            let Some((index, request)) = self.pull(task, exchange).await else { continue };
            // An input whose own signal is aborted interrupts the task, which concerns that input alone.
            task.restart();
            history.restart(self.scope.now());
            let place = host.host_of(&request).ok();
            // Retained and released, as a host that never was would not be forgotten.
            drop(place.map(|place| self.scope.retain(self.gate(), place)));
            self.scope.stats(|stats| {
                stats.begin(place);
                stats.end(place, false, 0, 0.0);
            });
            let why = self.closing().unwrap_or(why);
            // Cancelled inputs were counted as such already.
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

    /// Ends the batch with `thrown`: aborts requests in flight and starts no more. The first call counts.
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

    /// Fails all unfinished requests as closed.
    pub fn close(&self) {
        self.finish(Failure::Closed);
    }

    /// Fails all unfinished requests as aborted. Unlike with [`fail`](Self::fail), each has its result.
    pub fn abort(&self) {
        self.finish(Failure::Aborted);
    }

    fn finish(&self, why: Failure) {
        // A cancelled queue stays cancelled.
        if self.closing().is_none() {
            self.closing.set(Some(why));
        }
        self.interrupt(why, |_| true);
        if let Some(supervisor) = self.supervisor.get() {
            supervisor.interrupt(why);
        }
    }

    pub(super) fn interrupt(&self, failure: Failure, which: impl Fn(&Rc<TaskState>) -> bool) {
        let tasks = self.tasks.borrow().clone();
        tasks.iter().filter(|task| which(task)).for_each(|task| task.interrupt(failure));
        self.wake_supervisor();
    }

    pub(super) fn wake_supervisor(&self) {
        if let Some(supervisor) = self.supervisor.get() {
            supervisor.wake();
        }
    }
}
