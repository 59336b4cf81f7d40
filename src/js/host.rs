//! The web as a [`Host`]: its fetch, its clocks, its one timer.

use std::cell::OnceCell;
use std::rc::Rc;

use wasm_bindgen::JsValue;

use crate::core::admission::HostId;
use crate::core::config::{Policy, ReadAs};
use crate::core::error::Failure;
use crate::core::retry::Wait;
use crate::core::retry_after::{Asked, Wish};
use crate::core::{Instant, Millis};
use crate::pipeline::{Host, Scope, Seat, Story};

use super::asks::{Ask, ask, retry_context};
use super::request::{Hosts, Request, Source};
use super::result;
use super::tasks;
use super::timer::{self, Timer};
use super::wire::{JsWire, Settled, Wire};

/// The host under a page, a worker, an edge function or Node.
#[derive(Debug)]
pub(crate) struct WebHost {
    pub(super) hosts: Hosts,
    timer: OnceCell<Timer>,
    /// Whose its tasks are.
    owner: u32,
}

impl WebHost {
    pub(crate) fn new(hosts: Hosts) -> Self {
        Self { hosts, timer: OnceCell::new(), owner: tasks::new_owner() }
    }

    /// Drops all its tasks, and the timer.
    #[cfg(feature = "npm")]
    pub(crate) fn abandon(&self) {
        tasks::abandon(self.owner);
        self.disarm();
    }
}

impl Host for WebHost {
    type Source = Source;
    type Request = Request;
    type Wire = Wire;
    type Outcome = JsValue;
    type Thrown = JsValue;
    type Work<'a> = Settled<'a>;

    fn now(&self) -> Instant {
        Instant::from_millis(timer::now())
    }

    fn chance(&self) -> f64 {
        js_sys::Math::random()
    }

    fn arm(&self, scope: &Rc<Scope<Self>>, delay: Millis) {
        self.timer.get_or_init(|| Timer::new(scope)).arm(delay);
    }

    fn disarm(&self) {
        if let Some(timer) = self.timer.get() {
            timer.disarm();
        }
    }

    fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        tasks::spawn(self.owner, Box::pin(task));
    }

    fn pull<'a>(&'a self, source: &'a Source, wire: &'a Wire) -> Option<Settled<'a>> {
        source.pull(wire)
    }

    fn pulled(&self, source: &Source, wire: &Wire) -> Result<Option<Request>, JsValue> {
        source.pulled(wire)
    }

    fn is_async(&self, source: &Source) -> bool {
        source.js.is_async()
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

    fn may_repeat(&self, request: &Request) -> bool {
        request.traits.may_repeat()
    }

    fn forget(&self, host: HostId) {
        self.hosts.forget(host);
    }

    fn key_of(&self, request: &Request) -> Option<u32> {
        (request.traits.is_shared() && request.place.is_ok()).then(|| self.hosts.key_of(&request.info))
    }

    fn twin(&self, request: &Request) -> Request {
        request.twin()
    }

    fn land(&self, key: u32) {
        self.hosts.land(key);
    }

    fn copy(&self, from: &Wire, to: &Wire) {
        to.js.copy(&from.js);
    }

    fn clear(&self, wire: &Wire) {
        wire.js.clear();
    }

    fn wire(&self, seat: &Rc<Seat>) -> Wire {
        Wire::new(seat)
    }

    fn prepares(&self, request: &Request) -> bool {
        request.traits.prepares()
    }

    fn prepare<'a>(&'a self, wire: &'a Wire, request: &'a Request, number: u32) -> Settled<'a> {
        wire.asked(|js| js.prepare(&request.info, number))
    }

    fn send<'a>(&'a self, wire: &'a Wire, request: &'a Request, eager: bool) -> Settled<'a> {
        let read = if eager { request.rules.policy.read as i32 } else { -1 };
        wire.asked(|js| js.send(&request.info, read, request.abortable, request.traits.prepares()))
    }

    fn redirect(&self, wire: &Wire, request: &Request, hop: u32) -> Result<bool, Failure> {
        match wire.js.redirect(&request.info, hop) {
            -1 => Err(Failure::Network { transient: false }),
            followed => Ok(followed > 0),
        }
    }

    fn reviews(&self, request: &Request) -> bool {
        request.traits.reviews()
    }

    fn review<'a>(&'a self, wire: &'a Wire, request: &'a Request, number: u32) -> Settled<'a> {
        wire.asked(|js| js.review(&request.info, number))
    }

    fn renews(&self, request: &Request) -> bool {
        request.traits.renews()
    }

    fn renew<'a>(&'a self, wire: &'a Wire, request: &'a Request) -> Settled<'a> {
        wire.asked(|js| js.renew(&request.info))
    }

    fn status(&self, wire: &Wire) -> u16 {
        wire.js.status()
    }

    fn is_failure(&self, wire: &Wire, request: &Request, status: u16) -> Result<bool, Failure> {
        Ok(ask(wire, request, Ask::ThrowHttpErrors, status.into())?.is_some_and(|yes| yes > 0.0))
    }

    fn read<'a>(&'a self, wire: &'a Wire, request: &'a Request) -> Settled<'a> {
        wire.asked(|js| js.read_all(request.rules.policy.read as i32))
    }

    fn chunk<'a>(&'a self, wire: &'a Wire) -> Settled<'a> {
        wire.asked(JsWire::chunk)
    }

    fn decode<'a>(&'a self, wire: &'a Wire, _: &'a Request, read: Option<ReadAs>) -> Settled<'a> {
        wire.asked(|js| js.assemble(read.map_or(-1, |read| read as i32)))
    }

    fn hand_out(&self, wire: &Wire, request: &Request) -> bool {
        wire.rewind();
        let policy = &request.rules.policy;
        let watched = policy.timeout.idle.is_finite();
        let expected = policy.expected_bytes.unwrap_or(-1.0);
        wire.js.hand_out(&request.info, policy.read as i32, watched, policy.max_bytes, expected)
    }

    fn linger<'a>(&'a self, wire: &'a Wire) -> Settled<'a> {
        wire.settled()
    }

    fn break_off(&self, wire: &Wire, request: &Request, failure: Failure, thrown: Option<JsValue>) {
        let reason = thrown.filter(|reason| !reason.is_undefined());
        wire.js.break_off(&reason.unwrap_or_else(|| result::error(request, wire, 1, failure, None)));
    }

    fn validates(&self, request: &Request) -> bool {
        request.traits.validates()
    }

    fn validate<'a>(&'a self, wire: &'a Wire, request: &'a Request) -> Settled<'a> {
        wire.asked(|js| js.validate(&request.info))
    }

    fn wish(&self, wire: &Wire) -> Option<Wish> {
        let after = wire.js.wish();
        let by = if wire.js.is_limited() { Asked::RateLimit } else { Asked::RetryAfter };
        (after >= 0.0).then_some(Wish { after, by })
    }

    fn discard(&self, wire: &Wire) {
        wire.js.discard();
    }

    fn abort(&self, wire: &Wire) {
        wire.js.abort();
    }

    fn own_delay(&self, wire: &Wire, request: &Request, number: u32) -> Result<Option<Millis>, Failure> {
        ask(wire, request, Ask::Delay, number.into())
    }

    fn own_jitter(&self, wire: &Wire, request: &Request, delay: Millis) -> Result<Option<Millis>, Failure> {
        ask(wire, request, Ask::Jitter, delay)
    }

    fn consults(&self, request: &Request) -> bool {
        request.rules.consults
    }

    fn should_retry<'a>(
        &'a self,
        wire: &'a Wire,
        request: &'a Request,
        story: &Story,
        failure: Failure,
        wait: Wait,
    ) -> Settled<'a> {
        let context = retry_context(wire, request, story, failure, wait);
        wire.asked(|js| js.consult(&request.rules.asks, &context))
    }

    fn reminds(&self, request: &Request) -> bool {
        request.traits.reminds()
    }

    fn before_retry<'a>(
        &'a self,
        wire: &'a Wire,
        request: &'a Request,
        story: &Story,
        failure: Failure,
        wait: Wait,
    ) -> Settled<'a> {
        let context = retry_context(wire, request, story, failure, wait);
        wire.asked(|js| js.remind(&request.info, &context))
    }

    fn outcome(
        &self,
        index: u32,
        wire: &Wire,
        request: &Request,
        story: &Story,
        ended: Result<(), Failure>,
    ) -> JsValue {
        result::outcome(index, wire, request, story, ended)
    }

    fn announces(&self, request: &Request) -> bool {
        request.traits.announces()
    }

    fn announce<'a>(&'a self, wire: &'a Wire, request: &'a Request, outcome: JsValue) -> Settled<'a> {
        wire.asked(|js| js.announce(&request.info, &outcome))
    }

    fn announced(&self, wire: &Wire) -> JsValue {
        wire.js.announced()
    }

    fn error_of(&self, outcome: &JsValue) -> Option<JsValue> {
        result::error_of(outcome)
    }
}
