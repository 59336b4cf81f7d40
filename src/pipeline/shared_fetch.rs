//! A fetch shared by identical requests: the first starts it, each leaves on its own, and the last one aborts it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::core::Instant;
use crate::core::error::{Failure, Phase};

use super::batch::Batch;
use super::context::RequestContext;
use super::deadline::RequestDeadline;
use super::history::History;
use super::host::Host;
use super::request;
use super::scope::Scope;
use super::task::TaskState;

/// A shared fetch, with a task and an exchange of its own.
pub(super) struct SharedFetch<H: Host> {
    /// Batch of the request that started it, whose budget and gate it uses.
    batch: Rc<Batch<H>>,
    task: Rc<TaskState>,
    exchange: Cell<Option<H::Exchange>>,
    deadline: Cell<RequestDeadline>,
    /// Waiting requests. The fetch counts as that of the first; the others count as queued while it runs.
    subscribers: RefCell<Vec<Subscriber<H>>>,
    finished: RefCell<Option<(History, Result<(), Failure>)>>,
}

/// A request that waits for a shared fetch.
struct Subscriber<H: Host> {
    task: Rc<TaskState>,
    batch: Rc<Batch<H>>,
}

impl<H: Host> Batch<H> {
    /// Joins the fetch of an identical request that is under way, or starts one that others may join.
    ///
    /// # Errors
    /// The failure of the fetch, or the one that made this request leave it.
    pub(super) async fn share(
        self: &Rc<Self>,
        key: u32,
        context: &RequestContext<'_, H>,
        history: &mut History,
    ) -> Result<(), Failure> {
        // A request whose signal is aborted already sends nothing.
        context.task.check()?;
        loop {
            let ended = self.join(key, context, history).await;
            // The spent budget may be that of another batch.
            if ended != Err(Failure::Budget) || !self.may_spend() {
                return ended;
            }
        }
    }

    async fn join(
        self: &Rc<Self>,
        key: u32,
        context: &RequestContext<'_, H>,
        history: &mut History,
    ) -> Result<(), Failure> {
        let RequestContext { task, exchange, .. } = *context;
        let scope = self.scope();
        // A cancelled fetch is not joined any more.
        let known = scope.shared_fetch(key).filter(|known| known.task.check().is_ok());
        let waits = known.is_some().then(|| self.waiting(task));
        let shared_fetch = match known {
            Some(shared_fetch) => {
                shared_fetch.deadline.set(shared_fetch.deadline.get().later(context.deadline.get()));
                scope.stats(|stats| stats.totals.deduplicated += 1);
                scope.fill_slots();
                shared_fetch
            }
            None => self.start(key, context),
        };
        shared_fetch.subscribe(self, task);
        let (end, late) = context.end();
        scope.expire(task, end, Some(late));
        let is_finished = || shared_fetch.finished.borrow().is_some();
        let left = task.until(&is_finished).await.map_err(|why| shared_fetch.leaving_failure(why));
        scope.expire(task, Instant::NEVER, None);
        drop(waits);
        if let Err(why) = left
            && shared_fetch.subscribers.borrow().len() == 1
            && !is_finished()
        {
            // The fetch ends in a turn or two, with its history.
            scope.remove_shared(key, &shared_fetch);
            shared_fetch.task.interrupt(why);
            task.wait_out(&is_finished).await;
        }
        if !is_finished() {
            shared_fetch.leave(task);
        }
        let finished = shared_fetch.finished.borrow();
        let Some((fetched, ended)) = &*finished else {
            return left.and(Err(Failure::Aborted));
        };
        // An attempt that began before this request counts as begun with it.
        let began = fetched.taken_up.as_millis() - history.taken_up.as_millis();
        history.clone_from(&History {
            taken_up: history.taken_up,
            total: scope.now().since(history.taken_up),
            ..fetched.clone()
        });
        history.attempts.iter_mut().for_each(|attempt| attempt.started_at = (attempt.started_at + began).max(0.0));
        shared_fetch.with_exchange(|shared| scope.host().copy(shared, exchange));
        left.and(*ended)
    }

