//! The typed face in a real host: run by `wasm-pack test`, in Node and in a headless browser.

use std::cell::{Cell, RefCell};
use std::error::Error as _;
use std::num::NonZeroU32;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _};
use js_sys::{Function, Reflect};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

use super::*;

/// What a JavaScript expression gives.
fn js(expression: &str) -> JsValue {
    let body = ["return (", expression, ")"].concat();
    Function::new_no_args(&body).call0(&JsValue::UNDEFINED).unwrap()
}

fn some(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap()
}

/// A client whose fetch is a function of the test's own.
fn fetching(function: &str) -> ClientBuilder {
    Client::builder().option("fetch", js(function))
}

/// Answers with the URL's path; the part of it behind a `~` is how many milliseconds that takes.
const ECHO: &str = "(url, init) => new Promise((done, failed) => {
    const path = new URL(url).pathname;
    init.signal?.addEventListener('abort', () => failed(init.signal.reason));
    setTimeout(() => done(new Response(path)), Number(path.split('~')[1] ?? 0));
})";

/// Never answers, and counts under a name: the fetches begun, and those that were aborted.
fn hanging(name: &str) -> String {
    format!(
        "(globalThis.{name} = {{ begun: 0, aborted: 0 }}, (url, {{ signal }}) => new Promise((done, failed) => {{
            {name}.begun += 1;
            signal.addEventListener('abort', () => {{ {name}.aborted += 1; failed(signal.reason) }});
        }}))"
    )
}

fn counted(name: &str) -> (f64, f64) {
    let counts = Reflect::get(&js_sys::global(), &name.into()).unwrap();
    let count = |of: &str| Reflect::get(&counts, &of.into()).unwrap().as_f64().unwrap();
    (count("begun"), count("aborted"))
}

/// Polls a future or a stream's next once, as who waits for it would.
fn poll<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

async fn turns() {
    let wait = "new Promise((done) => setTimeout(done, 20))";
    wasm_bindgen_futures::JsFuture::from(js_sys::Promise::from(js(wait))).await.unwrap();
}

fn texts(results: Vec<Result<Response, Error>>) -> Vec<String> {
    results.into_iter().map(|result| result.unwrap().text()).collect()
}

#[wasm_bindgen_test]
fn what_comes_of_a_request_goes_where_other_errors_go() {
    fn goes_anywhere<T: Send + Sync + 'static>() {}
    goes_anywhere::<Response>();
    goes_anywhere::<Error>();
}

#[wasm_bindgen_test]
async fn nothing_shows_a_secret() {
    let client = fetching("async () => new Response('S3CR3T', { status: 400, headers: { 'x-s': 'S3CR3T' } })")
        .bearer_auth("S3CR3T")
        .header("x-key", "S3CR3T");
    let builder = format!("{client:?}");
    let client = client.build().unwrap();
    let request = client.post("http://a:S3CR3T@a/").header("x-own", "S3CR3T").body("S3CR3T");
    let shown = format!("{builder} {client:?} {request:?} {:?} {:?}", Body::from("S3CR3T"), Auth::bearer("S3CR3T"));
    let error = client.send(request.clone()).await.unwrap_err();
    let response = client.extend().http_errors(false).build().unwrap().send(request).await.unwrap();
    let shown = format!("{shown} {error} {error:?} {response:?}");
    assert!(!shown.contains("S3CR3T"), "{shown}");
    assert!(shown.contains("x-key") || shown.contains("headers"), "{shown}");
}

#[wasm_bindgen_test]
async fn results_come_in_the_order_of_the_requests() {
    let client = fetching(ECHO).build().unwrap();
    let results = client.fetch_all(["http://a/x~30", "http://b/y", "http://a/z~10"]).await;
    assert_eq!(results.iter().map(|result| result.as_ref().unwrap().index()).collect::<Vec<_>>(), [0, 1, 2]);
    assert_eq!(texts(results), ["/x~30", "/y", "/z~10"]);
}

