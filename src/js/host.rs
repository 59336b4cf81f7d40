//! The web as a [`Host`](crate::pipeline::Host): its fetch, its clocks, its one timer.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use gloo_timers::callback::Timeout;
use wasm_bindgen::{JsCast, JsValue};

use crate::core::admission::HostId;
use crate::core::error::{BodyFault, Failure};
use crate::core::policy::{Policy, ReadAs};
use crate::core::retry::Wait;
use crate::core::retry_after::{RetryAfter, RetryAfterSource};
use crate::core::traits::Traits;
use crate::core::{Instant, Millis};
use crate::pipeline::host::{Hooks, Inputs, Ring, Runtime, Transport, Values};
use crate::pipeline::{History, TaskState};

use super::clock;
use super::exchange::{Exchange, JsExchange, Settled};
use super::executor;
use super::hooks::ask;
use super::input::{Hosts, Request, Source};
use super::output::{self, Outcome};
use super::protocol::*;

/// The host under a page, a worker, an edge function or Node.
#[derive(Debug)]
pub struct WebHost {
    pub(super) hosts: Hosts,
    timer: RefCell<Option<Timeout>>,
    /// Time at which the clock was last read.
    read_at: Cell<f64>,
    /// Owner of its tasks.
    owner: u32,
}

impl WebHost {
    pub(super) fn new(hosts: Hosts) -> Self {
        Self { hosts, timer: RefCell::default(), read_at: Cell::default(), owner: executor::new_owner() }
    }

    /// Drops all its tasks, and the timer.
    pub(super) fn abandon(&self) {
        executor::abandon(self.owner);
        self.disarm();
    }
}

impl Values for WebHost {
    type Source = Source;
    type Request = Request;
    type Exchange = Exchange;
    type Outcome = JsValue;
    type Thrown = JsValue;
    type Work<'a> = Settled<'a>;
}

impl Runtime for WebHost {
    fn now(&self) -> Instant {
        let now = clock::now();
        // A clock that fails stands still.
        if !now.is_nan() {
            self.read_at.set(now);
        }
        Instant::from_millis(self.read_at.get())
    }

    fn chance(&self) -> f64 {
        let chance = clock::chance();
        if (0.0..1.0).contains(&chance) { chance } else { 0.5 }
    }

    fn arm(&self, ring: Weak<dyn Ring>, delay: Millis) {
        // Rounded up: a timer that rings before its time would only be set again.
        let timer = Timeout::new(delay.ceil() as u32, move || {
            if let Some(ring) = ring.upgrade() {
                ring.ring();
            }
        });
        drop(self.timer.replace(Some(timer)));
    }

    fn disarm(&self) {
        drop(self.timer.take());
    }

    fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        executor::spawn(self.owner, Box::pin(task));
    }
}

impl Inputs for WebHost {
    fn pull<'a>(&'a self, source: &'a Source, exchange: &'a Exchange) -> Option<Settled<'a>> {
        source.pull(exchange)
    }

    fn pulled(&self, source: &Source, exchange: &Exchange) -> Result<Option<Request>, JsValue> {
        source.pulled(exchange)
    }

    fn is_async(&self, source: &Source) -> bool {
        source.is_async()
    }

    fn size_of(&self, source: &Source) -> Option<u32> {
        source.size()
    }

    fn close(&self, source: &Source) {
        source.js.close();
    }

    fn policy<'a>(&self, request: &'a Request) -> &'a Policy {
        &request.rules.policy
    }

    fn host_of(&self, request: &Request) -> Result<HostId, Failure> {
        request.place
    }

    fn traits(&self, request: &Request) -> Traits {
        request.traits
    }

    fn may_repeat(&self, request: &Request) -> bool {
        request.may_repeat
    }

    fn forget(&self, host: HostId) {
        self.hosts.forget(host.into());
    }

    fn key_of(&self, exchange: &Exchange, request: &Request) -> Option<u32> {
        let key = (request.traits.dedupe && request.place.is_ok()).then(|| self.hosts.key_of(&exchange.js));
        key.filter(|key| *key >= 0.0).map(|key| key as u32)
    }

    fn forget_key(&self, key: u32) {
        self.hosts.forget_key(key.into());
    }

    fn twin(&self, request: &Request, exchange: &Exchange, other: &Exchange) -> Request {
        other.js.follow(&exchange.js);
        request.twin()
    }
}

impl Transport for WebHost {
    fn exchange(&self, task: &Rc<TaskState>) -> Exchange {
        Exchange::new(task)
    }

    fn clear(&self, exchange: &Exchange) {
        exchange.js.vacate();
    }

    fn copy(&self, from: &Exchange, to: &Exchange) {
        to.js.copy(&from.js);
    }

