//! Bodies as types, by JSON.

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
async fn a_type_is_sent_and_received_as_json() {
    let mirror =
        "async (url, { body, headers }) => new Response(body, { headers: { 'x-type': headers['content-type'] } })";
    let client = fetching(mirror).build().unwrap();
    let response = client.post("http://a/").json(&tea()).send().await.unwrap();
    assert_eq!(response.header("x-type").as_deref(), Some("application/json"));
    assert_eq!(response.text(), r#"{"name":"čaj 茶","grams":3,"milk":null,"tags":["green"]}"#);
    assert_eq!(response.json::<Tea>().unwrap(), tea());
}

#[wasm_bindgen_test]
async fn json_that_does_not_fit_is_an_error_that_says_where() {
    let client = fetching("async () => Response.json({ name: 'x', grams: 'many', tags: [] })").build().unwrap();
    let response = client.get("http://a/").send().await.unwrap();
    let error = response.json::<Tea>().unwrap_err();
    assert!(matches!(error, Error::Body { fault: BodyFault::Schema, status: 200, .. }), "{error:?}");
    let why = error.source().unwrap().to_string();
    assert!(why.contains("expected u32"), "{why}");
    assert_eq!((error.code(), error.index()), ("BODY_SCHEMA".into(), Some(0)));
}

#[wasm_bindgen_test]
async fn a_body_that_is_not_json_is_an_error_without_a_quote() {
    let client = fetching("async () => new Response('<secret>')").build().unwrap();
    let error = client.get("http://a/").send().await.unwrap().json::<Tea>().unwrap_err();
    assert!(matches!(error, Error::Body { fault: BodyFault::Parse, .. }));
    assert!(!format!("{error} {error:?}").contains("secret"));
    assert_eq!(error.url(), "http://a/");
}

#[wasm_bindgen_test]
async fn an_empty_body_is_none_or_unit() {
    let client = fetching("async () => new Response(null, { status: 204 })").build().unwrap();
    let response = client.get("http://a/").send().await.unwrap();
    assert_eq!((response.status(), response.size(), response.text()), (204, 0, String::new()));
    assert_eq!(response.json::<Option<Tea>>().unwrap(), None);
    response.json::<()>().unwrap();
}

#[wasm_bindgen_test]
async fn a_value_that_json_cannot_represent_fails_the_request() {
    let client = fetching(ECHO).build().unwrap();
    let error = client.post("http://a/").json(&u64::MAX).send().await.unwrap_err();
    assert!(matches!(error, Error::Input { .. }));
    assert!(error.to_string().contains("`json` cannot be serialised"), "{error}");
}
