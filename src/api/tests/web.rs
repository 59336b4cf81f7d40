//! Types of `web-sys`: as requests, bodies, headers and signals, and as what responses convert into.

use web_sys::{AbortSignal, Blob, FormData, Headers, ReadableStream, UrlSearchParams};

use super::*;

/// Answers with the request as the host would send it, in JSON.
const SHOW: &str = "async (input, init) => {
    const request = new Request(input, init);
    const headers = Object.fromEntries(request.headers);
    return Response.json({ method: request.method, url: request.url, headers, body: await request.text() });
}";

async fn shown(request: Request) -> Shown {
    let response = fetching(SHOW).build().unwrap().send(request).await.unwrap();
    Shown(response.value().unwrap())
}

struct Shown(JsValue);

impl Shown {
    fn get(&self, path: &str) -> Option<String> {
        let mut value = self.0.clone();
        for name in path.split('/') {
            value = Reflect::get(&value, &name.into()).unwrap();
        }
        value.as_string()
    }
}

fn web<T: JsCast>(expression: &str) -> T {
    js(expression).unchecked_into()
}

async fn settle(promise: js_sys::Promise) -> JsValue {
    wasm_bindgen_futures::JsFuture::from(promise).await.unwrap()
}

#[wasm_bindgen_test]
async fn a_web_request_is_sent_as_it_is() {
    let request = "new Request('http://a/x', { method: 'PUT', body: 'tea', headers: { 'x-own': '1' } })";
    let sent = shown(web::<web_sys::Request>(request).into()).await;
    assert_eq!(sent.get("method").as_deref(), Some("PUT"));
    assert_eq!(sent.get("url").as_deref(), Some("http://a/x"));
    assert_eq!((sent.get("body").as_deref(), sent.get("headers/x-own").as_deref()), (Some("tea"), Some("1")));
}

#[wasm_bindgen_test]
async fn options_are_set_over_those_of_a_web_request() {
    let request =
        "new Request('http://a/x', { method: 'POST', body: 'tea', headers: { 'x-own': '1', 'x-other': '2' } })";
    let request = Request::from(web::<web_sys::Request>(request)).header("x-own", 3).without_header("x-other");
    let sent = shown(request.clone().header("x-more", "4")).await;
    let header = |name: &str| sent.get(&format!("headers/{name}"));
    assert_eq!((header("x-own"), header("x-other"), header("x-more")), (Some("3".into()), None, Some("4".into())));
    assert_eq!((sent.get("method").as_deref(), sent.get("body").as_deref()), (Some("POST"), Some("tea")));

    let client = fetching(SHOW).build().unwrap();
    let again = client.send(request).await.unwrap_err();
    assert!(again.to_string().contains("already used"), "{again}");
    let tagged = Request::from(web::<web_sys::Request>("new Request('http://a/y')")).tag(5_u8).max_bytes(1);
    let error = client.send(tagged).await.unwrap_err();
    assert!(matches!(error, Error::Body { fault: BodyFault::TooLarge, .. }), "{error:?}");
    assert_eq!((error.tag::<u8>().as_deref(), error.url()), (Some(&5), "http://a/y".into()));
    let fixed = Request::from(web::<web_sys::Request>("new Request('http://a/y')")).query([("page", 1)]);
    let error = client.send(fixed).await.unwrap_err();
    assert!(error.to_string().contains("`searchParams` cannot be set over that of a web_sys::Request"), "{error}");
}

#[wasm_bindgen_test]
async fn a_web_request_keeps_its_own_signal() {
    let controller: web_sys::AbortController = web("new AbortController()");
    Reflect::set(&js_sys::global(), &"webSignalOfTest".into(), &controller.signal()).unwrap();
    let request = Request::from(web::<web_sys::Request>("new Request('http://a/', { signal: webSignalOfTest })"));
    let client = fetching(&hanging("webRequestOfTest")).build().unwrap();
    let mut sent = pin!(client.send(request.max_bytes(9)));
    assert!(poll(sent.as_mut()).is_pending());
    turns().await;
    controller.abort_with_reason(&"no more".into());
    let error = sent.await.unwrap_err();
    assert!(matches!(error, Error::Aborted { .. }), "{error:?}");
    assert_eq!(error.source().unwrap().to_string(), "no more");
    assert_eq!(counted("webRequestOfTest"), (1.0, 1.0));
}