#[wasm_bindgen_test]
async fn a_stream_gives_them_as_they_complete_or_in_order() {
    let client = fetching(ECHO).build().unwrap();
    let urls = ["http://a/x~60", "http://a/y~1", "http://a/z~30"];
    let order = |results: Vec<Response>| results.iter().map(Response::index).collect::<Vec<_>>();
    assert_eq!(order(client.fetch_each(urls).try_collect().await.unwrap()), [1, 2, 0]);
    assert_eq!(order(client.fetch_each(urls).ordered().try_collect().await.unwrap()), [0, 1, 2]);
}

#[wasm_bindgen_test]
async fn an_endless_iterator_is_read_only_as_results_are_taken() {
    let taken = Rc::new(Cell::new(0));
    let counts = Rc::clone(&taken);
    let urls = (0..).inspect(move |_| counts.set(counts.get() + 1)).map(|n| format!("http://a/{n}"));
    let client = fetching(ECHO).concurrency(some(2)).build().unwrap();
    let mut results = client.fetch_each(urls).ordered().high_water_mark(some(3));
    for n in 0..10 {
        assert_eq!(results.next().await.unwrap().unwrap().text(), format!("/{n}"));
        turns().await;
        assert!(taken.get() <= n + 1 + 3 + 2, "{} taken after {}", taken.get(), n + 1);
    }
    drop(results);
    turns().await;
    let left = taken.get();
    turns().await;
    assert_eq!(taken.get(), left);
}

/// A body of three chunks, and then what an expression of its controller does.
fn chunked(then: &str) -> String {
    format!(
        "async (url, init) => new Response(new ReadableStream({{
            count: 0,
            async pull(controller) {{
                this.count += 1;
                if (this.count <= 3) controller.enqueue(new TextEncoder().encode(String(this.count)));
                else await {then};
            }},
        }}), {{ headers: {{ 'x-kind': 'chunks' }} }})"
    )
}

#[wasm_bindgen_test]
async fn a_body_can_be_read_as_it_comes() {
    let client = fetching(&chunked("controller.close()")).build().unwrap();
    let mut body = client.get("http://a/").stream().await.unwrap();
    assert_eq!((body.head().status(), body.head().header("x-kind").as_deref()), (200, Some("chunks")));
    assert_eq!((body.head().size(), client.stats().in_flight), (0, 1));
    let chunks: Vec<_> = body.by_ref().try_collect().await.unwrap();
    assert_eq!(chunks, [b"1", b"2", b"3"]);
    assert!(body.next().await.is_none());
    turns().await;
    assert_eq!(client.stats().in_flight, 0);
    let empty = fetching("async () => new Response(null, { status: 204 })").build().unwrap();
    assert!(empty.get("http://a/").stream().await.unwrap().next().await.is_none());
}

#[wasm_bindgen_test]
async fn a_body_that_is_dropped_or_silent_or_broken_gives_its_slot_back() {
    let never = fetching(&chunked("new Promise(() => {})")).build().unwrap();
    let mut body = never.get("http://a/").stream().await.unwrap();
    assert_eq!(body.next().await.unwrap().unwrap(), b"1");
    assert_eq!(never.stats().in_flight, 1);
    drop(body);
    turns().await;
    assert_eq!(never.stats().in_flight, 0);

    let silent = never.get("http://a/").idle_timeout(Duration::from_millis(15)).stream().await.unwrap();
    let error = silent.try_collect::<Vec<_>>().await.unwrap_err();
    assert!(matches!(error, Error::Timeout { phase: Phase::Idle, .. }), "{error:?}");

    let broken = fetching(&chunked("controller.error(new Error('cut'))")).build().unwrap();
    let error = broken.get("http://a/").stream().await.unwrap().try_collect::<Vec<_>>().await.unwrap_err();
    assert!(matches!(error, Error::Body { fault: BodyFault::Truncated, .. }), "{error:?}");
    assert_eq!((error.source().unwrap().to_string(), error.retryable()), ("cut".into(), true));
    turns().await;
    assert_eq!((never.stats().in_flight, broken.stats().in_flight), (0, 0));
    assert!(matches!(never.get("nonsense").stream().await, Err(Error::Input { .. })));
}

