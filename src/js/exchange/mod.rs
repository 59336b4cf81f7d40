//! Carrier of one attempt: an exchange in JavaScript, and the one closure that it answers by.
//!
//! Promises are awaited through it, not by a `JsFuture` each: that alone would cost more than all the rest (27 % for
//! making closures, 35 % for collecting them).

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use wasm_bindgen::prelude::*;

use crate::core::error::{BodyFault, Failure};
use crate::pipeline::TaskState;

use crate::js::executor;
use crate::js::protocol::*;

#[wasm_bindgen(module = "/src/js/exchange/exchange.js")]
extern "C" {
    /// Carries one request, and of it one attempt at a time. All numbers are `f64`: hosts compile a way into JavaScript for
    /// each type of function that is imported, and that takes longer than to compile what the functions of Rust say.
    #[wasm_bindgen(js_name = Exchange)]
    #[derive(Clone, Debug)]
    pub type JsExchange;
    #[wasm_bindgen(constructor, js_class = Exchange)]
    fn new(notify: &Closure<dyn Fn(u32, u32, f64)>, id: f64) -> JsExchange;
    #[wasm_bindgen(method)]
    pub(in crate::js) fn send(this: &JsExchange, read: f64, abortable: f64);
    #[wasm_bindgen(method, js_name = readAll)]
    pub(in crate::js) fn read_all(this: &JsExchange, read: f64);
    #[wasm_bindgen(method)]
    pub(in crate::js) fn chunk(this: &JsExchange);
    #[wasm_bindgen(method)]
    pub(in crate::js) fn assemble(this: &JsExchange, read: f64);
    #[wasm_bindgen(method)]
    pub(in crate::js) fn discard(this: &JsExchange);
    #[wasm_bindgen(method)]
    pub(in crate::js) fn abort(this: &JsExchange);
    #[wasm_bindgen(method)]
    pub(crate) fn watch(this: &JsExchange) -> f64;
    #[wasm_bindgen(method)]
    pub(crate) fn unwatch(this: &JsExchange);
    #[wasm_bindgen(method)]
    fn retire(this: &JsExchange);
    #[wasm_bindgen(method)]
    pub(in crate::js) fn redirect(this: &JsExchange, hop: f64) -> f64;
    #[wasm_bindgen(method, js_name = retryAfter)]
    pub(in crate::js) fn retry_after(this: &JsExchange) -> f64;
    #[wasm_bindgen(method, getter, js_name = limited)]
    pub(in crate::js) fn is_limited(this: &JsExchange) -> f64;
    #[wasm_bindgen(method, js_name = beforeRequest)]
    pub(in crate::js) fn before_request(this: &JsExchange, number: f64);
    #[wasm_bindgen(method, js_name = afterResponse)]
    pub(in crate::js) fn after_response(this: &JsExchange, number: f64);
    #[wasm_bindgen(method, js_name = refreshAuth)]
    pub(in crate::js) fn refresh_auth(this: &JsExchange);
    #[wasm_bindgen(method)]
    pub(in crate::js) fn validate(this: &JsExchange);
    #[wasm_bindgen(method, js_name = beforeRetry)]
    pub(in crate::js) fn before_retry(this: &JsExchange, number: f64, delay: f64);
    #[wasm_bindgen(method, js_name = shouldRetry)]
    pub(in crate::js) fn should_retry(this: &JsExchange, number: f64, delay: f64);
    #[wasm_bindgen(method)]
    pub(in crate::js) fn decide(this: &JsExchange, which: f64, about: f64) -> f64;
    #[wasm_bindgen(method)]
    pub(in crate::js) fn linger(this: &JsExchange);
    #[wasm_bindgen(method)]
    pub(in crate::js) fn breathe(this: &JsExchange);
    #[wasm_bindgen(method, js_name = handOut)]
    pub(in crate::js) fn hand_out(this: &JsExchange, read: f64, watched: f64, most: f64, expected: f64) -> f64;
    #[wasm_bindgen(method, js_name = breakOff)]
    pub(in crate::js) fn break_off(this: &JsExchange, thrown: &JsValue);
    #[wasm_bindgen(method)]
    pub(in crate::js) fn record(
        this: &JsExchange,
        started_at: f64,
        duration: f64,
        status: f64,
        kind: f64,
        detail: f64,
        delay: f64,
        delayed_by: f64,
    );
    #[wasm_bindgen(method)]
    pub(in crate::js) fn blame(this: &JsExchange, attempts: f64, kind: f64, detail: f64, limit: f64, retryable: f64);
    #[wasm_bindgen(method)]
    pub(in crate::js) fn result(
        this: &JsExchange,
        ok: f64,
        index: f64,
        queued: f64,
        waited: f64,
        total: f64,
        bytes: f64,
    ) -> JsValue;
    #[wasm_bindgen(method, js_name = onResult)]
    pub(in crate::js) fn on_result(this: &JsExchange, result: &JsValue);
    #[wasm_bindgen(method, js_name = takeResult)]
    pub(in crate::js) fn take_result(this: &JsExchange) -> JsValue;
    #[wasm_bindgen(method)]
    pub(in crate::js) fn copy(this: &JsExchange, other: &JsExchange);
    #[wasm_bindgen(method)]
    pub(in crate::js) fn follow(this: &JsExchange, other: &JsExchange);
    #[wasm_bindgen(method)]
    pub(in crate::js) fn vacate(this: &JsExchange);
    #[wasm_bindgen(method, getter)]
    pub(in crate::js) fn status(this: &JsExchange) -> f64;
}

