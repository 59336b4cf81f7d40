//! The web as a [`Host`]: its fetch, its clocks, its one timer.

use std::cell::{Cell, OnceCell};
use std::rc::Rc;

use wasm_bindgen::{JsCast, JsValue};

use crate::core::admission::HostId;
use crate::core::config::{Policy, ReadAs};
use crate::core::error::{BodyFault, Failure};
use crate::core::retry::Wait;
use crate::core::retry_after::{Asked, Wish};
use crate::core::{Instant, Millis};
use crate::pipeline::{Host, Scope, Seat, Story};

use super::asks::{Ask, ask};
use super::request::{Hosts, Request, Source};
use super::result::{self, Outcome};
use super::tasks;
use super::timer::{self, Timer};
use super::wire::{JsWire, Settled, Wire};

/// The host under a page, a worker, an edge function or Node.
#[derive(Debug)]
pub(crate) struct WebHost {
    pub(super) hosts: Hosts,
    timer: OnceCell<Timer>,
    clock: Cell<f64>,
    /// Whose its tasks are.
    owner: u32,
}

impl WebHost {
    pub(crate) fn new(hosts: Hosts) -> Self {
        Self { hosts, timer: OnceCell::new(), clock: Cell::default(), owner: tasks::new_owner() }
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
        let now = timer::now();
        // A clock that fails stands still.
        if !now.is_nan() {
            self.clock.set(now);
        }
        Instant::from_millis(self.clock.get())
    }

    fn chance(&self) -> f64 {
        let chance = timer::chance();
        if (0.0..1.0).contains(&chance) { chance } else { 0.5 }
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

    fn may_repeat(&self, request: &Request) -> bool {
        request.traits.may_repeat()
    }

    fn forget(&self, host: HostId) {
        self.hosts.forget(host.into());
    }

    fn key_of(&self, wire: &Wire, request: &Request) -> Option<u32> {
        let key = (request.traits.is_shared() && request.place.is_ok()).then(|| self.hosts.key_of(&wire.js));
        key.filter(|key| *key >= 0.0).map(|key| key as u32)
    }

    fn twin(&self, request: &Request, wire: &Wire, other: &Wire) -> Request {
        other.js.follow(&wire.js);
        request.twin()
    }

    fn land(&self, key: u32) {
        self.hosts.land(key.into());
    }

    fn copy(&self, from: &Wire, to: &Wire) {
        to.js.copy(&from.js);
    }

    fn clear(&self, wire: &Wire) {
        wire.js.vacate();
    }

    fn wire(&self, seat: &Rc<Seat>) -> Wire {
        Wire::new(seat)
    }

    fn prepares(&self, request: &Request) -> bool {
        request.traits.prepares()
    }

    fn prepare<'a>(&'a self, wire: &'a Wire, _: &'a Request, number: u32) -> Settled<'a> {
        wire.asked(|js| js.prepare(number.into()))
    }

    fn send<'a>(&'a self, wire: &'a Wire, request: &'a Request, eager: bool) -> Settled<'a> {
        let read = if eager { request.read_as() } else { -1.0 };
        wire.asked(|js| js.send(read, request.abortable.into()))
    }

    fn redirect(&self, wire: &Wire, _: &Request, hop: u32) -> Result<bool, Failure> {
        let followed = wire.js.redirect(hop.into());
        if followed < 0.0 { Err(Failure::Network { transient: false }) } else { Ok(followed > 0.0) }
    }

    fn reviews(&self, request: &Request) -> bool {
        request.traits.reviews()
    }

    fn review<'a>(&'a self, wire: &'a Wire, _: &'a Request, number: u32) -> Settled<'a> {
        wire.asked(|js| js.review(number.into()))
    }

    fn renews(&self, request: &Request) -> bool {
        request.traits.renews()
    }

    fn renew<'a>(&'a self, wire: &'a Wire, _: &'a Request) -> Settled<'a> {
        wire.asked(JsWire::renew)
    }

    fn status(&self, wire: &Wire) -> u16 {
        wire.js.status() as u16
    }

    fn is_failure(&self, wire: &Wire, _: &Request, status: u16) -> Result<bool, Failure> {
        Ok(ask(wire, Ask::ThrowHttpErrors, status.into())?.is_some_and(|yes| yes > 0.0))
    }

    fn read<'a>(&'a self, wire: &'a Wire, request: &'a Request) -> Settled<'a> {
        wire.asked(|js| js.read_all(request.read_as()))
    }

    fn chunk<'a>(&'a self, wire: &'a Wire) -> Settled<'a> {
        wire.asked(JsWire::chunk)
    }

    fn decode<'a>(&'a self, wire: &'a Wire, _: &'a Request, read: Option<ReadAs>) -> Settled<'a> {
        wire.asked(|js| js.assemble(read.map_or(-1.0, |read| (read as u32).into())))
    }

    fn hand_out(&self, wire: &Wire, request: &Request) -> Result<bool, Failure> {
        let policy = &request.rules.policy;
        let watched = policy.timeout.idle.is_finite();
        let expected = policy.expected_bytes.unwrap_or(-1.0);
        let handed = wire.js.hand_out(request.read_as(), watched.into(), policy.max_bytes, expected);
        if handed < 0.0 { Err(Failure::Body(BodyFault::Truncated)) } else { Ok(handed > 0.0) }
    }

    fn linger<'a>(&'a self, wire: &'a Wire) -> Settled<'a> {
        wire.asked(JsWire::linger)
    }

    fn breathe<'a>(&'a self, wire: &'a Wire) -> Settled<'a> {
        wire.asked(JsWire::breathe)
    }

    fn break_off(&self, wire: &Wire, request: &Request, failure: Failure, thrown: Option<JsValue>) {
        result::fail(wire, request, 1, failure, None);
        wire.js.break_off(&thrown.unwrap_or_default());
    }

    fn validates(&self, request: &Request) -> bool {
        request.traits.validates()
    }

    fn validate<'a>(&'a self, wire: &'a Wire, _: &'a Request) -> Settled<'a> {
        wire.asked(JsWire::validate)
    }

    fn wish(&self, wire: &Wire) -> Option<Wish> {
        let after = wire.js.wish();
        let by = if wire.js.is_limited() > 0.0 { Asked::RateLimit } else { Asked::RetryAfter };
        (after >= 0.0).then_some(Wish { after, by })
    }

    fn discard(&self, wire: &Wire) {
        wire.js.discard();
    }

    fn abort(&self, wire: &Wire) {
        wire.js.abort();
    }

    fn own_delay(&self, wire: &Wire, _: &Request, number: u32) -> Result<Option<Millis>, Failure> {
        ask(wire, Ask::Delay, number.into())
    }

    fn own_jitter(&self, wire: &Wire, _: &Request, delay: Millis) -> Result<Option<Millis>, Failure> {
        ask(wire, Ask::Jitter, delay)
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
        let number = result::fail_so_far(wire, request, story, failure);
        wire.asked(|js| js.consult(number, wait.delay))
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
        let number = result::fail_so_far(wire, request, story, failure);
        wire.asked(|js| js.remind(number, wait.delay))
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

    fn announce<'a>(&'a self, wire: &'a Wire, _: &'a Request, outcome: JsValue) -> Settled<'a> {
        wire.asked(|js| js.announce(&outcome))
    }

    fn announced(&self, wire: &Wire) -> JsValue {
        wire.js.announced()
    }

    fn error_of(&self, outcome: &JsValue) -> Option<JsValue> {
        let outcome = outcome.unchecked_ref::<Outcome>();
        (outcome.ok() == 0.0).then(|| outcome.error())
    }
}
