//! What of the boundary's JavaScript the typed face calls.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;

use crate::js::Options;

#[wasm_bindgen(module = "/src/js/rust.js")]
extern "C" {
    #[wasm_bindgen(js_name = isApart)]
    pub(super) fn is_apart() -> bool;
    #[wasm_bindgen(catch)]
    pub(super) fn merge(outer: Option<&Options>, given: &JsValue) -> Result<Options, JsValue>;
    pub(super) fn put(options: &JsValue, option: &str, value: &JsValue);
    pub(super) fn refuse(options: &JsValue, option: &str, why: &str);
    #[wasm_bindgen(js_name = textOf)]
    pub(super) fn text_of(bytes: &JsValue) -> String;
    #[wasm_bindgen(js_name = valueOf, catch)]
    pub(super) fn value_of(result: &Outcome) -> Result<JsValue, JsValue>;
    #[cfg(feature = "json")]
    pub(super) fn misshapen(result: &Outcome, cause: &JsValue) -> JsValue;
    pub(super) fn broken(result: &Outcome, thrown: &JsValue) -> Fault;
    #[wasm_bindgen(js_name = wordsOf)]
    pub(super) fn words_of(thrown: &JsValue) -> String;

    pub(super) type Inputs;
    #[wasm_bindgen(constructor)]
    pub(super) fn new(take: &JsValue, close: &JsValue, size: Option<u32>, is_async: bool) -> Inputs;
}

