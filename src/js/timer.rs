//! Clocks and chance; and the one timer of a scope, with the closure that it rings by.

use std::rc::Weak;

use wasm_bindgen::prelude::*;

use crate::core::Millis;
use crate::pipeline::host::Ring;

#[wasm_bindgen(module = "/src/js/runtime/clock.js")]
extern "C" {
    /// Milliseconds, monotonic; NaN where the clock fails.
    pub(super) fn now() -> f64;
    /// A number from 0 to below 1, likewise.
    pub(super) fn chance() -> f64;
    /// Epoch milliseconds, likewise.
    pub(super) fn today() -> f64;
}

#[wasm_bindgen(module = "/src/js/timer.js")]
extern "C" {
    #[wasm_bindgen(js_name = Timer)]
    #[derive(Debug)]
    type JsTimer;
    #[wasm_bindgen(constructor, js_class = Timer)]
    fn new(ring: &Closure<dyn Fn(u32, u32, f64)>) -> JsTimer;
    #[wasm_bindgen(method)]
    fn arm(this: &JsTimer, delay: f64);
    #[wasm_bindgen(method)]
    fn disarm(this: &JsTimer);
}

/// A timer, which dropped does not ring.
#[derive(Debug)]
pub(super) struct Timer {
    js: JsTimer,
    // Of the type that the other closures have: another would be compiled anew.
    _ring: Closure<dyn Fn(u32, u32, f64)>,
}

impl Timer {
    /// One that is not set.
    pub(super) fn new(receiver: Weak<dyn Ring>) -> Self {
        let ring = Closure::<dyn Fn(u32, u32, f64)>::new(move |_, _, _| {
            if let Some(receiver) = receiver.upgrade() {
                receiver.ring();
            }
        });
        Self { js: JsTimer::new(&ring), _ring: ring }
    }

    /// Sets it, in place of the one that runs.
    pub(super) fn arm(&self, delay: Millis) {
        // Rounded up: a timer that rings before its time would only be set again.
        self.js.arm(delay.ceil());
    }

    pub(super) fn disarm(&self) {
        self.js.disarm();
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.disarm();
    }
}
