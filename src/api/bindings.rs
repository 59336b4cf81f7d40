//! The boundary's JavaScript as the Rust API calls it.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;

use web_sys::{Headers, ReadableStream, Request, Response};

use crate::js::{JsSource, Options};

#[wasm_bindgen(module = "/src/js/rust.js")]
extern "C" {
    #[wasm_bindgen(js_name = isIsolated)]
    pub(super) fn is_isolated() -> bool;
    #[wasm_bindgen(js_name = mergeOptions, catch)]
    pub(super) fn merge_options(outer: Option<&Options>, given: &JsValue) -> Result<Options, JsValue>;
    #[wasm_bindgen(js_name = setOption)]
    pub(super) fn set_option(options: &JsValue, option: &str, value: &JsValue);
    #[wasm_bindgen(js_name = setInvalidOption)]
    pub(super) fn set_invalid_option(options: &JsValue, option: &str, why: &str);
    #[wasm_bindgen(js_name = decodeBody)]
    pub(super) fn decode_body(bytes: &JsValue) -> String;
    #[wasm_bindgen(js_name = parseJson, catch)]
    pub(super) fn parse_json(result: &FetchResult) -> Result<JsValue, JsValue>;
    #[cfg(feature = "json")]
    #[wasm_bindgen(js_name = shapeError)]
    pub(super) fn shape_error(result: &FetchResult, cause: &JsValue) -> FanFetchError;
    #[wasm_bindgen(js_name = truncatedError)]
    pub(super) fn truncated_error(result: &FetchResult, thrown: &JsValue) -> FanFetchError;
    #[wasm_bindgen(js_name = messageOf)]
    pub(super) fn message_of(thrown: &JsValue) -> String;

    /// Makes a `Response` of a result, with `body`. Throws for a status that no `Response` can have.
    #[wasm_bindgen(js_name = makeResponse, catch)]
    pub(super) fn make_response(result: &FetchResult, body: &JsValue) -> Result<Response, JsValue>;
    #[wasm_bindgen(js_name = conversionError)]
    pub(super) fn conversion_error(result: &FetchResult, thrown: &JsValue) -> FanFetchError;
    /// Calls `heard` when a signal of these options aborts; at once if one has aborted already.
    pub(super) fn listen(options: &Options, heard: &JsValue);
    pub(super) fn unlisten(options: &Options, heard: &JsValue);

    /// A `Source` that takes requests of Rust.
    #[wasm_bindgen(extends = JsSource)]
    pub(super) type RustSource;
    #[wasm_bindgen(constructor)]
    pub(super) fn new(requests: &Inputs, options: &Options) -> RustSource;

    pub(super) type Inputs;
    #[wasm_bindgen(constructor)]
    pub(super) fn new(take: &JsValue, close: &JsValue, size: Option<u32>, is_async: bool) -> Inputs;
}

