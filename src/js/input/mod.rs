//! Inputs: pulled from the user's iterable, and what applies to each.

pub(in crate::js) mod hosts;

use std::rc::Rc;

use wasm_bindgen::prelude::*;

use crate::core::admission::HostId;
use crate::core::error::Failure;
use crate::core::policy::{Method, ReadAs};
use crate::core::traits::Traits;
use crate::pipeline::batch::BatchOptions;

use crate::js::exchange::{Exchange, JsExchange, Settled};
use crate::js::options::{Options, Rules};
use crate::js::protocol::*;

pub(in crate::js) use hosts::Hosts;

#[wasm_bindgen(module = "/src/js/input/source.js")]
extern "C" {
    /// The inputs of one call.
    #[wasm_bindgen(js_name = Source)]
    #[derive(Clone, Debug)]
    pub type JsSource;
    #[cfg(test)]
    #[wasm_bindgen(constructor, js_class = Source)]
    pub(crate) fn new(requests: &JsValue, options: &Options) -> JsSource;
    #[wasm_bindgen(method, getter)]
    pub fn options(this: &JsSource) -> Options;
    #[wasm_bindgen(method)]
    fn pull(this: &JsSource, exchange: &JsExchange) -> f64;
    #[wasm_bindgen(method)]
    pub(crate) fn close(this: &JsSource);
    #[wasm_bindgen(method)]
    fn traits(this: &JsSource) -> f64;
    #[wasm_bindgen(method, getter, js_name = ownOptions)]
    fn own_options(this: &JsSource) -> Options;
    #[wasm_bindgen(method, getter)]
    fn fault(this: &JsSource) -> JsValue;
    #[wasm_bindgen(method, getter, js_name = async)]
    fn is_async(this: &JsSource) -> f64;
    #[wasm_bindgen(method, getter)]
    fn size(this: &JsSource) -> f64;
}

/// Source of the requests of one call.
#[derive(Debug)]
pub struct Source {
    pub(crate) js: JsSource,
    rules: Rc<Rules>,
    abortable: bool,
    /// Traits of an input that is just an address, and whether it may be repeated.
    plain: (Traits, bool),
}

/// An input made ready to be sent.
#[derive(Clone, Debug)]
pub struct Request {
    pub(crate) rules: Rc<Rules>,
    pub(crate) place: Result<HostId, Failure>,
    pub(crate) traits: Traits,
    /// True if it may be sent more than once: its method or a key allows it, and its body can be had again.
    pub(crate) may_repeat: bool,
    /// True if anything could end it early.
    pub(crate) abortable: bool,
    /// Holds its place at the request's own signal.
    _watch: Option<Rc<Watch>>,
}

impl Request {
    /// Returns the type of its body by place among `RESPONSE_TYPES`.
    pub(crate) fn read_as(&self) -> f64 {
        (self.rules.policy.read as u32).into()
    }

    /// Copies the request without its own signal.
    pub(crate) fn twin(&self) -> Self {
        Self { _watch: None, abortable: true, ..self.clone() }
    }
}

impl Source {
    pub fn new(js: JsSource, options: &Options, batch: &BatchOptions, abortable: bool) -> Self {
        let rules = Rules::of(options, batch.deadline);
        let policy = &rules.policy;
        let timed = policy.timeout.attempt.is_finite()
            || policy.timeout.headers.is_finite()
            || policy.timeout.idle.is_finite()
            || policy.timeout.total.is_finite();
        let abortable = abortable
            || timed
            || options.signalled() > 0.0
            || batch.stop_on_error
            || batch.deadline.is_finite()
            || policy.max_bytes.is_finite()
            || policy.expected_bytes.is_some();
        let plain = read_bits(options.template().traits() as i32, &rules);
        Self { js, rules: Rc::new(rules), abortable, plain }
    }

    pub(crate) fn is_async(&self) -> bool {
        self.js.is_async() > 0.0
    }