    fn start(self: &Rc<Self>, key: u32, context: &RequestContext<'_, H>) -> Rc<SharedFetch<H>> {
        let scope = self.scope();
        let (task, exchange) = scope.task();
        let twin = scope.host().twin(context.request, context.exchange, &exchange);
        let shared_fetch = Rc::new(SharedFetch {
            batch: Rc::clone(self),
            task,
            exchange: Cell::new(Some(exchange)),
            deadline: Cell::new(context.deadline.get()),
            subscribers: RefCell::default(),
            finished: RefCell::default(),
        });
        scope.insert_shared(key, Rc::clone(&shared_fetch));
        // Until it asks for its slot, no other input is pulled for that.
        let claim = scope.claim(self.gate());
        let (batch, running) = (Rc::clone(self), Rc::clone(&shared_fetch));
        scope.host().spawn(async move {
            drop(claim);
            batch.run_shared(key, running, &twin).await;
        });
        shared_fetch
    }

    async fn run_shared(self: Rc<Self>, key: u32, shared_fetch: Rc<SharedFetch<H>>, request: &H::Request) {
        let (scope, host) = (self.scope(), self.scope().host());
        let Some(exchange) = shared_fetch.exchange.take() else { return };
        let mut history = History::default();
        history.restart(scope.now());
        let policy = host.policy(request);
        let context = RequestContext {
            batch: &self,
            task: &shared_fetch.task,
            exchange: &exchange,
            request,
            policy,
            deadline: &shared_fetch.deadline,
            shared: true,
        };
        let ended = request::run(&context, &mut history).await.map(|_| ());
        if ended.is_err() {
            scope.expire(&shared_fetch.task, Instant::NEVER, None);
        }
        if ended.is_err_and(Failure::is_final) {
            host.abort(&exchange);
        }
        shared_fetch.exchange.set(Some(exchange));
        scope.remove_shared(key, &shared_fetch);
        shared_fetch.finished.replace(Some((history, ended)));
        let tasks: Vec<_> = shared_fetch.subscribers.borrow().iter().map(|one| Rc::clone(&one.task)).collect();
        tasks.iter().for_each(|task| task.wake());
    }
}

impl<H: Host> Scope<H> {
    fn shared_fetch(&self, key: u32) -> Option<Rc<SharedFetch<H>>> {
        self.shared_fetches.borrow().get(key as usize)?.clone()?.downcast().ok()
    }

    fn insert_shared(&self, key: u32, shared_fetch: Rc<SharedFetch<H>>) {
        let mut shared_fetches = self.shared_fetches.borrow_mut();
        let place = key as usize;
        if shared_fetches.len() <= place {
            shared_fetches.resize(place + 1, None);
        }
        if let Some(entry) = shared_fetches.get_mut(place) {
            *entry = Some(shared_fetch);
        }
    }

    /// Removes a fetch, which no request joins any more.
    fn remove_shared(&self, key: u32, shared_fetch: &Rc<SharedFetch<H>>) {
        let known = self.shared_fetch(key).is_some_and(|known| Rc::ptr_eq(&known, shared_fetch));
        if known {
            let gone = self.shared_fetches.borrow_mut().get_mut(key as usize).and_then(Option::take);
            drop(gone);
            self.host().forget_key(key);
        }
    }
}

impl<H: Host> SharedFetch<H> {
    fn subscribe(&self, batch: &Rc<Batch<H>>, task: &Rc<TaskState>) {
        self.subscribers.borrow_mut().push(Subscriber { task: Rc::clone(task), batch: Rc::clone(batch) });
    }

    fn leave(&self, task: &Rc<TaskState>) {
        let mut subscribers = self.subscribers.borrow_mut();
        let Some(place) = subscribers.iter().position(|other| Rc::ptr_eq(&other.task, task)) else { return };
        subscribers.remove(place);
        if let Some(first) = subscribers.first().filter(|_| place == 0) {
            drop(first.batch.waiting(&first.task));
        }
    }

    /// Returns the failure of a request that leaves: `timeout.total` was spent in the queue only if nothing was sent.
    fn leaving_failure(&self, why: Failure) -> Failure {
        match why {
            Failure::Timeout { phase: Phase::Queue } if self.deadline.get().sent => {
                Failure::Timeout { phase: Phase::Total }
            }
            why => why,
        }
    }

    fn with_exchange(&self, look: impl FnOnce(&H::Exchange)) {
        if let Some(exchange) = self.exchange.take() {
            look(&exchange);
            self.exchange.set(Some(exchange));
        }
    }
}

impl<H: Host> Drop for SharedFetch<H> {
    fn drop(&mut self) {
        if let Some(exchange) = self.exchange.take() {
            let scope = self.batch.scope();
            scope.vacate(Rc::clone(&self.task), exchange);
        }
    }
}
