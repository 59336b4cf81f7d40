//! The world as the pipeline sees it: servers, and a exchange per task.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::{Rc, Weak};

use fanfetch::core::admission::HostId;
use fanfetch::core::error::Failure;
use fanfetch::core::policy::{Policy, ReadAs};
use fanfetch::core::retry::Wait;
use fanfetch::core::retry_after::RetryAfter;
use fanfetch::core::traits::Traits;
use fanfetch::core::{Instant, Millis};
use fanfetch::pipeline::host::{Hooks, Inputs, Ring, Runtime, Transport, Values};
use fanfetch::pipeline::{History, TaskState};

use super::Outcome;
use super::script::{Input, Reply, Source};
use super::world::{End, World};

/// The world, as the pipeline sees it.
pub(crate) struct Sim(pub(crate) Rc<World>);

/// Carries one fetch at a time.
pub(crate) struct Exchange {
    task: Rc<TaskState>,
    id: Cell<u32>,
    fetch: Cell<usize>,
    open: Cell<bool>,
    reply: RefCell<Option<Reply>>,
    chunks: Cell<usize>,
    status: Cell<u16>,
    /// The fetch whose body the data are made of, by its place in the log.
    answer: Cell<Option<usize>>,
    /// The result that hooks are told of.
    outcome: RefCell<Option<Outcome>>,
    /// Its body was handed out.
    handed: Cell<bool>,
}

impl Sim {
    fn end(&self, exchange: &Exchange, how: End) {
        if exchange.open.replace(false) {
            let time = self.0.time();
            let mut log = self.0.log.borrow_mut();
            let fetch = &mut log[exchange.fetch.get()];
            assert!(fetch.end.replace((time, how)).is_none(), "ended twice");
            self.0.live.borrow_mut()[fetch.host as usize] -= 1;
        }
    }

    async fn drain(&self, exchange: &Exchange) -> Result<f64, Failure> {
        let mut bytes = 0.0;
        while let Some(chunk) = self.chunk(exchange).await? {
            bytes += chunk;
        }
        exchange.answer.set(Some(exchange.fetch.get()));
        exchange.reply.borrow().as_ref().unwrap().decoded.map(|()| bytes)
    }
}

type Work<'a> = Pin<Box<dyn Future<Output = Result<Option<f64>, Failure>> + 'a>>;

impl Values for Sim {
    type Source = Rc<Source>;
    type Request = Input;
    type Exchange = Exchange;
    type Outcome = Outcome;
    type Thrown = &'static str;
    type Work<'a> = Work<'a>;
}

impl Runtime for Sim {
    fn now(&self) -> Instant {
        self.0.clock.now()
    }

    fn chance(&self) -> f64 {
        let chance = self.0.chance.get().unwrap_or_else(|| self.0.random.unit());
        self.0.chances.borrow_mut().entry(self.0.judging.get()).or_default().push(chance);
        chance
    }

    fn arm(&self, ring: Weak<dyn Ring>, delay: Millis) {
        assert!((0.0..=2_147_483_647.0).contains(&delay), "no timer keeps {delay}");
        let (number, world) = (self.0.timers.get() + 1, Rc::downgrade(&self.0));
        self.0.timers.set(number);
        self.0.armed.set(true);
        let time = match self.0.late.get() {
            // A hair early, as by a host's own clock it may be: the scope takes it for exactly in time.
            0.0 => Instant::from_millis((self.0.time() + delay).as_millis().next_down()),
            late => self.0.time() + delay + late,
        } - self.0.hasty.take();
        self.0.clock.at(time, move || {
            if let (Some(world), Some(ring)) = (world.upgrade(), ring.upgrade())
                && world.timers.get() == number
                && !world.gone.get()
            {
                world.armed.set(false);
                ring.ring();
            }
        });
    }

    fn disarm(&self) {
        self.0.timers.set(self.0.timers.get() + 1);
        self.0.armed.set(false);
    }

    fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        self.0.clock.spawn(task);
    }
}

