//! Inputs: pulled from the user's iterable, and what applies to each.

use std::rc::Rc;

use wasm_bindgen::prelude::*;

use crate::core::admission::HostId;
use crate::core::config::Policy;
use crate::core::error::Failure;

use super::options::{Options, Rules};
use super::wire::{JsWire, Wire};

#[wasm_bindgen(module = "/src/js/plan.js")]
extern "C" {
    /// How requests are sent, as far as JavaScript alone knows.
    #[derive(Clone, Debug)]
    pub(crate) type Plan;
    #[wasm_bindgen(constructor)]
    pub(crate) fn new(hosts: &Hosts) -> Plan;
    #[wasm_bindgen(method, catch)]
    pub(crate) fn with(this: &Plan, options: &JsValue, own: bool) -> Result<Plan, JsValue>;
    #[wasm_bindgen(method)]
    pub(crate) fn seal(this: &Plan) -> Plan;
    #[wasm_bindgen(method)]
    fn traits(this: &Plan) -> u32;
    #[wasm_bindgen(method, getter)]
    fn method(this: &Plan) -> String;
    #[wasm_bindgen(static_method_of = Plan, js_name = passesOn)]
    pub(crate) fn passes_on(name: &str) -> bool;
}

#[wasm_bindgen(module = "/src/js/request.js")]
extern "C" {
    /// The hosts of one scope by number.
    #[derive(Clone, Debug)]
    pub(crate) type Hosts;
    #[wasm_bindgen(constructor)]
    pub(crate) fn new() -> Hosts;
    #[wasm_bindgen(method)]
    pub(crate) fn forget(this: &Hosts, id: u32);

    /// What a result says of its request.
    #[derive(Clone, Debug)]
    pub(crate) type RequestInfo;
    #[wasm_bindgen(method, getter)]
    fn method(this: &RequestInfo) -> String;

    /// The inputs of one call.
    #[wasm_bindgen(js_name = Source)]
    #[derive(Clone, Debug)]
    pub(crate) type JsSource;
    #[wasm_bindgen(constructor, js_class = Source, catch)]
    pub(crate) fn new(requests: &JsValue, plan: &Plan) -> Result<JsSource, JsValue>;
    #[wasm_bindgen(method)]
    fn pull(this: &JsSource, wire: &JsWire) -> i32;
    #[wasm_bindgen(method)]
    fn spec(this: &JsSource, spec: &JsValue) -> i32;
    #[wasm_bindgen(method)]
    fn refuse(this: &JsSource, spec: &JsValue, error: &JsValue) -> i32;
    #[wasm_bindgen(method)]
    pub(crate) fn close(this: &JsSource);
    #[wasm_bindgen(method)]
    fn traits(this: &JsSource) -> u32;
    #[wasm_bindgen(method, getter)]
    fn info(this: &JsSource) -> RequestInfo;
    #[wasm_bindgen(method, getter)]
    fn value(this: &JsSource) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn fault(this: &JsSource) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn signal(this: &JsSource) -> Option<JsValue>;
    #[wasm_bindgen(method, getter, js_name = async)]
    pub(crate) fn is_async(this: &JsSource) -> bool;

    /// Makes the body of the next attempt.
    #[wasm_bindgen(js_name = makeBody)]
    pub(crate) fn make_body(info: &RequestInfo) -> js_sys::Promise;
}

// What a pull comes to, beside the number of a host; the order is that of `request.js`.
const DONE: i32 = -1;
const THREW: i32 = -2;
const PENDING: i32 = -3;
const SPEC: i32 = -4;

// Bits of `Source.traits()`.
const REPLAYABLE: u32 = 1;
const MADE_ANEW: u32 = 2;
const KEYED: u32 = 4;
const OWN: u32 = 8;
const SIGNALLED: u32 = 16;

/// Where the requests of one call come from.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) js: JsSource,
    options: Options,
    rules: Rc<Rules>,
    abortable: bool,
    /// What applies to an input that is just an address.
    plain: Traits,
}

