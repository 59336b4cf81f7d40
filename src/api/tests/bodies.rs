//! Bodies read chunk by chunk.

use super::*;

/// Answers with a body of three chunks, followed by an expression on its controller.
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
async fn a_body_is_read_chunk_by_chunk() {
    let client = fetching(&chunked("controller.close()")).build().unwrap();
    let mut body = client.get("http://a/").stream().await.unwrap();
    assert_eq!((body.head().status(), body.head().header("x-kind").as_deref()), (200, Some("chunks")));
    assert_eq!((body.head().size(), client.stats().in_flight), (0, 1));
    let chunks: Vec<_> = body.by_ref().try_collect().await.unwrap();
    assert_eq!(chunks, [b"1", b"2", b"3"]);
    assert!(body.next().await.is_none());
    turns().await;
    assert_eq!(client.stats().in_flight, 0);
    assert!(body.head().js().is_some(), "a response that was handed out is kept");
    let read = fetching("async () => new Response('x', { statusText: 'Fine' })").build().unwrap();
    let read = read.get("http://a/").send().await.unwrap();
    assert_eq!((read.text(), read.status_text(), read.redirected()), ("x".into(), "Fine".into(), false));
    assert!(read.js().is_none(), "a response whose body was read is released");
    let empty = fetching("async () => new Response(null, { status: 204 })").build().unwrap();
    assert!(empty.get("http://a/").stream().await.unwrap().next().await.is_none());
}

#[wasm_bindgen_test]
async fn a_body_that_is_dropped_silent_or_broken_frees_its_slot() {
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
