//! The boundary in a real host: run by `wasm-pack test`, in Node and in a headless browser.

use js_sys::Function;
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use super::options::{Options, Rules};
use crate::core::admission::{Limits, Rate};
use crate::core::backoff::{Backoff, Jitter};
use crate::core::policy::{Policy, ReadAs, ThrowHttpErrors, Timeout};
use crate::core::rate_limit::RateLimit;
use crate::core::retry::RetryPolicy;
use crate::pipeline::batch::BatchOptions;

#[wasm_bindgen(module = "/src/js/options/options.js")]
extern "C" {
    #[wasm_bindgen(js_name = Options)]
    type JsOptions;
    #[wasm_bindgen(static_method_of = JsOptions, js_class = Options)]
    fn base() -> JsOptions;
    #[wasm_bindgen(method, catch)]
    fn over(this: &JsOptions, given: &JsValue, level: &str) -> Result<Options, JsValue>;
}
#[wasm_bindgen(module = "/src/js/options/table.js")]
extern "C" {
    #[wasm_bindgen(js_name = isRecord)]
    fn _table();
}
#[wasm_bindgen(module = "/src/js/options/nearest.js")]
extern "C" {
    #[wasm_bindgen(js_name = nearest)]
    fn _nearest();
}

/// Evaluates a JavaScript expression.
fn js(expression: &str) -> JsValue {
    let body = ["return (", expression, ")"].concat();
    Function::new_no_args(&body).call0(&JsValue::UNDEFINED).unwrap()
}

/// Merges the options of a call as the package's loader does.
fn given(options: &str) -> Result<Options, JsValue> {
    JsOptions::base().over(&js(options), "call")
}

#[wasm_bindgen_test]
fn given_options_reach_the_engine_and_the_rest_are_defaults() {
    let nothing = given("undefined").unwrap();
    assert_eq!(Rules::of(&nothing, f64::INFINITY).policy, Policy::default());
    assert_eq!((nothing.limits(), nothing.batch()), (Limits::default(), BatchOptions::default()));

    let some = given("{ timeout: 5, retry: 1, concurrency: 3, throwHttpErrors: false }").unwrap();
    let Policy { timeout, retry, throw_http_errors, max_bytes, .. } = Rules::of(&some, f64::INFINITY).policy;
    assert_eq!((timeout.attempt, timeout.total), (5.0, f64::INFINITY));
    assert_eq!((retry.limit, retry.on_timeout, throw_http_errors), (1, true, ThrowHttpErrors::No));
    assert_eq!((max_bytes, some.limits().concurrency), (f64::INFINITY, 3));
}

#[wasm_bindgen_test]
fn every_number_has_the_same_place_on_both_sides() {
    let options = given(
        "{ timeout: { attempt: 1, headers: 2, idle: 3, total: 4 }, retry: { limit: 5, statusCodes: [506],
           afterStatusCodes: [507, 508], maxRetryAfter: 9, delay: 10, factor: 11, backoffLimit: 12, jitter: 'decorrelated',
           retryOnTimeout: false }, responseType: 'none', throwHttpErrors: () => true, maxBytes: 13, expectedBytes: 14,
           priority: 15, stopOnError: true, maxFetches: 16, deadline: 17, concurrency: 18, concurrencyPerHost: 19,
           rateLimit: { limit: 20, interval: 21, per: 'host' } }",
    )
    .unwrap();
    let backoff = Backoff { delay: 10.0, factor: 11.0, limit: 12.0, jitter: Jitter::Decorrelated };
    let policy = Policy {
        timeout: Timeout { attempt: 1.0, headers: 2.0, idle: 3.0, total: 4.0 },
        retry: RetryPolicy {
            limit: 5,
            status_codes: Some([506].into()),
            after_status_codes: Some([507, 508].into()),
            max_retry_after: 9.0,
            backoff,
            on_timeout: false,
        },
        read: ReadAs::None,
        throw_http_errors: ThrowHttpErrors::Ask,
        max_bytes: 13.0,
        expected_bytes: Some(14.0),
        priority: 15.0,
    };
    assert_eq!(Rules::of(&options, f64::INFINITY).policy, policy);
    assert_eq!(
        options.batch(),
        BatchOptions { single: false, stop_on_error: true, deadline: 17.0, max_fetches: 16, ..BatchOptions::default() }
    );
    let rate = Rate { limit: RateLimit { limit: 20, interval: 21.0 }, per_host: true };
    assert_eq!(options.limits(), Limits { concurrency: 18, per_host: 19, rate: Some(rate) });
    assert_eq!(given("{ deadline: new Date(0) }").unwrap().batch().deadline, 0.0);
    let each = JsOptions::base().over(&js("{ highWaterMark: 22 }"), "each").unwrap();
    assert_eq!((each.high_water_mark(7), options.high_water_mark(7)), (22, 7));
}

#[wasm_bindgen_test]
fn words_have_the_same_places_on_both_sides() {
    let read = |word: &str| {
        Rules::of(&given(&["{ responseType: '", word, "' }"].concat()).unwrap(), f64::INFINITY).policy.read
    };
    assert_eq!(
        ["auto", "json", "text", "bytes", "arrayBuffer", "blob", "formData", "none"].map(read),
        [
            ReadAs::Auto,
            ReadAs::Json,
            ReadAs::Text,
            ReadAs::Bytes,
            ReadAs::ArrayBuffer,
            ReadAs::Blob,
            ReadAs::FormData,
            ReadAs::None
        ]
    );
    let jitter = |word: &str| {
        Rules::of(&given(&["{ retry: { jitter: '", word, "' } }"].concat()).unwrap(), f64::INFINITY).policy.retry
    };
    assert_eq!(
        ["full", "equal", "decorrelated", "none"].map(|word| jitter(word).backoff.jitter),
        [Jitter::Full, Jitter::Equal, Jitter::Decorrelated, Jitter::None]
    );
}