#[wasm_bindgen_test]
async fn every_kind_of_body_is_sent() {
    let post = || Request::post("http://a/");
    let body = async |body: Body| shown(post().body(body)).await.get("body").unwrap();
    assert_eq!(body(web::<Blob>("new Blob(['a blob'])").into()).await, "a blob");
    assert_eq!(body(web::<js_sys::Uint8Array>("new TextEncoder().encode('bytes')").into()).await, "bytes");
    assert_eq!(body(web::<js_sys::ArrayBuffer>("new TextEncoder().encode('buffer').buffer").into()).await, "buffer");
    assert_eq!(body(web::<UrlSearchParams>("new URLSearchParams({ a: '1 2' })").into()).await, "a=1+2");
    assert_eq!(body(web::<ReadableStream>("new Blob(['a stream']).stream()").into()).await, "a stream");
    let form: FormData = web("(() => { const form = new FormData(); form.append('name', 'tea'); return form })()");
    let sent = shown(post().body(form)).await;
    assert!(sent.get("body").unwrap().contains("name=\"name\""), "{:?}", sent.get("body"));
    assert!(sent.get("headers/content-type").unwrap().starts_with("multipart/form-data"));
}

#[wasm_bindgen_test]
async fn a_form_is_sent_urlencoded_and_again_with_each_attempt() {
    let failing_once = format!(
        "(() => {{ let calls = 0; const show = {SHOW}; return (input, init) => (calls += 1) < 2 \
         ? new Request(input, init).text().then(() => new Response('', {{ status: 503 }})) : show(input, init) }})()"
    );
    let client = fetching(&failing_once).retry(Retry::new().delay(Duration::ZERO).methods(["POST"])).build().unwrap();
    let pairs = std::collections::BTreeMap::from([("item", "tea & milk"), ("grams", "100")]);
    let response = client.post("http://a/").form(&pairs).send().await.unwrap();
    let sent = Shown(response.value().unwrap());
    assert_eq!(response.attempts().len(), 2);
    assert_eq!(sent.get("body").as_deref(), Some("grams=100&item=tea+%26+milk"));
    assert!(sent.get("headers/content-type").unwrap().starts_with("application/x-www-form-urlencoded"));
}

#[wasm_bindgen_test]
async fn a_query_takes_anything_iterable_of_pairs() {
    let url = async |request: Request| shown(request).await.get("url").unwrap();
    let get = || Request::get("http://a/?q=0");
    assert_eq!(url(get().query([("a", 1), ("b", 2)])).await, "http://a/?q=0&a=1&b=2");
    assert_eq!(
        url(get().query(vec![(String::from("a"), "ä b")]).query(&[("c", true)])).await,
        "http://a/?q=0&a=%C3%A4+b&c=true"
    );
    assert_eq!(url(get().query(std::iter::once(("n", 1.5)))).await, "http://a/?q=0&n=1.5");
}

#[wasm_bindgen_test]
async fn headers_are_set_from_web_headers_and_pairs() {
    let headers: Headers = web("new Headers({ 'x-a': '1', 'x-b': '2' })");
    let sent = shown(Request::get("http://a/").js_headers(&headers).headers([("x-c", 3)])).await;
    let header = |name: &str| sent.get(&format!("headers/{name}")).unwrap();
    assert_eq!((header("x-a"), header("x-b"), header("x-c")), ("1".into(), "2".into(), "3".into()));
}

#[wasm_bindgen_test]
async fn a_response_converts_into_a_web_response_decoded() {
    let answer = "async () => new Response('tea', { status: 203, statusText: 'Fine', \
                  headers: { 'x-a': '1', 'content-encoding': 'x-tea', 'content-length': '99' } })";
    let response = fetching(answer).build().unwrap().get("http://a/").send().await.unwrap();
    assert_eq!(response.js_headers().unwrap().get("x-a").unwrap().as_deref(), Some("1"));
    let response = web_sys::Response::try_from(response).unwrap();
    assert_eq!((response.status(), response.status_text().as_str(), response.ok()), (203, "Fine", true));
    let header = |name: &str| response.headers().get(name).unwrap();
    assert_eq!((header("x-a"), header("content-encoding"), header("content-length")), (Some("1".into()), None, None));
    assert_eq!(settle(response.text().unwrap()).await, "tea");
}

