//! What carries one attempt: a wire of JavaScript's, and the one closure that it tells by.
//!
//! Promises are awaited through it, not by a `JsFuture` each: that alone would cost more than all the rest (27 % for
//! making closures, 35 % for collecting them).

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use wasm_bindgen::prelude::*;

use crate::core::error::{BodyFault, Failure};
use crate::pipeline::Seat;

use super::tasks;

#[wasm_bindgen(module = "/src/js/wire.js")]
extern "C" {
    /// Carries one request, and of it one attempt at a time. All numbers are `f64`: hosts compile a way into JavaScript for
    /// each type of function that is imported, and that takes longer than to compile what the functions of Rust say.
    #[wasm_bindgen(js_name = Wire)]
    #[derive(Clone, Debug)]
    pub(crate) type JsWire;
    #[wasm_bindgen(constructor, js_class = Wire)]
    fn new(notify: &Closure<dyn Fn(u32, u32, f64)>, id: f64) -> JsWire;
    #[wasm_bindgen(method)]
    pub(super) fn send(this: &JsWire, read: f64, abortable: f64);
    #[wasm_bindgen(method, js_name = readAll)]
    pub(super) fn read_all(this: &JsWire, read: f64);
    #[wasm_bindgen(method)]
    pub(super) fn chunk(this: &JsWire);
    #[wasm_bindgen(method)]
    pub(super) fn assemble(this: &JsWire, read: f64);
    #[wasm_bindgen(method)]
    pub(super) fn discard(this: &JsWire);
    #[wasm_bindgen(method)]
    pub(super) fn abort(this: &JsWire);
    #[wasm_bindgen(method)]
    pub(crate) fn watch(this: &JsWire) -> f64;
    #[wasm_bindgen(method)]
    pub(crate) fn unwatch(this: &JsWire);
    #[wasm_bindgen(method)]
    fn retire(this: &JsWire);
    #[wasm_bindgen(method)]
    pub(super) fn redirect(this: &JsWire, hop: f64) -> f64;
    #[wasm_bindgen(method)]
    pub(super) fn wish(this: &JsWire) -> f64;
    #[wasm_bindgen(method, getter, js_name = limited)]
    pub(super) fn is_limited(this: &JsWire) -> f64;
    #[wasm_bindgen(method)]
    pub(super) fn prepare(this: &JsWire, number: f64);
    #[wasm_bindgen(method)]
    pub(super) fn review(this: &JsWire, number: f64);
    #[wasm_bindgen(method, js_name = reauthorize)]
    pub(super) fn renew(this: &JsWire);
    #[wasm_bindgen(method)]
    pub(super) fn validate(this: &JsWire);
    #[wasm_bindgen(method)]
    pub(super) fn remind(this: &JsWire, number: f64, delay: f64);
    #[wasm_bindgen(method)]
    pub(super) fn consult(this: &JsWire, number: f64, delay: f64);
    #[wasm_bindgen(method)]
    pub(super) fn decide(this: &JsWire, which: f64, about: f64) -> f64;
    #[wasm_bindgen(method)]
    pub(super) fn linger(this: &JsWire);
    #[wasm_bindgen(method)]
    pub(super) fn breathe(this: &JsWire);
    #[wasm_bindgen(method, js_name = handOut)]
    pub(super) fn hand_out(this: &JsWire, read: f64, watched: f64, most: f64, expected: f64) -> f64;
    #[wasm_bindgen(method, js_name = breakOff)]
    pub(super) fn break_off(this: &JsWire, thrown: &JsValue);
    #[wasm_bindgen(method)]
    pub(super) fn record(
        this: &JsWire,
        started_at: f64,
        duration: f64,
        status: f64,
        kind: f64,
        detail: f64,
        delay: f64,
        delayed_by: f64,
    );
    #[wasm_bindgen(method)]
    pub(super) fn blame(this: &JsWire, attempts: f64, kind: f64, detail: f64, limit: f64, retryable: f64);
    #[wasm_bindgen(method)]
    pub(super) fn result(
        this: &JsWire,
        ok: f64,
        index: f64,
        queued: f64,
        waited: f64,
        total: f64,
        bytes: f64,
    ) -> JsValue;
    #[wasm_bindgen(method)]
    pub(super) fn announce(this: &JsWire, result: &JsValue);
    #[wasm_bindgen(method)]
    pub(super) fn announced(this: &JsWire) -> JsValue;
    #[wasm_bindgen(method)]
    pub(super) fn copy(this: &JsWire, other: &JsWire);
    #[wasm_bindgen(method)]
    pub(super) fn follow(this: &JsWire, other: &JsWire);
    #[wasm_bindgen(method)]
    pub(super) fn vacate(this: &JsWire);
    #[wasm_bindgen(method, getter)]
    pub(super) fn status(this: &JsWire) -> f64;
}

// What a wire answers; the order is that of `fault.js`.
const HEAD: u32 = 1;
const FAULT: u32 = 3;

/// The number of no question: the request's own signal was aborted.
const ABORTED: u32 = 0;

/// A wire, and what it last answered.
#[derive(Debug)]
pub(crate) struct Wire {
    pub(crate) js: JsWire,
    said: Rc<Said>,
    _notify: Closure<dyn Fn(u32, u32, f64)>,
}

#[derive(Debug, Default)]
struct Said {
    /// The number of the question that was asked last, counted on both sides.
    question: Cell<u32>,
    kind: Cell<u32>,
    amount: Cell<f64>,
}

impl Wire {
    pub(super) fn new(seat: &Rc<Seat>) -> Self {
        let said = Rc::new(Said::default());
        let (id, seat, heard) = (seat.id, Rc::clone(seat), Rc::clone(&said));
        let notify = Closure::<dyn Fn(u32, u32, f64)>::new(move |question, kind, amount| {
            if question == ABORTED {
                return seat.interrupt(Failure::Aborted);
            }
            debug_assert_eq!(question, heard.question.get(), "an answer to another question");
            heard.kind.set(kind);
            heard.amount.set(amount);
            tasks::at_once(|| seat.wake());
        });
        Self { js: JsWire::new(&notify, id.into()), said, _notify: notify }
    }

    /// Asks something of it, in the place of what was asked before, and waits for the answer.
    pub(crate) fn asked(&self, ask: impl FnOnce(&JsWire)) -> Settled<'_> {
        self.said.question.set(self.said.question.get().wrapping_add(1));
        self.said.kind.set(0);
        ask(&self.js);
        Settled(self)
    }

    /// What it would answer, where it need not be waited for.
    pub(crate) fn set_amount(&self, amount: f64) {
        self.said.amount.set(amount);
    }

    /// How much it answered last.
    pub(crate) fn amount(&self) -> f64 {
        self.said.amount.get()
    }
}

/// What a wire was asked for, when it is there: an amount, `None` for none.
pub(crate) struct Settled<'a>(&'a Wire);

impl Future for Settled<'_> {
    type Output = Result<Option<f64>, Failure>;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        let amount = self.0.amount();
        Poll::Ready(match self.0.said.kind.replace(0) {
            0 => return Poll::Pending,
            FAULT => Err(match amount as u32 {
                0 => Failure::Network { transient: false },
                1 => Failure::Network { transient: true },
                2 => Failure::Body(BodyFault::Truncated),
                3 => Failure::Body(BodyFault::Parse),
                4 => Failure::Hook,
                5 => Failure::Input,
                _ => Failure::Body(BodyFault::Schema),
            }),
            HEAD => Ok(None),
            _ => Ok((amount >= 0.0).then_some(amount)),
        })
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        // A promise of the user's may outlive it, and the closure does not.
        self.js.retire();
    }
}