#[wasm_bindgen(module = "/src/js/progress.js")]
extern "C" {
    #[wasm_bindgen(js_name = Progress)]
    pub(super) type Reporter;
    #[wasm_bindgen(constructor, js_class = Progress)]
    pub(super) fn new(options: &Options, total: Option<u32>, context: &JsValue, failed: &JsValue) -> Reporter;
    #[wasm_bindgen(method)]
    pub(super) fn note(
        this: &Reporter,
        started: u32,
        succeeded: u32,
        failed: u32,
        flying: u32,
        queued: u32,
        retries: u32,
        bytes: f64,
    );
    #[wasm_bindgen(method)]
    pub(super) fn end(this: &Reporter);
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(method, catch)]
    pub(super) fn over(this: &Options, given: &JsValue, level: &str) -> Result<Options, JsValue>;
    #[wasm_bindgen(method)]
    pub(super) fn apart(this: &Options) -> Options;
    #[wasm_bindgen(method, js_name = apart)]
    pub(super) fn apart_with(this: &Options, hosts: &JsValue) -> Options;
    #[wasm_bindgen(method, getter, js_name = hosts)]
    pub(super) fn own_hosts(this: &Options) -> JsValue;

    /// The result of one request, as JavaScript has it.
    #[derive(Clone, Debug)]
    pub(super) type Outcome;
    #[wasm_bindgen(method, getter)]
    pub(super) fn ok(this: &Outcome) -> bool;
    #[wasm_bindgen(method, getter)]
    pub(super) fn index(this: &Outcome) -> u32;
    #[wasm_bindgen(method, getter)]
    pub(super) fn request(this: &Outcome) -> Info;
    #[wasm_bindgen(method, getter)]
    pub(super) fn data(this: &Outcome) -> Option<Uint8Array>;
    #[wasm_bindgen(method, setter)]
    pub(super) fn set_data(this: &Outcome, data: &JsValue);
    #[wasm_bindgen(method, getter, js_name = data)]
    pub(super) fn stream(this: &Outcome) -> Readable;
    #[wasm_bindgen(method, getter)]
    pub(super) fn status(this: &Outcome) -> Option<u16>;
    #[wasm_bindgen(method, getter, js_name = statusText)]
    pub(super) fn status_text(this: &Outcome) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    pub(super) fn redirected(this: &Outcome) -> Option<bool>;
    #[wasm_bindgen(method, getter)]
    pub(super) fn url(this: &Outcome) -> String;
    #[wasm_bindgen(method, getter)]
    pub(super) fn headers(this: &Outcome) -> Option<Headers>;
    #[wasm_bindgen(method, getter)]
    pub(super) fn response(this: &Outcome) -> JsValue;
    #[wasm_bindgen(method, getter)]
    pub(super) fn error(this: &Outcome) -> Fault;
    #[wasm_bindgen(method, getter)]
    pub(super) fn attempts(this: &Outcome) -> Array;
    #[wasm_bindgen(method, getter)]
    pub(super) fn timings(this: &Outcome) -> Times;

    #[derive(Clone, Debug)]
    pub(super) type Info;
    #[wasm_bindgen(method, getter)]
    pub(super) fn url(this: &Info) -> String;
    #[wasm_bindgen(method, getter)]
    pub(super) fn method(this: &Info) -> String;
    #[wasm_bindgen(method, getter)]
    pub(super) fn tag(this: &Info) -> JsValue;

    #[derive(Clone, Debug)]
    pub(super) type Headers;
    #[wasm_bindgen(method)]
    pub(super) fn get(this: &Headers, name: &str) -> Option<String>;
    #[wasm_bindgen(method)]
    pub(super) fn set(this: &Headers, name: &str, value: &str);

    pub(super) type Readable;
    #[wasm_bindgen(method, js_name = getReader)]
    pub(super) fn reader(this: &Readable) -> Reader;
    pub(super) type Reader;
    #[wasm_bindgen(method)]
    pub(super) fn read(this: &Reader) -> js_sys::Promise;
    pub(super) type Step;
    #[wasm_bindgen(method, getter)]
    pub(super) fn value(this: &Step) -> Option<Uint8Array>;

    pub(super) type Times;
    #[wasm_bindgen(method, getter)]
    pub(super) fn queued(this: &Times) -> f64;
    #[wasm_bindgen(method, getter)]
    pub(super) fn waited(this: &Times) -> f64;
    #[wasm_bindgen(method, getter)]
    pub(super) fn total(this: &Times) -> f64;

    pub(super) type Try;
    #[wasm_bindgen(method, getter, js_name = startedAt)]
    pub(super) fn started_at(this: &Try) -> f64;
    #[wasm_bindgen(method, getter)]
    pub(super) fn duration(this: &Try) -> f64;
    #[wasm_bindgen(method, getter)]
    pub(super) fn status(this: &Try) -> Option<u16>;
    #[wasm_bindgen(method, getter)]
    pub(super) fn code(this: &Try) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    pub(super) fn delay(this: &Try) -> Option<f64>;
    #[wasm_bindgen(method, getter, js_name = delayedBy)]
    pub(super) fn delayed_by(this: &Try) -> Option<String>;

    /// An error of the library's, as JavaScript has it.
    #[derive(Clone, Debug)]
    pub(super) type Fault;
    #[wasm_bindgen(method, getter)]
    pub(super) fn code(this: &Fault) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    pub(super) fn message(this: &Fault) -> String;
    #[wasm_bindgen(method, getter)]
    pub(super) fn retryable(this: &Fault) -> Option<bool>;
    #[wasm_bindgen(method, getter)]
    pub(super) fn url(this: &Fault) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    pub(super) fn method(this: &Fault) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    pub(super) fn status(this: &Fault) -> Option<u16>;
    #[wasm_bindgen(method, getter)]
    pub(super) fn data(this: &Fault) -> JsValue;
    #[wasm_bindgen(method, getter, js_name = retryAfter)]
    pub(super) fn retry_after(this: &Fault) -> Option<f64>;
    #[wasm_bindgen(method, getter)]
    pub(super) fn phase(this: &Fault) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    pub(super) fn limit(this: &Fault) -> Option<f64>;
    #[wasm_bindgen(method, getter)]
    pub(super) fn option(this: &Fault) -> Option<String>;

    /// Whatever may have been thrown.
    #[wasm_bindgen(js_name = Object)]
    pub(super) type Thrown;
    #[wasm_bindgen(method, getter)]
    pub(super) fn cause(this: &Thrown) -> JsValue;
}