impl Inputs for Sim {
    fn pull<'a>(&'a self, source: &'a Rc<Source>, exchange: &'a Exchange) -> Option<Work<'a>> {
        /// Not pulled any more, even where nobody waited for the answer.
        struct Turn<'a>(&'a Cell<bool>);
        impl Drop for Turn<'_> {
            fn drop(&mut self) {
                self.0.set(false);
            }
        }
        assert!(!source.pulling.replace(true), "two pulls at once");
        let turn = Turn(&source.pulling);
        // A request that was broken off without a result listens no more.
        self.0.tasks.borrow_mut().remove(&exchange.task.id);
        let item = source.next();
        let after = item.as_ref().map(|item| item.after);
        *source.taken.borrow_mut() = item;
        let after = after.filter(|_| source.slow)?;
        Some(Box::pin(async move {
            let _turn = turn;
            self.0.wait(after).await;
            Ok(None)
        }))
    }

    fn pulled(&self, source: &Rc<Source>, exchange: &Exchange) -> Result<Option<Input>, &'static str> {
        let Some(item) = source.taken.take() else {
            source.over.set(true);
            return Ok(None);
        };
        match item.what {
            Err(thrown) => {
                source.over.set(true);
                Err(thrown)
            }
            Ok(mut input) => {
                let index = source.pulled.replace(source.pulled.get() + 1);
                if input.id == u32::MAX {
                    input.id = index;
                }
                exchange.id.set(input.id);
                self.0.tasks.borrow_mut().insert(exchange.task.id, (input.id, Rc::clone(&exchange.task)));
                if input.aborted {
                    exchange.task.interrupt(Failure::Aborted);
                }
                Ok(Some(input))
            }
        }
    }

    fn is_async(&self, source: &Rc<Source>) -> bool {
        source.slow
    }

    fn size_of(&self, source: &Rc<Source>) -> Option<u32> {
        source.size
    }

    fn close(&self, source: &Rc<Source>) {
        source.over.set(true);
        source.closed.set(source.closed.get() + 1);
    }

    fn policy<'a>(&self, input: &'a Input) -> &'a Policy {
        &input.policy
    }

    fn host_of(&self, input: &Input) -> Result<HostId, Failure> {
        input.host
    }

    fn traits(&self, input: &Input) -> Traits {
        Traits {
            before_request: input.before_request.is_some(),
            after_response: input.after_response.is_some(),
            before_retry: input.before_retry.is_some(),
            refresh_auth: input.refresh_auth.is_some(),
            schema: input.validate.is_some(),
            dedupe: input.key.is_some(),
            should_retry: input.should_retry.is_some(),
            on_result: input.on_result.is_some(),
        }
    }

    fn may_repeat(&self, input: &Input) -> bool {
        input.may_repeat
    }

    fn forget(&self, host: HostId) {
        self.0.forgotten.borrow_mut().push(host);
    }

    fn key_of(&self, _: &Exchange, input: &Input) -> Option<u32> {
        input.key
    }

    fn forget_key(&self, key: u32) {
        self.0.landed.borrow_mut().push(key);
    }

    fn twin(&self, input: &Input, _: &Exchange, _: &Exchange) -> Input {
        input.clone()
    }
}

impl Transport for Sim {
    fn exchange(&self, task: &Rc<TaskState>) -> Exchange {
        Exchange {
            task: Rc::clone(task),
            id: Cell::default(),
            fetch: Cell::default(),
            open: Cell::default(),
            reply: RefCell::default(),
            chunks: Cell::default(),
            status: Cell::default(),
            answer: Cell::default(),
            outcome: RefCell::default(),
            handed: Cell::default(),
        }
    }

    fn clear(&self, exchange: &Exchange) {
        *exchange.reply.borrow_mut() = None;
        exchange.answer.set(None);
    }

    fn copy(&self, from: &Exchange, to: &Exchange) {
        *to.reply.borrow_mut() = from.reply.borrow().clone();
        to.status.set(from.status.get());
        to.answer.set(from.answer.get());
    }