#[wasm_bindgen_test]
async fn requests_may_come_by_and_by() {
    let client = fetching(ECHO).build().unwrap();
    let slow = futures_util::stream::iter(0..5).then(async |n| {
        turns().await;
        format!("http://a/{n}")
    });
    let results: Vec<_> = client.fetch_from(slow).ordered().collect().await;
    assert_eq!(texts(results), ["/0", "/1", "/2", "/3", "/4"]);
}

#[wasm_bindgen_test]
async fn a_stream_of_requests_that_never_come_is_dropped_with_the_results() {
    struct Told(Rc<Cell<bool>>);
    impl Drop for Told {
        fn drop(&mut self) {
            self.0.set(true);
        }
    }
    let dropped = Rc::new(Cell::new(false));
    let held = Told(Rc::clone(&dropped));
    let never = futures_util::stream::pending::<Request>().inspect(move |_| assert!(!held.0.get()));
    let client = fetching(ECHO).build().unwrap();
    let mut results = client.fetch_from(never);
    assert!(poll(pin!(results.next())).is_pending());
    turns().await;
    assert!(!dropped.get());
    drop(results);
    turns().await;
    assert!(dropped.get());
}

#[wasm_bindgen_test]
async fn nothing_begins_before_it_is_polled_and_dropping_aborts() {
    let client = fetching(&hanging("droppedByTest")).build().unwrap();
    let all = client.fetch_all(["http://a/1", "http://a/2"]);
    let each = client.fetch_each(["http://a/3"]);
    let one = client.get("http://a/4").send();
    turns().await;
    assert_eq!(counted("droppedByTest"), (0.0, 0.0));
    {
        let (all, mut each, one) = (pin!(all), pin!(each), pin!(one));
        assert!(poll(all).is_pending());
        assert!(poll(pin!(each.next())).is_pending());
        assert!(poll(one).is_pending());
        turns().await;
        assert_eq!(counted("droppedByTest"), (4.0, 0.0));
        assert_eq!(client.stats().in_flight, 4);
    }
    turns().await;
    assert_eq!(counted("droppedByTest"), (4.0, 4.0));
    assert_eq!((client.stats().in_flight, client.stats().queued), (0, 0));
}

