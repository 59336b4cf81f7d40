//! Errors: their contents, their sources, and no secrets.

use super::*;

#[wasm_bindgen_test]
fn responses_and_errors_are_send_and_sync() {
    fn goes_anywhere<T: Send + Sync + 'static>() {}
    goes_anywhere::<Response>();
    goes_anywhere::<Error>();
}

#[wasm_bindgen_test]
async fn debug_and_display_show_no_secret() {
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
async fn a_timeout_names_its_phase_and_limit() {
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
async fn a_failure_is_retried_and_each_attempt_is_recorded() {
    let flaky =
        "(() => { let calls = 0; return async () => new Response('', { status: (calls += 1) < 3 ? 503 : 200 }) })()";
    let seen = Rc::new(RefCell::new(Vec::new()));
    let sees = Rc::clone(&seen);
    let client = fetching(flaky)
        .retry(Retry::new().jitter(Jitter::None))
        .retry_delay(|number| Duration::from_millis(number.into()))
        .before_retry(move |retry| sees.borrow_mut().push((retry.attempt(), retry.delay(), retry.error().status())))
        .build()
        .unwrap();
    let attempts = client.get("http://a/").send().await.unwrap().attempts();
    let statuses: Vec<_> = attempts.iter().map(|attempt| attempt.status).collect();
    assert_eq!(statuses, [Some(503), Some(503), Some(200)]);
    assert_eq!(attempts[1].delay, Some((Duration::from_millis(2), DelayedBy::Backoff)));
    assert_eq!(attempts[1].code.as_deref(), Some("HTTP"));
    let millis = Duration::from_millis;
    assert_eq!(*seen.borrow(), [(1, millis(1), Some(503)), (2, millis(2), Some(503))]);
}

#[wasm_bindgen_test]
async fn a_status_is_an_error_or_a_success_by_option() {
    let refusing =
        "async () => Response.json({ why: 'tea' }, { status: 418, headers: { 'x-kind': 'pot', 'retry-after': '7' } })";
    let client = fetching(refusing).build().unwrap();
    let error = client.get("http://a/").tag("mine").send().await.unwrap_err();
    assert!(matches!(error, Error::Http { status: 418, .. }));
    assert_eq!((error.status(), error.header("X-Kind")), (Some(418), Some("pot".into())));
    assert_eq!(Reflect::get(&error.data(), &"why".into()).unwrap(), "tea");
    assert_eq!((error.index(), error.tag().as_deref()), (Some(0), Some(&"mine")));
    assert!(!error.retryable() && error.source().is_none());

    let tolerant = client.extend().http_errors(false).build().unwrap();
    assert_eq!(tolerant.get("http://a/").send().await.unwrap().status(), 418);
    let picky = client.extend().http_errors_if(|status| status != 418).build().unwrap();
    assert_eq!(picky.get("http://a/").send().await.unwrap().text(), r#"{"why":"tea"}"#);
}

#[wasm_bindgen_test]
async fn a_thrown_error_is_the_source_and_its_cause_the_next_source() {
    let client = fetching("() => { throw new Error('outer', { cause: new Error('inner') }) }").build().unwrap();
    let error = client.get("http://a/").send().await.unwrap_err();
    assert!(matches!(error, Error::Network { .. }));
    let outer = error.source().unwrap();
    assert_eq!((outer.to_string(), outer.source().unwrap().to_string()), ("outer".into(), "inner".into()));
    assert!(!error.retryable());
}
