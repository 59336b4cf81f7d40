//! Values of any type that come back with results.

use super::*;

#[wasm_bindgen_test]
async fn each_result_has_the_tag_of_its_request_by_type() {
    #[derive(Debug, PartialEq)]
    struct Order(u32);

    let client = fetching(ECHO).build().unwrap();
    let requests = (0..4).map(|n| {
        let request = Request::get(format!("http://a/{n}~{}", 8 - n));
        if n == 3 { request } else { request.tag(Order(n)) }
    });
    let results: Vec<Response> = client.fetch_each(requests).try_collect().await.unwrap();
    for response in &results {
        let order = response.tag::<Order>().map(|order| order.0);
        assert_eq!(order, Some(response.index() as u32).filter(|n| *n < 3));
        assert!(response.tag::<u32>().is_none());
    }
    let error = client.get("nonsense").tag(Order(9)).send().await.unwrap_err();
    assert_eq!(error.tag::<Order>().as_deref(), Some(&Order(9)));
    let of_json = client.get("http://a/").tag(Order(10)).send().await.unwrap().value().unwrap_err();
    assert_eq!(of_json.tag::<Order>().as_deref(), Some(&Order(10)));
}

#[wasm_bindgen_test]
async fn a_tag_is_dropped_with_the_last_result_that_has_it() {
    let dropped = Rc::new(Cell::new(false));
    let seen = Rc::new(Cell::new(false));
    let sees = Rc::clone(&seen);
    let is_tagged = move |result: &Result<Response, Error>| {
        sees.set(result.as_ref().is_ok_and(|response| response.tag::<DropFlag>().is_some()));
    };
    let client = fetching(ECHO).on_result(is_tagged).build().unwrap();
    let response = client.get("http://a/").tag(DropFlag(Rc::clone(&dropped))).send().await.unwrap();
    turns().await;
    assert!(seen.get(), "a hook sees the tag");
    let other = response.clone();
    drop(response);
    assert!(!dropped.get());
    drop(other);
    assert!(dropped.get());
}

#[wasm_bindgen_test]
async fn a_tag_is_dropped_with_a_call_that_is_given_up() {
    let dropped = Rc::new(Cell::new(false));
    let client = fetching(&hanging("tagByTest")).build().unwrap();
    let results = client.fetch_each([Request::get("http://a/").tag(DropFlag(Rc::clone(&dropped)))]);
    assert_dropped_with(results, &dropped).await;
}

#[wasm_bindgen_test]
async fn a_request_that_is_sent_twice_keeps_its_tag() {
    let client = fetching(ECHO).build().unwrap();
    let request = Request::get("http://a/").tag(String::from("both"));
    for result in client.fetch_all([request.clone(), request]).await {
        assert_eq!(result.unwrap().tag::<String>().unwrap().as_str(), "both");
    }
}

#[wasm_bindgen_test]
async fn a_long_stream_keeps_the_tags_of_unread_results_alone() {
    let live = Rc::new(());
    let held = Rc::clone(&live);
    let requests = (0..).map(move |n| Request::get(format!("http://a/{n}~{}", n % 3)).tag(Rc::clone(&held)));
    let client = fetching(ECHO).concurrency(4).build().unwrap();
    let mut results = client.fetch_each(requests).high_water_mark(4);
    for _ in 0..50 {
        assert!(results.next().await.unwrap().unwrap().tag::<Rc<()>>().is_some());
    }
    // The test's own and the iterator's, those in flight, and those unread.
    assert!(Rc::strong_count(&live) <= 2 + 4 + 4, "{} left", Rc::strong_count(&live));
}