    fn send<'a>(&'a self, exchange: &'a Exchange, input: &'a Input, eager: bool) -> Work<'a> {
        Box::pin(async move {
            assert!(!exchange.open.get(), "the attempt before was not ended");
            let reply = input.next_reply();
            exchange.fetch.set(self.0.begin(input, reply.clone()));
            exchange.open.set(true);
            exchange.status.set(0);
            exchange.answer.set(None);
            exchange.chunks.set(0);
            *exchange.reply.borrow_mut() = Some(reply.clone());
            self.0.wait(reply.head).await;
            if let Some(fault) = reply.fault {
                self.end(exchange, End::Broken);
                return Err(fault);
            }
            exchange.status.set(reply.status);
            if eager && (200..=299).contains(&reply.status) { self.drain(exchange).await.map(Some) } else { Ok(None) }
        })
    }

    fn redirect(&self, exchange: &Exchange, _: &Input, hop: u32) -> Result<bool, Failure> {
        let redirects = exchange.reply.borrow().as_ref().unwrap().redirects;
        self.0.hops.borrow_mut().push((exchange.status.get(), hop));
        if redirects {
            self.end(exchange, End::Discarded);
        }
        Ok(redirects)
    }

    fn status(&self, exchange: &Exchange) -> u16 {
        exchange.status.get()
    }

    fn read<'a>(&'a self, exchange: &'a Exchange, _: &'a Input) -> Work<'a> {
        Box::pin(async move { self.drain(exchange).await.map(Some) })
    }

    fn chunk<'a>(&'a self, exchange: &'a Exchange) -> Work<'a> {
        Box::pin(async move {
            assert!(exchange.open.get(), "there is nothing to read");
            let number = exchange.chunks.replace(exchange.chunks.get() + 1);
            let (chunk, broken) = {
                let reply = exchange.reply.borrow();
                let reply = reply.as_ref().unwrap();
                (reply.chunks.get(number).copied(), reply.broken)
            };
            match (chunk, broken) {
                (Some((silence, bytes)), _) => {
                    if silence > 0.0 {
                        self.0.wait(silence).await;
                    }
                    Ok(Some(bytes))
                }
                (None, Some(fault)) => {
                    self.end(exchange, End::Broken);
                    Err(fault)
                }
                (None, None) => {
                    self.end(exchange, End::Read);
                    Ok(None)
                }
            }
        })
    }

    fn decode<'a>(&'a self, exchange: &'a Exchange, _: &'a Input, read: Option<ReadAs>) -> Work<'a> {
        Box::pin(async move {
            match read {
                Some(_) => {
                    exchange.answer.set(Some(exchange.fetch.get()));
                    exchange.reply.borrow().as_ref().unwrap().decoded.map(|()| None)
                }
                None => Ok(None),
            }
        })
    }

    fn hand_out(&self, exchange: &Exchange, _: &Input) -> Result<bool, Failure> {
        let reply = exchange.reply.borrow();
        let has_body = !reply.as_ref().unwrap().chunks.is_empty();
        drop(reply);
        if !has_body {
            self.end(exchange, End::Read);
        }
        exchange.handed.set(has_body);
        exchange.answer.set(Some(exchange.fetch.get()));
        Ok(has_body)
    }

    fn linger<'a>(&'a self, exchange: &'a Exchange) -> Work<'a> {
        self.chunk(exchange)
    }

    fn break_off(&self, exchange: &Exchange, _: &Input, failure: Failure, _: Option<&'static str>) {
        self.end(exchange, End::Aborted);
        self.0.broken.borrow_mut().push((self.0.time(), failure));
    }

    fn retry_after(&self, exchange: &Exchange) -> Option<RetryAfter> {
        exchange.reply.borrow().as_ref().unwrap().retry_after
    }

    fn breathe<'a>(&'a self, _: &'a Exchange) -> Work<'a> {
        Box::pin(async move {
            self.0.wait(0.0).await;
            Ok(None)
        })
    }

    fn discard(&self, exchange: &Exchange) {
        self.end(exchange, End::Discarded);
    }

    fn abort(&self, exchange: &Exchange) {
        self.end(exchange, End::Aborted);
    }
}