    fn send<'a>(&'a self, exchange: &'a Exchange, request: &'a Request, eager: bool) -> Settled<'a> {
        let read = if eager { request.read_as() } else { -1.0 };
        exchange.asked(|js| js.send(read, request.abortable.into()))
    }

    fn redirect(&self, exchange: &Exchange, _: &Request, hop: u32) -> Result<bool, Failure> {
        let followed = exchange.js.redirect(hop.into());
        if followed < 0.0 { Err(Failure::Network { transient: false }) } else { Ok(followed > 0.0) }
    }

    fn status(&self, exchange: &Exchange) -> u16 {
        exchange.js.status() as u16
    }

    fn read<'a>(&'a self, exchange: &'a Exchange, request: &'a Request) -> Settled<'a> {
        exchange.asked(|js| js.read_all(request.read_as()))
    }

    fn chunk<'a>(&'a self, exchange: &'a Exchange) -> Settled<'a> {
        exchange.asked(JsExchange::chunk)
    }

    fn decode<'a>(&'a self, exchange: &'a Exchange, _: &'a Request, read: Option<ReadAs>) -> Settled<'a> {
        exchange.asked(|js| js.assemble(read.map_or(-1.0, |read| (read as u32).into())))
    }

    fn hand_out(&self, exchange: &Exchange, request: &Request) -> Result<bool, Failure> {
        let policy = &request.rules.policy;
        let watched = policy.timeout.idle.is_finite();
        let expected = policy.expected_bytes.unwrap_or(-1.0);
        let handed = exchange.js.hand_out(request.read_as(), watched.into(), policy.max_bytes, expected);
        if handed < 0.0 { Err(Failure::Body(BodyFault::Truncated)) } else { Ok(handed > 0.0) }
    }

    fn linger<'a>(&'a self, exchange: &'a Exchange) -> Settled<'a> {
        exchange.asked(JsExchange::linger)
    }

    fn break_off(&self, exchange: &Exchange, request: &Request, failure: Failure, thrown: Option<JsValue>) {
        output::fail(exchange, request, 1, failure, None);
        exchange.js.break_off(&thrown.unwrap_or_default());
    }

    fn retry_after(&self, exchange: &Exchange) -> Option<RetryAfter> {
        let after = exchange.js.retry_after();
        let by =
            if exchange.js.is_limited() > 0.0 { RetryAfterSource::RateLimit } else { RetryAfterSource::RetryAfter };
        (after >= 0.0).then_some(RetryAfter { after, by })
    }

    fn breathe<'a>(&'a self, exchange: &'a Exchange) -> Settled<'a> {
        exchange.asked(JsExchange::breathe)
    }

    fn discard(&self, exchange: &Exchange) {
        exchange.js.discard();
    }

    fn abort(&self, exchange: &Exchange) {
        exchange.js.abort();
    }
}

impl Hooks for WebHost {
    fn before_request<'a>(&'a self, exchange: &'a Exchange, _: &'a Request, number: u32) -> Settled<'a> {
        exchange.asked(|js| js.before_request(number.into()))
    }

    fn after_response<'a>(&'a self, exchange: &'a Exchange, _: &'a Request, number: u32) -> Settled<'a> {
        exchange.asked(|js| js.after_response(number.into()))
    }

    fn refresh_auth<'a>(&'a self, exchange: &'a Exchange, _: &'a Request) -> Settled<'a> {
        exchange.asked(JsExchange::refresh_auth)
    }

    fn validate<'a>(&'a self, exchange: &'a Exchange, _: &'a Request) -> Settled<'a> {
        exchange.asked(JsExchange::validate)
    }

    fn is_failure(&self, exchange: &Exchange, _: &Request, status: u16) -> Result<bool, Failure> {
        Ok(ask(exchange, ASK_THROW_HTTP_ERRORS, status.into())?.is_some_and(|yes| yes > 0.0))
    }

    fn own_delay(&self, exchange: &Exchange, _: &Request, number: u32) -> Result<Option<Millis>, Failure> {
        ask(exchange, ASK_DELAY, number.into())
    }

    fn own_jitter(&self, exchange: &Exchange, _: &Request, delay: Millis) -> Result<Option<Millis>, Failure> {
        ask(exchange, ASK_JITTER, delay)
    }

    fn should_retry<'a>(
        &'a self,
        exchange: &'a Exchange,
        request: &'a Request,
        history: &History,
        failure: Failure,
        wait: Wait,
    ) -> Settled<'a> {
        let number = output::fail_so_far(exchange, request, history, failure);
        exchange.asked(|js| js.should_retry(number, wait.delay))
    }

    fn before_retry<'a>(
        &'a self,
        exchange: &'a Exchange,
        request: &'a Request,
        history: &History,
        failure: Failure,
        wait: Wait,
    ) -> Settled<'a> {
        let number = output::fail_so_far(exchange, request, history, failure);
        exchange.asked(|js| js.before_retry(number, wait.delay))
    }

    fn outcome(
        &self,
        index: u32,
        exchange: &Exchange,
        request: &Request,
        history: &History,
        ended: Result<(), Failure>,
    ) -> JsValue {
        output::outcome(index, exchange, request, history, ended)
    }

    fn on_result<'a>(&'a self, exchange: &'a Exchange, _: &'a Request, outcome: JsValue) -> Settled<'a> {
        exchange.asked(|js| js.on_result(&outcome))
    }

    fn take_result(&self, exchange: &Exchange) -> JsValue {
        exchange.js.take_result()
    }

    fn error_of(&self, outcome: &JsValue) -> Option<JsValue> {
        let outcome = outcome.unchecked_ref::<Outcome>();
        (outcome.ok() == 0.0).then(|| outcome.error())
    }
}
