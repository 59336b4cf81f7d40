//! Answers a POST of a list of addresses, as JSON, with the result of each, and a GET of `/?url=…` with the response of that
//! address, streamed through.

use std::time::Duration;

use fanfetch::{Client, Error, Response};
use serde::Serialize;
use worker::{Context, Env, Method, Request, event, web_sys};

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
async fn fetch(request: Request, _: Env, _: Context) -> worker::Result<worker::Response> {
    if request.method() == Method::Post { summary(request).await } else { passed_on(&request).await }
}

async fn summary(mut request: Request) -> worker::Result<worker::Response> {
    let Ok(urls) = request.json::<Vec<String>>().await else {
        return worker::Response::error("POST a list of addresses as JSON", 400);
    };
    let results = CLIENT.with(Client::clone).fetch_all(urls).await;
    worker::Response::from_json(&results.iter().map(line).collect::<Vec<_>>())
}

/// Gives the response as soon as its headers are there. Retries come before that; a failing status is passed on as well.
async fn passed_on(request: &Request) -> worker::Result<worker::Response> {
    let Some((_, address)) = request.url()?.query_pairs().into_owned().find(|(name, _)| name == "url") else {
        return worker::Response::error("give an address as `url`", 400);
    };
    let response = CLIENT.with(Client::clone).get(address).http_errors(false).stream().await;
    match response.and_then(web_sys::Response::try_from) {
        Ok(response) => Ok(response.into()),
        Err(error) => worker::Response::error(error.to_string(), 502),
    }
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
