//! The boundary in a real host: run by `wasm-pack test`, in Node and in a headless browser.

use js_sys::{Array, Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;

use super::options::Options;

/// What a JavaScript expression gives.
fn js(expression: &str) -> JsValue {
    let body = ["return (", expression, ")"].concat();
    Function::new_no_args(&body).call0(&JsValue::UNDEFINED).unwrap()
}

fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap()
}

fn text(value: &JsValue) -> String {
    js_sys::JSON::stringify(value).unwrap().into()
}

fn refused(options: &str) -> String {
    let error = Options::of_call(&js(options), false).unwrap_err();
    get(&error, "message").as_string().unwrap()
}

#[wasm_bindgen_test]
fn options_are_read_over_the_defaults() {
    let options =
        Options::of_call(&js("{ timeout: 5, retry: 1, concurrency: 3, throwHttpErrors: false }"), false).unwrap();
    assert_eq!(options.rules.policy.timeout.attempt, 5.0);
    assert_eq!(options.rules.policy.retry.limit, 1);
    assert_eq!(options.limits.concurrency, 3);
    assert_eq!(options.rules.policy.max_bytes, f64::INFINITY);
}

#[wasm_bindgen_test]
fn a_wrong_option_is_named_with_what_it_was_and_may_be() {
    assert_eq!(
        refused("{ timeout: { attempt: -1 } }"),
        "fanfetch: option `timeout.attempt` was -1; it may be a positive number of milliseconds, Infinity or false"
    );
    assert_eq!(refused("{ timout: 1 }"), "fanfetch: option `timout` is unknown; did you mean `timeout`?");
    assert_eq!(
        refused("{ retry: { limti: 1 } }"),
        "fanfetch: option `retry.limti` is unknown; did you mean `retry.limit`?"
    );
}

#[wasm_bindgen_test]
fn what_a_getter_throws_is_the_callers_own() {
    let options = js("{ get timeout() { throw 'mine' } }");
    assert_eq!(Options::of_call(&options, false).unwrap_err(), JsValue::from_str("mine"));
}

mod calls {
    use super::*;
    use crate::js::exports::run;

    async fn settled(promise: Promise) -> Result<JsValue, JsValue> {
        JsFuture::from(promise).await
    }

    /// A list of URLs fetched by a fetch of the test's own.
    async fn fetched(urls: &str, options: &str) -> Result<Array, JsValue> {
        let sink = js("{ value: [], attach() {}, detach() {}, deliver(index, result) { this.value[index] = result } }");
        settled(run(&js(urls), &js(options), sink.unchecked_into(), false)).await.map(JsCast::unchecked_into)
    }

    #[wasm_bindgen_test]
    async fn results_come_in_the_order_of_the_inputs() {
        let fetch = "(url) => new Promise((done) => setTimeout(done, url.endsWith('0') ? 20 : 1, new Response(url)))";
        let options = ["{ responseType: 'text', fetch: ", fetch, " }"].concat();
        let results = fetched("['http://a/0', 'http://b/1', 'http://a/2']", &options).await.unwrap();
        let data: Array = results.iter().map(|result| get(&result, "data")).collect();
        assert_eq!(text(&data), r#"["http://a/0","http://b/1","http://a/2"]"#);
    }

    #[wasm_bindgen_test]
    async fn a_hanging_attempt_ends_in_time_and_is_aborted() {
        let seen = Object::new();
        Reflect::set(&js_sys::global(), &"seenByTheTest".into(), &seen).unwrap();
        let fetch = "(url, { signal }) => { globalThis.seenByTheTest.signal = signal; return new Promise(() => {}) }";
        let options = ["{ timeout: 15, retry: 0, fetch: ", fetch, " }"].concat();
        let results = fetched("['http://a/']", &options).await.unwrap();
        let error = get(&results.get(0), "error");
        assert_eq!(get(&error, "phase"), JsValue::from_str("attempt"));
        assert_eq!(get(&get(&seen, "signal"), "aborted"), JsValue::TRUE);
    }

    #[wasm_bindgen_test]
    async fn what_fetch_throws_is_a_result_with_its_cause() {
        let results = fetched("['http://a/', 'nonsense']", "{ fetch() { throw 'mine' } }").await.unwrap();
        let errors: Vec<_> = results.iter().map(|result| get(&result, "error")).collect();
        assert_eq!(get(&errors[0], "code"), JsValue::from_str("NETWORK"));
        assert_eq!(get(&errors[0], "cause"), JsValue::from_str("mine"));
        assert_eq!(get(&errors[1], "code"), JsValue::from_str("INPUT"));
    }

    #[wasm_bindgen_test]
    async fn what_an_input_throws_rejects_the_call_as_it_is() {
        let thrown = fetched(
            "(function* () { yield 'http://a/'; throw globalThis })()",
            "{ fetch: () => new Promise(() => {}) }",
        );
        assert_eq!(thrown.await.unwrap_err(), js("globalThis"));
    }
}