/// An exchange, and what it last answered.
#[derive(Debug)]
pub struct Exchange {
    pub(crate) js: JsExchange,
    said: Rc<Said>,
    _notify: Closure<dyn Fn(u32, u32, f64)>,
}

#[derive(Debug, Default)]
struct Said {
    /// The number of the question that was asked last, counted on both sides.
    question: Cell<u32>,
    /// Kind of the answer, 0 while there is none.
    kind: Cell<i32>,
    amount: Cell<f64>,
}

impl Exchange {
    pub(in crate::js) fn new(task: &Rc<TaskState>) -> Self {
        let said = Rc::new(Said::default());
        let (id, task, heard) = (task.id, Rc::clone(task), Rc::clone(&said));
        let notify = Closure::<dyn Fn(u32, u32, f64)>::new(move |question, kind, amount| {
            if question as i32 == QUESTION_NONE {
                return task.interrupt(Failure::Aborted);
            }
            debug_assert_eq!(question, heard.question.get(), "an answer to another question");
            heard.kind.set(kind as i32);
            heard.amount.set(amount);
            executor::at_once(|| task.wake());
        });
        Self { js: JsExchange::new(&notify, id.into()), said, _notify: notify }
    }

    /// Asks something of it, in the place of what was asked before, and waits for the answer.
    pub(crate) fn asked(&self, ask: impl FnOnce(&JsExchange)) -> Settled<'_> {
        self.said.question.set(self.said.question.get().wrapping_add(1));
        self.said.kind.set(0);
        ask(&self.js);
        Settled(self)
    }

    /// Sets an answer that is there without waiting.
    pub(crate) fn set_amount(&self, amount: f64) {
        self.said.amount.set(amount);
    }

    /// Returns the amount of the last answer.
    pub(crate) fn amount(&self) -> f64 {
        self.said.amount.get()
    }
}

/// Future of an answer: an amount, or `None`.
#[derive(Debug)]
pub struct Settled<'a>(&'a Exchange);

impl Future for Settled<'_> {
    type Output = Result<Option<f64>, Failure>;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        let amount = self.0.amount();
        Poll::Ready(match self.0.said.kind.replace(0) {
            0 => return Poll::Pending,
            ANSWER_FAULT => Err(match amount as i32 {
                FAULT_HOPELESS => Failure::Network { transient: false },
                FAULT_LOST => Failure::Network { transient: true },
                FAULT_TRUNCATED => Failure::Body(BodyFault::Truncated),
                FAULT_UNPARSABLE => Failure::Body(BodyFault::Parse),
                FAULT_HOOK => Failure::Hook,
                FAULT_INPUT => Failure::Input,
                _ => Failure::Body(BodyFault::Schema),
            }),
            ANSWER_HEAD => Ok(None),
            _ => Ok((amount >= 0.0).then_some(amount)),
        })
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        // A promise of the user's may outlive it, and the closure does not.
        self.js.retire();
    }
}