    /// Returns the number of inputs, if known.
    pub(crate) fn size(&self) -> Option<u32> {
        Some(self.js.size()).filter(|size| !size.is_nan()).map(|size| size as u32)
    }

    /// Takes the next input, which the iterable may make wait for.
    pub(crate) fn pull<'a>(&self, exchange: &'a Exchange) -> Option<Settled<'a>> {
        let mut place = PULLED_DONE;
        let settled = exchange.asked(|js| {
            let pulled = self.js.pull(js);
            place = if pulled.is_nan() { PULLED_THREW } else { pulled as i32 };
        });
        if place == PULLED_PENDING {
            return Some(settled);
        }
        exchange.set_amount(place.into());
        None
    }

    /// The input that was taken.
    pub(crate) fn pulled(&self, exchange: &Exchange) -> Result<Option<Request>, JsValue> {
        match exchange.amount() as i32 {
            PULLED_DONE => Ok(None),
            PULLED_THREW => Err(self.js.fault()),
            place => Ok(Some(self.request(place, exchange))),
        }
    }

    fn request(&self, place: i32, exchange: &Exchange) -> Request {
        if (0..PULLED_SPECIAL).contains(&place) {
            let (rules, (traits, may_repeat)) = (Rc::clone(&self.rules), self.plain);
            let place = Ok(place as HostId);
            return Request { rules, place, traits, may_repeat, abortable: self.abortable, _watch: None };
        }
        let bits = self.js.traits() as i32;
        let ruled = has(bits, HAS_OPTIONS);
        let rules = if ruled {
            Rc::new(Rules::of(&self.js.own_options(), self.rules.deadline))
        } else {
            Rc::clone(&self.rules)
        };
        let (traits, may_repeat) = read_bits(bits, &rules);
        let mut place = if place < 0 { Err(Failure::Input) } else { Ok((place - PULLED_SPECIAL) as HostId) };
        let mut watch = None;
        if has(bits, HAS_SIGNAL) {
            match Watch::new(exchange) {
                Some(watching) => watch = Some(Rc::new(watching)),
                None => place = Err(Failure::Input),
            }
        }
        let abortable = self.abortable || ruled || watch.is_some();
        Request { rules, place, traits, may_repeat, abortable, _watch: watch }
    }
}

/// Makes of the bits that JavaScript gave what the request wants, and whether it may be sent more than once.
fn read_bits(bits: i32, rules: &Rules) -> (Traits, bool) {
    let read = rules.policy.read;
    let method = METHODS.get((bits >> METHOD_SHIFT) as usize).copied().unwrap_or(Method::Other);
    let is_listed = if has(bits, HAS_METHODS) { has(bits, HAS_LISTED_METHOD) } else { method.is_idempotent() };
    let is_replayable = !has(bits, HAS_STREAM);
    let traits = Traits {
        before_request: has(bits, WANTS_BEFORE_REQUEST),
        after_response: has(bits, WANTS_AFTER_RESPONSE),
        before_retry: has(bits, WANTS_BEFORE_RETRY),
        on_result: has(bits, WANTS_ON_RESULT),
        should_retry: rules.asks_should_retry,
        refresh_auth: has(bits, WANTS_REFRESH_AUTH) && is_replayable,
        schema: has(bits, WANTS_SCHEMA) && !read.is_handed_out() && read != ReadAs::None,
        dedupe: has(bits, WANTS_DEDUPE) && method.may_be_shared() && !read.is_handed_out(),
    };
    (traits, is_replayable && (is_listed || has(bits, HAS_IDEMPOTENCY_KEY)))
}

/// A place at a request's own signal, given up when the request is over.
#[derive(Debug)]
struct Watch(JsExchange);

impl Watch {
    /// None where the signal cannot be listened to.
    fn new(exchange: &Exchange) -> Option<Self> {
        (exchange.js.watch() > 0.0).then(|| Self(exchange.js.clone()))
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.unwatch();
    }
}
