//! Results and errors: what the engine knows of a request, made into what the user is given.

use js_sys::Array;
use wasm_bindgen::prelude::*;

use crate::core::error::{Failure, Phase};
use crate::pipeline::Story;
use crate::pipeline::story::Attempt;

use super::request::{Request, RequestInfo};
use super::wire::{JsWire, Wire};

#[wasm_bindgen(module = "/src/js/result.js")]
extern "C" {
    fn record(
        list: &Array,
        started_at: f64,
        duration: f64,
        status: u16,
        kind: i32,
        detail: u32,
        delay: f64,
        delayed_by: i32,
    );
    fn success(
        index: u32,
        request: &RequestInfo,
        wire: &JsWire,
        queued: f64,
        waited: f64,
        total: f64,
        bytes: f64,
        started_at: f64,
        duration: f64,
        attempts: Option<&Array>,
    ) -> JsValue;
    fn failure(
        index: u32,
        request: &RequestInfo,
        wire: &JsWire,
        queued: f64,
        waited: f64,
        total: f64,
        attempts: &Array,
        error: &JsValue,
    ) -> JsValue;
    fn failed(
        request: &RequestInfo,
        wire: &JsWire,
        attempts: u32,
        kind: i32,
        detail: u32,
        limit: f64,
        retryable: bool,
    ) -> JsValue;
    #[wasm_bindgen(js_name = retryContext)]
    pub(crate) fn retry_context(
        request: &RequestInfo,
        wire: &JsWire,
        attempt: u32,
        error: &JsValue,
        delay: f64,
    ) -> JsValue;
    #[wasm_bindgen(js_name = errorOf)]
    pub(crate) fn error_of(outcome: &JsValue) -> Option<JsValue>;
}

/// The result of one request.
pub(crate) fn outcome(
    index: u32,
    wire: &Wire,
    request: &Request,
    story: &Story,
    ended: Result<(), Failure>,
) -> JsValue {
    let (queued, waited, total) = (story.queued, story.waited, story.total);
    match (ended, &*story.attempts) {
        (Ok(()), [only]) => {
            let (bytes, started_at) = (story.bytes.unwrap_or(-1.0), only.started_at);
            success(index, &request.info, &wire.js, queued, waited, total, bytes, started_at, only.duration, None)
        }
        (Ok(()), _) => {
            let (bytes, attempts) = (story.bytes.unwrap_or(-1.0), attempts(story));
            success(index, &request.info, &wire.js, queued, waited, total, bytes, 0.0, 0.0, Some(&attempts))
        }
        (Err(cause), _) => {
            let error = error(request, wire, story.attempts.len() as u32, cause, story.attempts.last());
            failure(index, &request.info, &wire.js, queued, waited, total, &attempts(story), &error)
        }
    }
}

/// The error that a failure is for the user, after its last attempt.
pub(crate) fn error(
    request: &Request,
    wire: &Wire,
    attempts: u32,
    failure: Failure,
    last: Option<&Attempt>,
) -> JsValue {
    let (kind, detail) = code(failure);
    let limit = match failure {
        Failure::Timeout { phase: Phase::Deadline } => request.rules.deadline,
        Failure::Timeout { phase } => match last {
            Some(last) if !failure.is_final() => last.limit,
            _ => request.rules.policy.timeout.limit(phase),
        },
        _ => last.and_then(|last| last.retry_after).unwrap_or(-1.0),
    };
    failed(&request.info, &wire.js, attempts, kind, detail, limit, retryable(failure))
}

/// Whether the same request may succeed later, as the error says.
fn retryable(failure: Failure) -> bool {
    match failure {
        Failure::Http { status, .. } => crate::core::retry::STATUS_CODES.contains(&status),
        Failure::Timeout { .. } | Failure::Budget => true,
        other => other.is_transient(),
    }
}

fn attempts(story: &Story) -> Array {
    let list = Array::new();
    for attempt in &story.attempts {
        let (kind, detail) = attempt.failure.map_or((-1, 0), code);
        let (delay, by) = attempt.wait.map_or((0.0, -1), |wait| (wait.delay, wait.by as i32));
        record(&list, attempt.started_at, attempt.duration, attempt.status, kind, detail, delay, by);
    }
    list
}

/// A failure in numbers: its kind, and what that has to say. The orders are those of `result.js`.
fn code(failure: Failure) -> (i32, u32) {
    match failure {
        Failure::Http { status } => (0, status.into()),
        Failure::Network { .. } => (1, 0),
        Failure::Timeout { phase } => (2, phase as u32),
        Failure::Aborted => (3, 0),
        Failure::Body(fault) => (4, fault as u32),
        Failure::Budget => (5, 0),
        Failure::Input => (6, 0),
        Failure::Hook => (7, 0),
        Failure::Closed => (8, 0),
    }
}