#[derive(Clone, Copy, Debug)]
struct Traits {
    may_repeat: bool,
    prepares: bool,
}

/// An input made ready to be sent.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) info: RequestInfo,
    pub(crate) rules: Rc<Rules>,
    pub(crate) place: Result<HostId, Failure>,
    pub(crate) may_repeat: bool,
    pub(crate) prepares: bool,
    /// Whether anything could end it early.
    pub(crate) abortable: bool,
    bits: u32,
    /// Holds its place at the request's own signal.
    watch: Option<Watch>,
}

impl Request {
    fn watch(&mut self, signal: Option<JsValue>, wire: &Wire) {
        self.abortable |= signal.is_some();
        self.watch = signal.map(|signal| Watch::new(&signal, wire));
    }
}

impl Source {
    pub(crate) fn new(requests: &JsValue, options: Options) -> Result<Self, JsValue> {
        let js = JsSource::new(requests, &options.plan)?;
        let policy = &options.rules.policy;
        let timed = policy.timeout.attempt.is_finite()
            || policy.timeout.headers.is_finite()
            || policy.timeout.idle.is_finite()
            || policy.timeout.total.is_finite();
        let terms = options.terms;
        let abortable = timed
            || options.signal.is_some()
            || terms.stop_on_error
            || terms.deadline.is_finite()
            || policy.max_bytes.is_finite()
            || policy.expected_bytes.is_some();
        let rules = Rc::new(options.rules.clone());
        let plain = Traits::of(options.plan.traits(), &options.plan.method(), policy);
        Ok(Self { js, options, rules, abortable, plain })
    }

    /// The next input; waits only where the iterable makes it wait.
    pub(crate) async fn pull(&self, wire: &Wire) -> Result<Option<Request>, JsValue> {
        wire.rewind();
        let mut place = self.js.pull(&wire.js);
        if place == PENDING {
            // Its amount is read here, where a number below 0 is one as well.
            let _ = wire.settled().await;
            place = wire.amount() as i32;
        }
        match place {
            DONE => Ok(None),
            THREW => Err(self.js.fault()),
            SPEC => Ok(Some(self.spec(&self.js.value(), wire))),
            place => {
                let mut request = self.request(place, Rc::clone(&self.rules), self.abortable);
                if place >= 0 && request.bits & SIGNALLED != 0 {
                    request.watch(self.js.signal(), wire);
                }
                Ok(Some(request))
            }
        }
    }

    fn spec(&self, spec: &JsValue, wire: &Wire) -> Request {
        match self.options.over_request(spec) {
            Err(error) => self.request(self.js.refuse(spec, &error), Rc::clone(&self.rules), false),
            Ok((rules, signal)) => {
                let place = self.js.spec(spec);
                let mut request = self.request(place, Rc::new(rules), true);
                if place >= 0 {
                    request.watch(signal, wire);
                }
                request
            }
        }
    }

    fn request(&self, place: i32, rules: Rc<Rules>, abortable: bool) -> Request {
        let info = self.js.info();
        let bits = if place >= 0 { self.js.traits() } else { 0 };
        let traits = if bits & OWN == 0 { self.plain } else { Traits::of(bits, &info.method(), &rules.policy) };
        let place = HostId::try_from(place).map_err(|_| Failure::Input);
        let Traits { may_repeat, prepares } = traits;
        Request { info, rules, place, may_repeat, prepares, abortable, bits, watch: None }
    }
}

impl Traits {
    fn of(bits: u32, method: &str, policy: &Policy) -> Self {
        Self {
            may_repeat: bits & REPLAYABLE != 0 && policy.retry.may_repeat(method, bits & KEYED != 0),
            prepares: bits & MADE_ANEW != 0,
        }
    }
}

/// A place at a request's own signal, given up when the request is over.
#[derive(Debug)]
struct Watch(JsWire);

impl Watch {
    fn new(signal: &JsValue, wire: &Wire) -> Self {
        wire.js.watch(signal);
        Self(wire.js.clone())
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.unwatch();
    }
}