impl Hooks for Sim {
    fn before_request<'a>(&'a self, _: &'a Exchange, input: &'a Input, _: u32) -> Work<'a> {
        Box::pin(async move {
            self.0.wait(input.before_request.unwrap_or_default()).await;
            if let Some(nested) = input.nested.as_ref().filter(|_| input.after_response.is_none()) {
                nested.run(None).await;
            }
            Ok(None)
        })
    }

    fn after_response<'a>(&'a self, exchange: &'a Exchange, input: &'a Input, _: u32) -> Work<'a> {
        Box::pin(async move {
            let (after, status) = input.after_response.expect("only who reviews is shown");
            self.0.note_review();
            self.0.wait(after).await;
            if let Some(nested) = &input.nested {
                self.0.nests.set(true);
                nested.run(Some(exchange.task.id)).await;
            }
            if let Some(status) = status {
                exchange.status.set(status);
            }
            input.reviewed.map(|()| None)
        })
    }

    fn refresh_auth<'a>(&'a self, _: &'a Exchange, input: &'a Input) -> Work<'a> {
        Box::pin(async move {
            let (after, got) = input.refresh_auth.expect("only who renews is asked");
            self.0.renewed.borrow_mut().push(self.0.time());
            self.0.wait(after).await;
            got.map(|()| None)
        })
    }

    fn validate<'a>(&'a self, _: &'a Exchange, input: &'a Input) -> Work<'a> {
        Box::pin(async move {
            let (after, fits) = input.validate.expect("only who validates is asked");
            self.0.validated.borrow_mut().push(self.0.time());
            self.0.wait(after).await;
            fits.map(|()| None)
        })
    }

    fn is_failure(&self, _: &Exchange, input: &Input, status: u16) -> Result<bool, Failure> {
        Ok((input.is_failure)(status))
    }

    fn own_delay(&self, _: &Exchange, input: &Input, number: u32) -> Result<Option<Millis>, Failure> {
        self.0.judging.set((input.id, number));
        input.own_delay.transpose()
    }

    fn own_jitter(&self, _: &Exchange, input: &Input, delay: Millis) -> Result<Option<Millis>, Failure> {
        Ok(input.own_jitter.map(|jitter| jitter(delay)))
    }

    fn should_retry<'a>(&'a self, _: &'a Exchange, input: &'a Input, _: &History, _: Failure, _: Wait) -> Work<'a> {
        Box::pin(async move {
            let (after, said) = input.should_retry.expect("only who consults is asked");
            self.0.consulted.borrow_mut().push(self.0.time());
            self.0.wait(after).await;
            Ok(said.map(|yes| f64::from(u8::from(yes))))
        })
    }

    fn before_retry<'a>(&'a self, _: &'a Exchange, input: &'a Input, _: &History, _: Failure, _: Wait) -> Work<'a> {
        Box::pin(async move {
            let (after, said) = input.before_retry.expect("only who is reminded waits");
            self.0.wait(after).await;
            said.map(|()| None)
        })
    }

    fn outcome(
        &self,
        index: u32,
        exchange: &Exchange,
        input: &Input,
        history: &History,
        ended: Result<(), Failure>,
    ) -> Outcome {
        assert_eq!(exchange.id.get(), input.id, "the exchange of another request");
        assert!(exchange.handed.take() || !exchange.open.get(), "a result while its fetch is under way");
        self.0.tasks.borrow_mut().remove(&exchange.task.id);
        let answer = exchange.answer.take();
        Outcome { index, id: input.id, at: self.0.time(), history: history.clone(), ended, answer }
    }

    fn on_result<'a>(&'a self, exchange: &'a Exchange, input: &'a Input, outcome: Outcome) -> Work<'a> {
        *exchange.outcome.borrow_mut() = Some(outcome);
        Box::pin(async move {
            let (after, threw) = input.on_result.expect("only who announces tells");
            self.0.wait(after).await;
            if let (Err(failure), Some(outcome)) = (threw, &mut *exchange.outcome.borrow_mut()) {
                outcome.ended = Err(failure);
            }
            Ok(None)
        })
    }

    fn take_result(&self, exchange: &Exchange) -> Outcome {
        let mut outcome = exchange.outcome.take().expect("one that was announced");
        outcome.at = self.0.time();
        outcome
    }

    fn error_of(&self, outcome: &Outcome) -> Option<&'static str> {
        outcome.ended.is_err().then_some("a failure")
    }
}
