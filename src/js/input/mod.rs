//! Inputs: pulled from the user's iterable, and what applies to each.

use std::rc::Rc;

use wasm_bindgen::prelude::*;

use crate::core::admission::HostId;
use crate::core::error::Failure;
use crate::core::policy::{Policy, ReadAs};
use crate::pipeline::batch::BatchOptions;

use crate::js::exchange::{Exchange, JsExchange, Settled};
use crate::js::options::{Options, Rules};

#[wasm_bindgen(module = "/src/js/input/source.js")]
extern "C" {
    /// The hosts of one scope by number.
    #[derive(Clone, Debug)]
    pub(crate) type Hosts;
    #[wasm_bindgen(method)]
    pub(crate) fn forget(this: &Hosts, id: f64);
    #[wasm_bindgen(method)]
    pub(crate) fn name(this: &Hosts, id: f64) -> f64;
    #[wasm_bindgen(method, js_name = keyOf)]
    pub(crate) fn key_of(this: &Hosts, exchange: &JsExchange) -> f64;
    #[wasm_bindgen(method)]
    pub(crate) fn land(this: &Hosts, key: f64);

    /// How requests are sent, as far as JavaScript alone knows.
    pub(crate) type Plan;
    #[wasm_bindgen(method)]
    fn traits(this: &Plan) -> f64;

    /// The inputs of one call.
    #[wasm_bindgen(js_name = Source)]
    #[derive(Clone, Debug)]
    pub type JsSource;
    #[cfg(test)]
    #[wasm_bindgen(constructor, js_class = Source)]
    pub(crate) fn new(requests: &JsValue, options: &Options) -> JsSource;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn options(this: &JsSource) -> Options;
    #[wasm_bindgen(method)]
    fn pull(this: &JsSource, exchange: &JsExchange) -> f64;
    #[wasm_bindgen(method)]
    pub(crate) fn close(this: &JsSource);
    #[wasm_bindgen(method)]
    fn traits(this: &JsSource) -> f64;
    #[wasm_bindgen(method, getter)]
    fn own(this: &JsSource) -> Options;
    #[wasm_bindgen(method, getter)]
    fn fault(this: &JsSource) -> JsValue;
    #[wasm_bindgen(method, getter, js_name = async)]
    fn is_async(this: &JsSource) -> f64;
    #[wasm_bindgen(method, getter)]
    fn size(this: &JsSource) -> f64;
}

// What a pull comes to, beside the number of a host; the order is that of `request.js`.
const DONE: i32 = -1;
const THREW: i32 = -2;
const PENDING: i32 = -3;
/// Added to the number of a host: there is more to be known of the input.
const SPECIAL: i32 = 1 << 29;

// Bits of `Source.traits()`.
const REPEATABLE: u32 = 1;
const MADE_ANEW: u32 = 2;
const SIGNALLED: u32 = 16;
const RULED: u32 = 32;
const REVIEWED: u32 = 64;
const RENEWABLE: u32 = 128;
const VALIDATED: u32 = 256;
const REMINDED: u32 = 512;
const SHARED: u32 = 1024;
const ANNOUNCED: u32 = 2048;

/// Where the requests of one call come from.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) js: JsSource,
    rules: Rc<Rules>,
    abortable: bool,
    /// What applies to an input that is just an address.
    plain: Traits,
}

/// What `Plan.traits` says of a request, and what its policy makes of that.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Traits(u32);

/// An input made ready to be sent.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) rules: Rc<Rules>,
    pub(crate) place: Result<HostId, Failure>,
    pub(crate) traits: Traits,
    /// Whether anything could end it early.
    pub(crate) abortable: bool,
    /// Holds its place at the request's own signal.
    _watch: Option<Rc<Watch>>,
}

impl Request {
    /// How its body is read, by its place among the words of `table.js`.
    pub(crate) fn read_as(&self) -> f64 {
        (self.rules.policy.read as u32).into()
    }

    /// The same, without its own signal.
    pub(crate) fn twin(&self) -> Self {
        Self { _watch: None, abortable: true, ..self.clone() }
    }
}

impl Source {
    pub(crate) fn new(js: JsSource, options: &Options, batch: &BatchOptions, abortable: bool) -> Self {
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
        let plain = Traits::of(options.plan().traits(), policy);
        Self { js, rules: Rc::new(rules), abortable, plain }
    }

    pub(crate) fn is_async(&self) -> bool {
        self.js.is_async() > 0.0
    }

    /// How many inputs there are, where that is known.
    pub(crate) fn size(&self) -> Option<u32> {
        Some(self.js.size()).filter(|size| !size.is_nan()).map(|size| size as u32)
    }

    /// Takes the next input, which the iterable may make wait for.
    pub(crate) fn pull<'a>(&self, exchange: &'a Exchange) -> Option<Settled<'a>> {
        let mut place = DONE;
        let settled = exchange.asked(|js| {
            let pulled = self.js.pull(js);
            place = if pulled.is_nan() { THREW } else { pulled as i32 };
        });
        if place == PENDING {
            return Some(settled);
        }
        exchange.set_amount(place.into());
        None
    }

    /// The input that was taken.
    pub(crate) fn pulled(&self, exchange: &Exchange) -> Result<Option<Request>, JsValue> {
        match exchange.amount() as i32 {
            DONE => Ok(None),
            THREW => Err(self.js.fault()),
            place => Ok(Some(self.request(place, exchange))),
        }
    }

    fn request(&self, place: i32, exchange: &Exchange) -> Request {
        if (0..SPECIAL).contains(&place) {
            let rules = Rc::clone(&self.rules);
            return Request {
                rules,
                place: Ok(place as HostId),
                traits: self.plain,
                abortable: self.abortable,
                _watch: None,
            };
        }
        let traits = self.js.traits();
        let bits = traits as u32;
        let ruled = bits & RULED != 0;
        let rules =
            if ruled { Rc::new(Rules::of(&self.js.own(), self.rules.deadline)) } else { Rc::clone(&self.rules) };
        let traits = Traits::of(traits, &rules.policy);
        let mut place = if place < 0 { Err(Failure::Input) } else { Ok((place - SPECIAL) as HostId) };
        let mut watch = None;
        if bits & SIGNALLED != 0 {
            match Watch::new(exchange) {
                Some(watching) => watch = Some(Rc::new(watching)),
                None => place = Err(Failure::Input),
            }
        }
        let abortable = self.abortable || ruled || watch.is_some();
        Request { rules, place, traits, abortable, _watch: watch }
    }
}

impl Traits {
    fn of(bits: f64, policy: &Policy) -> Self {
        let mut bits = bits as u32;
        if policy.read.is_handed_out() {
            bits &= !SHARED;
        }
        if policy.read.is_handed_out() || policy.read == ReadAs::None {
            bits &= !VALIDATED;
        }
        Self(bits)
    }

    pub(crate) fn may_repeat(self) -> bool {
        self.0 & REPEATABLE != 0
    }

    pub(crate) fn prepares(self) -> bool {
        self.0 & MADE_ANEW != 0
    }

    pub(crate) fn reviews(self) -> bool {
        self.0 & REVIEWED != 0
    }

    pub(crate) fn renews(self) -> bool {
        self.0 & RENEWABLE != 0
    }

    pub(crate) fn validates(self) -> bool {
        self.0 & VALIDATED != 0
    }

    pub(crate) fn reminds(self) -> bool {
        self.0 & REMINDED != 0
    }

    pub(crate) fn announces(self) -> bool {
        self.0 & ANNOUNCED != 0
    }

    pub(crate) fn is_shared(self) -> bool {
        self.0 & SHARED != 0
    }
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
