//! Clocks and chance of the host.

use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/js/runtime/clock.js")]
extern "C" {
    /// Milliseconds, monotonic; NaN where the clock fails.
    pub(super) fn now() -> f64;
    /// A number from 0 to below 1; NaN where the host fails.
    pub(super) fn chance() -> f64;
    /// Epoch milliseconds; NaN where the clock fails.
    pub(super) fn today() -> f64;
}