#[wasm_bindgen_test]
async fn a_response_converts_without_a_body_but_not_with_an_odd_status() {
    let empty = fetching("async () => new Response(null, { status: 204 })").build().unwrap();
    let response: web_sys::Response = empty.get("http://a/").send().await.unwrap().try_into().unwrap();
    assert!(response.status() == 204 && response.body().is_none());
    let odd = "async () => Object.defineProperty(new Response('x'), 'status', { value: 999 })";
    let client = fetching(odd).http_errors(false).build().unwrap();
    let streamed = client.get("http://a/").stream().await.unwrap();
    assert!(matches!(web_sys::Response::try_from(streamed), Err(Error::Internal { .. })));
    turns().await;
    assert_eq!(client.stats().in_flight, 0);
    let error = web_sys::Response::try_from(client.get("http://a/").send().await.unwrap()).unwrap_err();
    assert!(matches!(error, Error::Internal { .. }), "{error:?}");
    assert!(error.to_string().contains("status 999") && error.source().is_some(), "{error}");
}

#[wasm_bindgen_test]
async fn a_streamed_response_converts_and_holds_its_slot_to_the_end() {
    let client = fetching("async () => new Response(new Blob(['one ', 'two']).stream(), { headers: { 'x-a': '1' } })");
    let client = client.build().unwrap();
    let response = client.get("http://a/").stream().await.unwrap();
    let response = web_sys::Response::try_from(response).unwrap();
    assert_eq!(response.headers().get("x-a").unwrap().as_deref(), Some("1"));
    assert_eq!(settle(response.text().unwrap()).await, "one two");
    turns().await;
    assert_eq!(client.stats().in_flight, 0);

    let endless = "async () => new Response(new ReadableStream({ \
                   pull(controller) { controller.enqueue(new Uint8Array(70_000)) } }))";
    let client = fetching(endless).build().unwrap();
    let mut body = client.get("http://a/").stream().await.unwrap();
    assert_eq!(body.next().await.unwrap().unwrap().len(), 70_000);
    let stream = ReadableStream::from(body);
    turns().await;
    assert!(client.stats().in_flight == 1 && !stream.locked());
    settle(stream.cancel()).await;
    turns().await;
    assert_eq!(client.stats().in_flight, 0);
}

#[wasm_bindgen_test]
async fn a_signal_aborts_one_request() {
    let controller: web_sys::AbortController = web("new AbortController()");
    let signal: AbortSignal = controller.signal();
    let client = fetching(&hanging("oneSignalOfTest")).build().unwrap();
    let mut sent = pin!(client.fetch_all([Request::get("http://a/1").signal(&signal), Request::get("http://a/2~")]));
    assert!(poll(sent.as_mut()).is_pending());
    turns().await;
    controller.abort();
    turns().await;
    assert_eq!(counted("oneSignalOfTest"), (2.0, 1.0));
}

#[wasm_bindgen_test]
async fn a_signal_of_a_client_aborts_each_request_of_its_calls() {
    let controller: web_sys::AbortController = web("new AbortController()");
    let client = fetching(&hanging("callSignalOfTest")).concurrency(2).build().unwrap();
    let call = client.extend().signal(&controller.signal()).build().unwrap();
    let mut all = pin!(call.fetch_all(["http://a/1", "http://a/2", "http://a/3"]));
    let mut each = call.fetch_each((0..).map(|n| format!("http://b/{n}")));
    assert!(poll(all.as_mut()).is_pending());
    assert!(poll(pin!(each.next())).is_pending());
    turns().await;
    controller.abort();
    let results = all.await;
    assert_eq!(results.len(), 3);
    assert!(results.iter().all(|result| matches!(result, Err(Error::Aborted { .. }))), "{results:?}");
    let rest: Vec<_> = each.collect().await;
    assert!(rest.iter().all(|result| matches!(result, Err(Error::Aborted { .. }))), "{rest:?}");
    assert_eq!(counted("callSignalOfTest"), (2.0, 2.0));
    assert!(matches!(call.get("http://a/4").send().await, Err(Error::Aborted { .. })));
    assert_eq!((client.stats().in_flight, client.stats().queued), (0, 0));
}

#[wasm_bindgen_test]
async fn a_bad_header_fails_the_request_of_its_hook() {
    let client = fetching(ECHO).before_request(|request| request.set_header("x", "a\nb\0")).build().unwrap();
    let error = client.get("http://a/").send().await.unwrap_err();
    assert!(matches!(error, Error::Hook { .. }), "{error:?}");
    assert!(error.source().is_some());
}
