//! Options of clients and requests.

use super::*;

#[wasm_bindgen_test]
async fn an_invalid_request_fails_alone() {
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
    says(3, "cannot be set from Rust");
    says(4, "did you mean `credentials`");
}

#[wasm_bindgen_test]
fn an_invalid_option_is_named_when_the_client_is_built() {
    let refused = |builder: ClientBuilder| match builder.build() {
        Err(Error::Option { option, .. }) => option,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(Client::builder().base_url("/v1")), "baseUrl");
    assert_eq!(refused(Client::builder().timeout(Duration::ZERO)), "timeout.attempt");
    assert_eq!(refused(Client::builder().header("x", "\n")), "headers.x");
    assert_eq!(refused(Client::builder().option("signal", js("new AbortController().signal"))), "signal");
    assert_eq!(refused(Client::builder().concurrency(0)), "concurrency");
    assert_eq!(refused(Client::builder().concurrency_per_host(0)), "concurrencyPerHost");
    assert_eq!(refused(Client::builder().rate_limit(RateLimit::new(0, Duration::from_secs(1)))), "rateLimit.limit");
    assert_eq!(refused(Client::builder().option("hegde", true)), "hegde");
    assert_eq!(refused(Client::builder().option("headers", js("new Headers()")).header("x-a", 1)), "headers");
}

#[wasm_bindgen_test]
async fn each_method_of_a_builder_sets_a_known_option() {
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
        .concurrency(3)
        .concurrency_per_host(2)
        .rate_limit(RateLimit::new(100, second).per_host())
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
        .signal(&js("new AbortController().signal").unchecked_into());
    assert_eq!(request.send().await.unwrap().text(), "/all");
    assert_eq!(client.get("http://a/").no_timeout().discard_body().send().await.unwrap().size(), 0);
}

#[wasm_bindgen_test]
async fn a_method_adds_to_a_group_that_was_given_by_name() {
    let hooks = js("globalThis.hooksOfTest = { beforeRequest: [({ request }) => request.headers.set('x-js', '1')] }");
    let client = fetching("async (url, { headers }) => Response.json(Object.fromEntries(new Headers(headers)))")
        .option("hooks", hooks)
        .before_request(|request| request.set_header("x-rust", "2"))
        .option("retry", 5)
        .retry(Retry::new().limit(1))
        .build()
        .unwrap();
    assert_eq!(client.get("http://a/").send().await.unwrap().text(), r#"{"x-js":"1","x-rust":"2"}"#);
    assert_eq!(js("hooksOfTest.beforeRequest.length"), 1);
}

#[wasm_bindgen_test]
async fn a_call_is_limited_by_deadline_and_max_fetches() {
    let client = fetching(&hanging("limitedByTest")).deadline(Duration::from_millis(20)).build().unwrap();
    let error = client.get("http://a/").send().await.unwrap_err();
    assert!(matches!(error, Error::Timeout { phase: Phase::Deadline, .. }), "{error:?}");
    let client = fetching(ECHO).max_fetches(2).build().unwrap();
    let results = client.fetch_all(["http://a/1", "http://a/2", "http://a/3"]).await;
    assert!(matches!(&results[..], [Ok(_), Ok(_), Err(Error::Budget { .. })]), "{results:?}");
}

#[wasm_bindgen_test]
async fn options_of_a_request_are_sent() {
    let mirror = "async (url, init) => new Response(JSON.stringify({ url, method: init.method, headers: init.headers, \
                  body: typeof init.body === 'string' ? init.body : new TextDecoder().decode(init.body), cache: init.cache }))";
    let client = fetching(mirror)
        .base_url("http://a/v1/")
        .header("x-client", "1")
        .header("x-gone", "1")
        .query([("from", "client")])
        .before_request(|request| request.set_header("x-hook", &format!("{} {}", request.method(), request.attempt())))
        .build()
        .unwrap();
    let request = client
        .post("things")
        .bearer_auth("token")
        .header("x-own", "2")
        .header("x-own", "3")
        .without_header("x-gone")
        .query([("q", "tea & milk")])
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
async fn an_auth_closure_is_called_again_once_for_all_after_a_401() {
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
