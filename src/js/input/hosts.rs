//! Hosts and identical requests, by the numbers that the engine knows them by.

use wasm_bindgen::prelude::*;

use crate::js::exchange::JsExchange;

#[wasm_bindgen(module = "/src/js/input/hosts.js")]
extern "C" {
    /// The hosts of one scope by number.
    #[derive(Clone, Debug)]
    pub type Hosts;
    #[wasm_bindgen(method)]
    pub(crate) fn forget(this: &Hosts, id: f64);
    #[wasm_bindgen(method)]
    pub(crate) fn name(this: &Hosts, id: f64) -> f64;
    #[wasm_bindgen(method, js_name = keyOf)]
    pub(crate) fn key_of(this: &Hosts, exchange: &JsExchange) -> f64;
    #[wasm_bindgen(method, js_name = forgetKey)]
    pub(crate) fn forget_key(this: &Hosts, key: f64);
}
