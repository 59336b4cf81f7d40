//! Tests of the Rust API in a real host: `wasm-pack test` runs them in Node and in Chromium.

use std::cell::{Cell, RefCell};
use std::error::Error as _;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures::{Stream, StreamExt as _, TryStreamExt as _};
use js_sys::{Function, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use super::*;

mod bodies;
mod errors;
#[cfg(feature = "json")]
mod json;
mod options;
mod tags;
mod web;

/// Evaluates a JavaScript expression.
fn js(expression: &str) -> JsValue {
    let body = ["return (", expression, ")"].concat();
    Function::new_no_args(&body).call0(&JsValue::UNDEFINED).unwrap()
}

/// Makes a client whose `fetch` is a function of the test.
fn fetching(function: &str) -> ClientBuilder {
    Client::builder().option("fetch", js(function))
}

/// Answers with the path of the URL, after as many milliseconds as its part behind a `~` says.
const ECHO: &str = "(url, init) => new Promise((done, failed) => {
    const path = new URL(url).pathname;
    init.signal?.addEventListener('abort', () => failed(init.signal.reason));
    setTimeout(() => done(new Response(path)), Number(path.split('~')[1] ?? 0));
})";

/// Never answers, and counts under a name the fetches begun and those aborted.
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

/// Polls a future once.
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
async fn results_come_in_the_order_of_the_requests() {
    let client = fetching(ECHO).build().unwrap();
    let results = client.fetch_all(["http://a/x~30", "http://b/y", "http://a/z~10"]).await;
    assert_eq!(results.iter().map(|result| result.as_ref().unwrap().index()).collect::<Vec<_>>(), [0, 1, 2]);
    assert_eq!(texts(results), ["/x~30", "/y", "/z~10"]);
}

#[wasm_bindgen_test]
async fn a_stream_gives_results_as_they_complete_or_in_order() {
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
    let client = fetching(ECHO).concurrency(2).build().unwrap();
    let mut results = client.fetch_each(urls).ordered().high_water_mark(3);
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

#[wasm_bindgen_test]
async fn requests_may_come_from_a_stream() {
    let client = fetching(ECHO).build().unwrap();
    let slow = futures::stream::iter(0..5).then(async |n| {
        turns().await;
        format!("http://a/{n}")
    });
    let results: Vec<_> = client.fetch_from(slow).ordered().collect().await;
    assert_eq!(texts(results), ["/0", "/1", "/2", "/3", "/4"]);
}

#[wasm_bindgen_test]
async fn a_stream_of_requests_is_dropped_with_the_results() {
    let dropped = Rc::new(Cell::new(false));
    let held = DropFlag(Rc::clone(&dropped));
    let never = futures::stream::pending::<Request>().inspect(move |_| assert!(!held.0.get()));
    let client = fetching(ECHO).build().unwrap();
    assert_dropped_with(client.fetch_from(never), &dropped).await;
}

/// Sets a flag when it is dropped.
struct DropFlag(Rc<Cell<bool>>);

impl Drop for DropFlag {
    fn drop(&mut self) {
        self.0.set(true);
    }
}

/// Begins a call whose results never come, and asserts that a value inside it lives as long as the call.
async fn assert_dropped_with<T>(mut results: impl Stream<Item = T> + Unpin, dropped: &Cell<bool>) {
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
async fn a_derived_client_keeps_options_that_it_does_not_set() {
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
    let client = fetching(ECHO).concurrency(2).build().unwrap();
    let (seen, watched) = (Rc::clone(&most), client.clone());
    let derived =
        client.extend().on_result(move |_| seen.set(seen.get().max(watched.stats().in_flight))).build().unwrap();
    let urls: Vec<_> = (0..6).map(|n| format!("http://a/{n}~5")).collect();
    let (one, other) = futures::future::join(derived.fetch_all(urls.clone()), derived.fetch_all(urls)).await;
    assert_eq!((one.len(), other.len()), (6, 6));
    assert!((1..=2).contains(&most.get()), "{} in flight", most.get());
    let stats = client.stats();
    assert_eq!((stats.started, stats.succeeded, stats.failed, stats.in_flight), (12, 12, 0, 0));
}

#[wasm_bindgen_test]
async fn progress_is_reported_and_ends_with_the_totals() {
    let seen = Rc::new(RefCell::new(Vec::new()));
    let sees = Rc::clone(&seen);
    let client = fetching(ECHO)
        .on_progress(move |progress| sees.borrow_mut().push(progress))
        .progress_interval(Duration::ZERO)
        .build()
        .unwrap();
    client.fetch_all((0..4).map(|n| format!("http://a/{n}"))).await;
    let last = *seen.borrow().last().unwrap();
    assert_eq!((last.started, last.total, last.succeeded, last.failed, last.bytes), (4, Some(4), 4, 0, 8));
    assert!(seen.borrow().len() > 2);
}

#[wasm_bindgen_test]
async fn a_closed_client_fails_present_and_later_requests() {
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
async fn a_queue_can_be_paused_and_cancelled() {
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
