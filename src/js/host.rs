//! The web as a [`Host`]: its fetch, its clocks, its one timer.

use std::cell::RefCell;
use std::rc::Rc;

use gloo_timers::callback::Timeout as Timer;
use js_sys::Promise;
use wasm_bindgen::prelude::*;

use crate::core::admission::HostId;
use crate::core::config::{Policy, ReadAs};
use crate::core::error::Failure;
use crate::core::retry::Wait;
use crate::core::retry_after::{self, Wish};
use crate::core::{Instant, Millis};
use crate::pipeline::{Host, Scope, Seat, Story};

use super::request::{Hosts, Request, Source, make_body};
use super::result;
use super::wire::{FAULT, HOOK, INPUT, READ, Settled, Wire};

#[wasm_bindgen]
extern "C" {
    /// Looked up at each use, so that fake clocks drive everything.
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;
}

/// The host under a page, a worker, an edge function or Node.
#[derive(Debug)]
pub(crate) struct WebHost {
    hosts: Hosts,
    timer: RefCell<Option<Timer>>,
}

impl WebHost {
    pub(crate) fn new(hosts: Hosts) -> Self {
        Self { hosts, timer: RefCell::default() }
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
        Instant::from_millis(performance_now())
    }

    fn wall_clock(&self) -> Millis {
        js_sys::Date::now()
    }

    fn chance(&self) -> f64 {
        js_sys::Math::random()
    }

    fn arm(&self, scope: &Rc<Scope<Self>>, delay: Millis) {
        let scope = Rc::clone(scope);
        // Rounded up: a timer that rings before its time would only be set again.
        let timer = Timer::new(delay.ceil() as u32, move || scope.ring());
        drop(self.timer.replace(Some(timer)));
    }

    fn disarm(&self) {
        drop(self.timer.take());
    }

    fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        wasm_bindgen_futures::spawn_local(task);
    }

    async fn pull(&self, source: &Source, wire: &Wire) -> Result<Option<Request>, JsValue> {
        source.pull(wire).await
    }

    fn is_async(&self, source: &Source) -> bool {
        source.js.is_async()
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
        request.may_repeat
    }

    fn forget(&self, host: HostId) {
        self.hosts.forget(host);
    }

    fn wire(&self, seat: &Rc<Seat>) -> Wire {
        Wire::new(seat)
    }

    fn prepares(&self, request: &Request) -> bool {
        request.prepares
    }

    fn prepare<'a>(&'a self, wire: &'a Wire, request: &'a Request) -> Settled<'a> {
        wire.rewind();
        wire.js.wait(&make_body(&request.info), INPUT);
        wire.settled()
    }

    fn send<'a>(&'a self, wire: &'a Wire, request: &'a Request, eager: bool) -> Settled<'a> {
        wire.rewind();
        let read = if eager { request.rules.policy.read as i32 } else { -1 };
        wire.js.send(&request.info, read, request.abortable);
        wire.settled()
    }

    fn redirect(&self, wire: &Wire, request: &Request, hop: u32) -> Result<bool, Failure> {
        match wire.js.redirect(&request.info, hop) {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Failure::Network { transient: false }),
        }
    }

    fn status(&self, wire: &Wire) -> u16 {
        wire.js.status()
    }

    fn is_failure(&self, wire: &Wire, request: &Request, status: u16) -> Result<bool, Failure> {
        let Some(ask) = &request.rules.asks.throw_http_errors else { return Ok(false) };
        match ask.call1(&JsValue::UNDEFINED, &status.into()) {
            Ok(answer) => Ok(answer.is_truthy()),
            Err(error) => Err(hook(wire, &error)),
        }
    }

    fn read<'a>(&'a self, wire: &'a Wire, request: &'a Request) -> Settled<'a> {
        wire.rewind();
        wire.js.read_all(request.rules.policy.read as i32);
        wire.settled()
    }

    fn chunk<'a>(&'a self, wire: &'a Wire) -> Settled<'a> {
        wire.rewind();
        wire.js.chunk();
        wire.settled()
    }

    fn decode<'a>(&'a self, wire: &'a Wire, _: &'a Request, read: Option<ReadAs>) -> Settled<'a> {
        wire.rewind();
        wire.js.assemble(read.map_or(-1, |read| read as i32));
        wire.settled()
    }

    fn wish(&self, wire: &Wire) -> Option<Wish> {
        retry_after::wish(|name| wire.js.header(name), self.wall_clock())
    }

    fn discard(&self, wire: &Wire) {
        wire.js.discard();
    }

    fn abort(&self, wire: &Wire) {
        wire.js.abort();
    }

    fn own_delay(&self, wire: &Wire, request: &Request, number: u32) -> Result<Option<Millis>, Failure> {
        ask_number(wire, request.rules.asks.delay.as_ref(), number.into())
    }

    fn own_jitter(&self, wire: &Wire, request: &Request, delay: Millis) -> Result<Option<Millis>, Failure> {
        ask_number(wire, request.rules.asks.jitter.as_ref(), delay)
    }

    fn consults(&self, request: &Request) -> bool {
        request.rules.asks.should_retry.is_some()
    }

    fn should_retry<'a>(
        &'a self,
        wire: &'a Wire,
        request: &'a Request,
        story: &Story,
        failure: Failure,
        wait: Wait,
    ) -> Settled<'a> {
        wire.rewind();
        let Some(ask) = &request.rules.asks.should_retry else {
            wire.says(READ, -1.0);
            return wire.settled();
        };
        let error = result::error(&request.info, wire, story, failure);
        let number = story.attempts.len() as u32;
        let context = result::retry_context(&request.info, &wire.js, number, &error, wait.delay);
        match ask.call1(&JsValue::UNDEFINED, &context) {
            Ok(answer) => wire.js.wait(&Promise::resolve(&answer), HOOK),
            Err(error) => {
                hook(wire, &error);
                wire.says(FAULT, HOOK.into());
            }
        }
        wire.settled()
    }

    fn outcome(&self, index: u32, wire: &Wire, request: Request, story: &Story, ended: Result<(), Failure>) -> JsValue {
        result::outcome(index, wire, &request, story, ended)
    }

    fn error_of(&self, outcome: &JsValue) -> Option<JsValue> {
        result::error_of(outcome)
    }
}

fn ask_number(wire: &Wire, ask: Option<&js_sys::Function>, about: f64) -> Result<Option<Millis>, Failure> {
    let Some(ask) = ask else { return Ok(None) };
    let answer = ask.call1(&JsValue::UNDEFINED, &about.into()).map_err(|error| hook(wire, &error))?;
    // What is no delay is none: a NaN here must neither storm nor stall.
    Ok(Some(answer.as_f64().filter(|delay| *delay >= 0.0).unwrap_or(0.0).min(crate::core::time::LONGEST_TIMER)))
}

fn hook(wire: &Wire, error: &JsValue) -> Failure {
    wire.js.set_error(error);
    Failure::Hook
}