#[wasm_bindgen(module = "/src/js/output/progress.js")]
extern "C" {
    #[wasm_bindgen(js_name = Progress)]
    pub(super) type ProgressReporter;
    #[wasm_bindgen(constructor, js_class = Progress)]
    pub(super) fn new(options: &Options, total: Option<u32>, context: &JsValue, failed: &JsValue) -> ProgressReporter;
    #[wasm_bindgen(method)]
    pub(super) fn note(
        this: &ProgressReporter,
        started: u32,
        succeeded: u32,
        failed: u32,
        flying: u32,
        queued: u32,
        retries: u32,
        bytes: f64,
    );
    #[wasm_bindgen(method)]
    pub(super) fn end(this: &ProgressReporter);
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(method, catch)]
    pub(super) fn over(this: &Options, given: &JsValue, level: &str) -> Result<Options, JsValue>;
    #[wasm_bindgen(method)]
    pub(super) fn isolated(this: &Options) -> Options;
    #[wasm_bindgen(method, js_name = isolated)]
    pub(super) fn isolated_with(this: &Options, hosts: &JsValue) -> Options;
    #[wasm_bindgen(method, getter, js_name = hosts)]
    pub(super) fn own_hosts(this: &Options) -> JsValue;

    /// The result of one request.
    #[derive(Clone, Debug)]
    pub(super) type FetchResult;
    #[wasm_bindgen(method, getter)]
    pub(super) fn ok(this: &FetchResult) -> bool;
    #[wasm_bindgen(method, getter)]
    pub(super) fn index(this: &FetchResult) -> u32;
    #[wasm_bindgen(method, getter)]
    pub(super) fn request(this: &FetchResult) -> RequestInfo;
    #[wasm_bindgen(method, getter)]
    pub(super) fn data(this: &FetchResult) -> Option<Uint8Array>;
    #[wasm_bindgen(method, setter)]
    pub(super) fn set_data(this: &FetchResult, data: &JsValue);
    #[wasm_bindgen(method, getter, js_name = data)]
    pub(super) fn stream(this: &FetchResult) -> ReadableStream;
    #[wasm_bindgen(method, getter)]
    pub(super) fn status(this: &FetchResult) -> Option<u16>;
    #[wasm_bindgen(method, getter, js_name = statusText)]
    pub(super) fn status_text(this: &FetchResult) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    pub(super) fn redirected(this: &FetchResult) -> Option<bool>;
    #[wasm_bindgen(method, getter)]
    pub(super) fn url(this: &FetchResult) -> String;
    #[wasm_bindgen(method, getter)]
    pub(super) fn headers(this: &FetchResult) -> Option<Headers>;
    #[wasm_bindgen(method, getter)]
    pub(super) fn response(this: &FetchResult) -> Option<Response>;
    #[wasm_bindgen(method, getter)]
    pub(super) fn error(this: &FetchResult) -> FanFetchError;
    #[wasm_bindgen(method, getter)]
    pub(super) fn attempts(this: &FetchResult) -> Array;
    #[wasm_bindgen(method, getter)]
    pub(super) fn timings(this: &FetchResult) -> Timings;

    #[derive(Clone, Debug)]
    pub(super) type RequestInfo;
    #[wasm_bindgen(method, getter)]
    pub(super) fn url(this: &RequestInfo) -> String;
    #[wasm_bindgen(method, getter)]
    pub(super) fn method(this: &RequestInfo) -> String;
    #[wasm_bindgen(method, getter)]
    pub(super) fn tag(this: &RequestInfo) -> JsValue;

    pub(super) type Reader;
    #[wasm_bindgen(method)]
    pub(super) fn read(this: &Reader) -> js_sys::Promise;
    #[wasm_bindgen(method, js_name = releaseLock)]
    pub(super) fn release_lock(this: &Reader);
    pub(super) type Step;
    #[wasm_bindgen(method, getter)]
    pub(super) fn value(this: &Step) -> Option<Uint8Array>;

    pub(super) type Timings;
    #[wasm_bindgen(method, getter)]
    pub(super) fn queued(this: &Timings) -> f64;
    #[wasm_bindgen(method, getter)]
    pub(super) fn waited(this: &Timings) -> f64;
    #[wasm_bindgen(method, getter)]
    pub(super) fn total(this: &Timings) -> f64;

    pub(super) type Attempt;
    #[wasm_bindgen(method, getter, js_name = startedAt)]
    pub(super) fn started_at(this: &Attempt) -> f64;
    #[wasm_bindgen(method, getter)]
    pub(super) fn duration(this: &Attempt) -> f64;
    #[wasm_bindgen(method, getter)]
    pub(super) fn status(this: &Attempt) -> Option<u16>;
    #[wasm_bindgen(method, getter)]
    pub(super) fn code(this: &Attempt) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    pub(super) fn delay(this: &Attempt) -> Option<f64>;
    #[wasm_bindgen(method, getter, js_name = delayedBy)]
    pub(super) fn delayed_by(this: &Attempt) -> Option<String>;

    /// An error of this package.
    #[derive(Clone, Debug)]
    pub(super) type FanFetchError;
    #[wasm_bindgen(method, getter)]
    pub(super) fn code(this: &FanFetchError) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    pub(super) fn message(this: &FanFetchError) -> String;
    #[wasm_bindgen(method, getter)]
    pub(super) fn retryable(this: &FanFetchError) -> Option<bool>;
    #[wasm_bindgen(method, getter)]
    pub(super) fn url(this: &FanFetchError) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    pub(super) fn method(this: &FanFetchError) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    pub(super) fn status(this: &FanFetchError) -> Option<u16>;
    #[wasm_bindgen(method, getter)]
    pub(super) fn data(this: &FanFetchError) -> JsValue;
    #[wasm_bindgen(method, getter, js_name = retryAfter)]
    pub(super) fn retry_after(this: &FanFetchError) -> Option<f64>;
    #[wasm_bindgen(method, getter)]
    pub(super) fn phase(this: &FanFetchError) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    pub(super) fn limit(this: &FanFetchError) -> Option<f64>;
    #[wasm_bindgen(method, getter)]
    pub(super) fn option(this: &FanFetchError) -> Option<String>;

    /// Any value that was thrown.
    #[wasm_bindgen(js_name = Object)]
    pub(super) type Thrown;
    #[wasm_bindgen(method, getter)]
    pub(super) fn cause(this: &Thrown) -> JsValue;

    /// The context of a hook.
    pub(super) type Context;
    #[wasm_bindgen(method, getter)]
    pub(super) fn request(this: &Context) -> Request;
    #[wasm_bindgen(method, getter)]
    pub(super) fn attempt(this: &Context) -> u32;
    #[wasm_bindgen(method, getter)]
    pub(super) fn error(this: &Context) -> FanFetchError;
    #[wasm_bindgen(method, getter)]
    pub(super) fn delay(this: &Context) -> f64;

    pub(super) type Progress;
    #[wasm_bindgen(method, getter)]
    pub(super) fn started(this: &Progress) -> u32;
    #[wasm_bindgen(method, getter)]
    pub(super) fn total(this: &Progress) -> Option<u32>;
    #[wasm_bindgen(method, getter)]
    pub(super) fn succeeded(this: &Progress) -> u32;
    #[wasm_bindgen(method, getter)]
    pub(super) fn failed(this: &Progress) -> u32;
    #[wasm_bindgen(method, getter, js_name = inFlight)]
    pub(super) fn in_flight(this: &Progress) -> u32;
    #[wasm_bindgen(method, getter)]
    pub(super) fn queued(this: &Progress) -> u32;
    #[wasm_bindgen(method, getter)]
    pub(super) fn retries(this: &Progress) -> u32;
    #[wasm_bindgen(method, getter)]
    pub(super) fn bytes(this: &Progress) -> f64;
    #[wasm_bindgen(method, getter)]
    pub(super) fn rate(this: &Progress) -> f64;
    #[wasm_bindgen(method, getter)]
    pub(super) fn eta(this: &Progress) -> Option<f64>;
}