#[wasm_bindgen_test]
async fn a_derived_client_keeps_what_it_does_not_say_anew() {
    let client = fetching(ECHO).discard_body().header("x-a", "1").build().unwrap();
    let derived = client.extend().header("x-b", "2").build().unwrap();
    assert_eq!(derived.get("http://a/unread").send().await.unwrap().size(), 0);
    let mirror = "async (url, { headers }) => Response.json(headers)";
    let mirrored = fetching(mirror).header("x-a", "1").build().unwrap().extend().header("x-b", "2").build().unwrap();
    assert_eq!(mirrored.get("http://a/").send().await.unwrap().text(), r#"{"x-a":"1","x-b":"2"}"#);
}

#[wasm_bindgen_test]
async fn slots_of_a_client_are_shared_by_its_calls() {
    let most = Rc::new(Cell::new(0));
    let client = fetching(ECHO).concurrency(some(2)).build().unwrap();
    let (seen, watched) = (Rc::clone(&most), client.clone());
    let derived =
        client.extend().on_result(move |_| seen.set(seen.get().max(watched.stats().in_flight))).build().unwrap();
    let urls: Vec<_> = (0..6).map(|n| format!("http://a/{n}~5")).collect();
    let (one, other) = futures_util::future::join(derived.fetch_all(urls.clone()), derived.fetch_all(urls)).await;
    assert_eq!((one.len(), other.len()), (6, 6));
    assert!((1..=2).contains(&most.get()), "{} in flight", most.get());
    let stats = client.stats();
    assert_eq!((stats.started, stats.succeeded, stats.failed, stats.in_flight), (12, 12, 0, 0));
}

#[wasm_bindgen_test]
async fn an_attempt_that_takes_too_long_is_an_error_that_says_so() {
    let client = fetching(&hanging("timedOutByTest")).retry(Retry::new().limit(0)).build().unwrap();
    let error = client.get("http://a/").timeout(Duration::from_millis(15)).send().await.unwrap_err();
    assert!(matches!(&error, Error::Timeout { phase: Phase::Attempt, limit, .. } if limit.as_millis() == 15));
    assert!(error.is_timeout() && error.retryable());
    assert_eq!((error.code(), error.status(), error.url()), ("TIMEOUT".into(), None, "http://a/".into()));
    assert_eq!(error.attempts().len(), 1);
    assert!(error.timings().total >= Duration::from_millis(10));
    assert_eq!(counted("timedOutByTest"), (1.0, 1.0));
}

#[wasm_bindgen_test]
async fn a_failure_is_tried_again_and_its_story_told() {
    let flaky =
        "(() => { let calls = 0; return async () => new Response('', { status: (calls += 1) < 3 ? 503 : 200 }) })()";
    let told = Rc::new(RefCell::new(Vec::new()));
    let tells = Rc::clone(&told);
    let client = fetching(flaky)
        .retry(Retry::new().jitter(Jitter::None))
        .retry_delay(|number| Duration::from_millis(number.into()))
        .before_retry(move |retry| tells.borrow_mut().push((retry.attempt(), retry.delay(), retry.error().status())))
        .build()
        .unwrap();
    let attempts = client.get("http://a/").send().await.unwrap().attempts();
    let statuses: Vec<_> = attempts.iter().map(|attempt| attempt.status).collect();
    assert_eq!(statuses, [Some(503), Some(503), Some(200)]);
    assert_eq!(attempts[1].delay, Some((Duration::from_millis(2), DelayedBy::Backoff)));
    assert_eq!(attempts[1].code.as_deref(), Some("HTTP"));
    let millis = Duration::from_millis;
    assert_eq!(*told.borrow(), [(1, millis(1), Some(503)), (2, millis(2), Some(503))]);
}

#[wasm_bindgen_test]
async fn a_status_is_an_error_with_what_came_with_it_or_a_success_if_wanted() {
    let refusing =
        "async () => Response.json({ why: 'tea' }, { status: 418, headers: { 'x-kind': 'pot', 'retry-after': '7' } })";
    let client = fetching(refusing).build().unwrap();
    let error = client.get("http://a/").tag("mine").send().await.unwrap_err();
    assert!(matches!(error, Error::Http { status: 418, .. }));
    assert_eq!((error.status(), error.header("X-Kind")), (Some(418), Some("pot".into())));
    assert_eq!(Reflect::get(&error.data(), &"why".into()).unwrap(), "tea");
    assert_eq!((error.index(), error.tag()), (Some(0), "mine".into()));
    assert!(!error.retryable() && error.source().is_none());

    let tolerant = client.extend().http_errors(false).build().unwrap();
    assert_eq!(tolerant.get("http://a/").send().await.unwrap().status(), 418);
    let picky = client.extend().http_errors_if(|status| status != 418).build().unwrap();
    assert_eq!(picky.get("http://a/").send().await.unwrap().text(), r#"{"why":"tea"}"#);
}

#[wasm_bindgen_test]
async fn what_fetch_throws_is_the_source_of_the_error_and_so_is_its_cause() {
    let client = fetching("() => { throw new Error('outer', { cause: new Error('inner') }) }").build().unwrap();
    let error = client.get("http://a/").send().await.unwrap_err();
    assert!(matches!(error, Error::Network { .. }));
    let outer = error.source().unwrap();
    assert_eq!((outer.to_string(), outer.source().unwrap().to_string()), ("outer".into(), "inner".into()));
    assert!(!error.retryable());
}

#[wasm_bindgen_test]
async fn a_wrong_request_fails_alone() {
    let client = fetching(ECHO).build().unwrap();
    let wrong = [
        Request::get("nonsense"),
        Request::get("http://a/").header("x", "a\nb"),
        Request::get("http://a/").timeout(Duration::ZERO),
        Request::get("http://a/").option("responseType", "json"),
        Request::get("http://a/").option("credential", "omit"),
    ];
    let right = client.fetch_all(wrong.into_iter().chain([Request::get("http://a/right")])).await;
    let (last, rest) = right.split_last().unwrap();
    assert_eq!(last.as_ref().unwrap().text(), "/right");
    for result in rest {
        assert!(matches!(result, Err(Error::Input { .. })), "{result:?}");
    }
    let says = |place: usize, what: &str| {
        let message = rest[place].as_ref().unwrap_err().to_string();
        assert!(message.contains(what), "{message}");
    };
    says(1, "headers.x");
    says(2, "timeout.attempt");
    says(3, "not for Rust");
    says(4, "did you mean `credentials`");
}

#[wasm_bindgen_test]
fn a_wrong_option_is_named_when_the_client_is_built() {
    let refused = |builder: ClientBuilder| match builder.build() {
        Err(Error::Option { option, .. }) => option,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(Client::builder().base_url("/v1")), "baseUrl");
    assert_eq!(refused(Client::builder().timeout(Duration::ZERO)), "timeout.attempt");
    assert_eq!(refused(Client::builder().header("x", "\n")), "headers.x");
    assert_eq!(refused(Client::builder().option("signal", js("new AbortController().signal"))), "signal");
    assert_eq!(refused(Client::builder().option("hegde", true)), "hegde");
}

#[wasm_bindgen_test]
async fn every_word_of_a_builder_is_one_that_javascript_knows() {
    let second = Duration::from_secs(1);
    let retry = Retry::new()
        .limit(1)
        .methods(["POST"])
        .statuses([500])
        .after_statuses([503])
        .max_retry_after(second)
        .delay(second)
        .factor(1.5)
        .backoff_limit(second)
        .jitter(Jitter::Decorrelated)
        .on_timeout(false);
    let client = fetching(ECHO)
        .concurrency(some(3))
        .concurrency_per_host(some(2))
        .rate_limit(RateLimit::new(some(100), second).per_host())
        .deadline(second)
        .max_fetches(9)
        .dedupe(true)
        .basic_auth("name", "word")
        .retry(retry.clone())
        .should_retry(|_| None)
        .build()
        .unwrap();
    let request = client
        .put("http://a/all")
        .timeout(second)
        .headers_timeout(second)
        .idle_timeout(second)
        .total_timeout(second)
        .max_bytes(100)
        .expected_bytes(4)
        .priority(-1)
        .http_errors(false)
        .retry(retry)
        .signal(js("new AbortController().signal"));
    assert_eq!(request.send().await.unwrap().text(), "/all");
    assert_eq!(client.get("http://a/").no_timeout().discard_body().send().await.unwrap().size(), 0);
}

#[wasm_bindgen_test]
async fn a_call_has_so_much_time_and_so_many_fetches() {
    let client = fetching(&hanging("limitedByTest")).deadline(Duration::from_millis(20)).build().unwrap();
    let error = client.get("http://a/").send().await.unwrap_err();
    assert!(matches!(error, Error::Timeout { phase: Phase::Deadline, .. }), "{error:?}");
    let client = fetching(ECHO).max_fetches(2).build().unwrap();
    let results = client.fetch_all(["http://a/1", "http://a/2", "http://a/3"]).await;
    assert!(matches!(&results[..], [Ok(_), Ok(_), Err(Error::Budget { .. })]), "{results:?}");
}

#[wasm_bindgen_test]
async fn what_is_said_of_a_request_is_sent() {
    let mirror = "async (url, init) => new Response(JSON.stringify({ url, method: init.method, headers: init.headers, \
                  body: typeof init.body === 'string' ? init.body : new TextDecoder().decode(init.body), cache: init.cache }))";
    let client = fetching(mirror)
        .base_url("http://a/v1/")
        .header("x-client", "1")
        .header("x-gone", "1")
        .query("from", "client")
        .before_request(|request| request.set_header("x-hook", &format!("{} {}", request.method(), request.attempt())))
        .build()
        .unwrap();
    let request = client
        .post("things")
        .bearer_auth("token")
        .header("x-own", "2")
        .header("x-own", "3")
        .without_header("x-gone")
        .query("q", "tea & milk")
        .option("cache", "no-store")
        .body(vec![104, 105]);
    let response = request.send().await.unwrap();
    let get = |name: &str| Reflect::get(&response.value().unwrap(), &name.into()).unwrap();
    let header = |name: &str| Reflect::get(&get("headers"), &name.into()).unwrap().as_string();
    assert_eq!((get("method"), get("body"), get("cache")), ("POST".into(), "hi".into(), "no-store".into()));
    assert_eq!(get("url").as_string().unwrap(), "http://a/v1/things?q=tea+%26+milk");
    assert_eq!(header("authorization").as_deref(), Some("Bearer token"));
    assert_eq!((header("x-client"), header("x-own")), (Some("1".into()), Some("2, 3".into())));
    assert_eq!((header("x-gone"), header("x-hook").as_deref()), (None, Some("POST 1")));
}

#[wasm_bindgen_test]
async fn an_authorization_is_asked_for_and_renewed_once_for_all() {
    let guarded = "async (url, { headers }) => new Response('', { status: new Headers(headers).get('authorization') === 'Bearer new' ? 200 : 401 })";
    let asked = Rc::new(RefCell::new(Vec::new()));
    let asks = Rc::clone(&asked);
    let client = fetching(guarded)
        .auth(move |refresh| {
            asks.borrow_mut().push(refresh);
            let known = asks.borrow().contains(&true);
            async move { Ok::<_, String>(Auth::bearer(if known { "new" } else { "old" })) }
        })
        .build()
        .unwrap();
    let results = client.fetch_all(["http://a/1", "http://a/2", "http://a/3"]).await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert_eq!(asked.borrow().iter().filter(|refresh| **refresh).count(), 1);

    let lost = client.extend().auth(async |_| Err::<Auth, _>("no key")).build().unwrap();
    let error = lost.get("http://a/").send().await.unwrap_err();
    assert!(matches!(error, Error::Hook { .. }));
    assert_eq!(error.source().unwrap().to_string(), "no key");
}

#[wasm_bindgen_test]
async fn progress_is_told_and_ends_with_everything() {
    let told = Rc::new(RefCell::new(Vec::new()));
    let tells = Rc::clone(&told);
    let client = fetching(ECHO)
        .on_progress(move |progress| tells.borrow_mut().push(progress))
        .progress_interval(Duration::ZERO)
        .build()
        .unwrap();
    client.fetch_all((0..4).map(|n| format!("http://a/{n}"))).await;
    let last = *told.borrow().last().unwrap();
    assert_eq!((last.started, last.total, last.succeeded, last.failed, last.bytes), (4, Some(4), 4, 0, 8));
    assert!(told.borrow().len() > 2);
}

#[wasm_bindgen_test]
async fn a_closed_client_fails_what_it_has_and_what_comes() {
    let client = fetching(&hanging("closedByTest")).build().unwrap();
    let derived = client.extend().build().unwrap();
    let mut all = pin!(derived.fetch_all(["http://a/1", "http://a/2"]));
    assert!(poll(all.as_mut()).is_pending());
    client.close();
    let results = all.await;
    assert!(matches!(&results[..], [Err(Error::Closed { .. }), Err(Error::Closed { .. })]), "{results:?}");
    assert!(matches!(client.get("http://a/").send().await, Err(Error::Closed { .. })));
    assert!(matches!(&derived.fetch_all(["http://a/"]).await[..], [Err(Error::Closed { .. })]));
    assert_eq!(counted("closedByTest"), (2.0, 2.0));
}

#[wasm_bindgen_test]
async fn a_queue_can_be_held_and_cancelled() {
    let client = fetching(ECHO).build().unwrap();
    client.pause();
    let mut all = pin!(client.fetch_all(["http://a/1", "http://a/2"]));
    assert!(poll(all.as_mut()).is_pending());
    assert_eq!(client.cancel_queued(), 2);
    let results = all.await;
    assert!(results.iter().all(|result| matches!(result, Err(Error::Aborted { .. }))), "{results:?}");
    client.resume();
    assert_eq!(client.get("http://a/3").send().await.unwrap().text(), "/3");
}

#[cfg(feature = "json")]
mod json {
    use super::*;
    use serde::{Deserialize, Serialize};

    #[derive(Debug, Deserialize, PartialEq, Serialize)]
    struct Tea {
        name: String,
        grams: u32,
        milk: Option<bool>,
        tags: Vec<String>,
    }

    fn tea() -> Tea {
        Tea { name: "čaj 茶".into(), grams: 3, milk: None, tags: vec!["green".into()] }
    }

    #[wasm_bindgen_test]
    async fn goes_and_comes_as_a_type() {
        let mirror =
            "async (url, { body, headers }) => new Response(body, { headers: { 'x-type': headers['content-type'] } })";
        let client = fetching(mirror).build().unwrap();
        let response = client.post("http://a/").json(&tea()).send().await.unwrap();
        assert_eq!(response.header("x-type").as_deref(), Some("application/json"));
        assert_eq!(response.text(), r#"{"name":"čaj 茶","grams":3,"milk":null,"tags":["green"]}"#);
        assert_eq!(response.json::<Tea>().unwrap(), tea());
    }

    #[wasm_bindgen_test]
    async fn of_another_shape_is_an_error_that_says_where() {
        let client = fetching("async () => Response.json({ name: 'x', grams: 'many', tags: [] })").build().unwrap();
        let response = client.get("http://a/").send().await.unwrap();
        let error = response.json::<Tea>().unwrap_err();
        assert!(matches!(error, Error::Body { fault: BodyFault::Schema, status: 200, .. }), "{error:?}");
        let why = error.source().unwrap().to_string();
        assert!(why.contains("expected u32"), "{why}");
        assert_eq!((error.code(), error.index()), ("BODY_SCHEMA".into(), Some(0)));
    }

    #[wasm_bindgen_test]
    async fn that_is_none_is_an_error_that_quotes_nothing() {
        let client = fetching("async () => new Response('<secret>')").build().unwrap();
        let error = client.get("http://a/").send().await.unwrap().json::<Tea>().unwrap_err();
        assert!(matches!(error, Error::Body { fault: BodyFault::Parse, .. }));
        assert!(!format!("{error} {error:?}").contains("secret"));
        assert_eq!(error.url(), "http://a/");
    }

    #[wasm_bindgen_test]
    async fn of_nothing_is_nothing() {
        let client = fetching("async () => new Response(null, { status: 204 })").build().unwrap();
        let response = client.get("http://a/").send().await.unwrap();
        assert_eq!((response.status(), response.size(), response.text()), (204, 0, String::new()));
        assert_eq!(response.json::<Option<Tea>>().unwrap(), None);
        response.json::<()>().unwrap();
    }

    #[wasm_bindgen_test]
    async fn that_cannot_be_said_fails_the_request() {
        let client = fetching(ECHO).build().unwrap();
        let error = client.post("http://a/").json(&u64::MAX).send().await.unwrap_err();
        assert!(matches!(error, Error::Input { .. }));
        assert!(error.to_string().contains("`json` cannot be serialised"), "{error}");
    }
}
