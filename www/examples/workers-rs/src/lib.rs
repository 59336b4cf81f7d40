//! Takes a list of addresses as JSON, and answers with the result of each.

use std::time::Duration;

use fanfetch::{Client, Error, Response};
use serde::Serialize;
use worker::{Context, Env, Request, event};

thread_local! {
    /// Options and rate limits are shared by all invocations; slots, queues and timers belong to each call.
    static CLIENT: Client = Client::builder()
        .timeout(Duration::from_secs(5))
        .deadline(Duration::from_secs(20))
        // Limit of an invocation on the free plan.
        .max_fetches(50)
        .build()
        .expect("all options are valid");
}

#[derive(Serialize)]
struct Line {
    url: String,
    status: Option<u16>,
    bytes: Option<usize>,
    attempts: usize,
    error: Option<String>,
}

#[event(fetch)]
async fn fetch(mut request: Request, _: Env, _: Context) -> worker::Result<worker::Response> {
    let Ok(urls) = request.json::<Vec<String>>().await else {
        return worker::Response::error("POST a list of addresses as JSON", 400);
    };
    let results = CLIENT.with(Client::clone).fetch_all(urls).await;
    worker::Response::from_json(&results.iter().map(line).collect::<Vec<_>>())
}

fn line(result: &Result<Response, Error>) -> Line {
    match result {
        Ok(response) => Line {
            url: response.url(),
            status: Some(response.status()),
            bytes: Some(response.size()),
            attempts: response.attempts().len(),
            error: None,
        },
        Err(error) => Line {
            url: error.url(),
            status: error.status(),
            bytes: None,
            attempts: error.attempts().len(),
            error: Some(error.code()),
        },
    }
}
