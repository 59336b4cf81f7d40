//! Results, told to the exchange that makes them.

mod stats;

use wasm_bindgen::prelude::*;

use crate::core::error::{Failure, Phase};
use crate::pipeline::History;
use crate::pipeline::history::Attempt;

use crate::js::exchange::Exchange;
use crate::js::input::Request;
use crate::js::protocol::*;

pub use stats::stats_of;

#[wasm_bindgen]
extern "C" {
    /// The result of one request.
    pub(in crate::js) type Outcome;
    #[wasm_bindgen(method, getter)]
    pub(in crate::js) fn ok(this: &Outcome) -> f64;
    #[wasm_bindgen(method, getter)]
    pub(in crate::js) fn error(this: &Outcome) -> JsValue;
}

/// The result of one request.
pub(crate) fn outcome(
    index: u32,
    exchange: &Exchange,
    request: &Request,
    history: &History,
    ended: Result<(), Failure>,
) -> JsValue {
    for attempt in &history.attempts {
        let (kind, detail) = attempt.failure.map_or((-1.0, 0.0), code);
        let (delay, by) = attempt.wait.map_or((0.0, -1.0), |wait| (wait.delay, (wait.by as u32).into()));
        exchange.js.record(attempt.started_at, attempt.duration, attempt.status.into(), kind, detail, delay, by);
    }
    if let Err(cause) = ended {
        fail(exchange, request, history.attempts.len(), cause, history.attempts.last());
    }
    let bytes = history.bytes.unwrap_or(-1.0);
    exchange.js.result(ended.is_ok().into(), index.into(), history.queued, history.waited, history.total, bytes)
}

/// Makes the error that a failure is for the user, after so many attempts, of which this is the last.
pub(in crate::js) fn fail(
    exchange: &Exchange,
    request: &Request,
    attempts: usize,
    failure: Failure,
    last: Option<&Attempt>,
) {
    let (kind, detail) = code(failure);
    let limit = match failure {
        Failure::Timeout { phase: Phase::Deadline } => request.rules.deadline,
        Failure::Timeout { phase } => match last {
            Some(last) if !failure.is_final() => last.limit,
            _ => request.rules.policy.timeout.limit(phase),
        },
        _ => last.and_then(|last| last.retry_after).unwrap_or(-1.0),
    };
    exchange.js.blame(attempts as f64, kind, detail, limit, retryable(failure).into());
}

/// Makes the error of a failure that need not be the end. Returns the number of attempts.
pub(in crate::js) fn fail_so_far(exchange: &Exchange, request: &Request, history: &History, failure: Failure) -> f64 {
    let number = history.attempts.len();
    fail(exchange, request, number, failure, history.attempts.last());
    number as f64
}

/// Returns true if the same request may succeed later: `error.retryable`.
fn retryable(failure: Failure) -> bool {
    match failure {
        Failure::Http { status, .. } => crate::core::retry::STATUS_CODES.contains(&status),
        Failure::Timeout { .. } | Failure::Budget => true,
        other => other.is_transient(),
    }
}

/// A failure in numbers: its kind, and what that has to say.
fn code(failure: Failure) -> (f64, f64) {
    let (kind, detail) = match failure {
        Failure::Http { status } => (FAILURE_HTTP, status.into()),
        Failure::Network { .. } => (FAILURE_NETWORK, 0),
        Failure::Timeout { phase } => (FAILURE_TIMEOUT, phase as i32),
        Failure::Aborted => (FAILURE_ABORTED, 0),
        Failure::Body(fault) => (FAILURE_BODY, fault as i32),
        Failure::Budget => (FAILURE_BUDGET, 0),
        Failure::Input => (FAILURE_INPUT, 0),
        Failure::Hook => (FAILURE_HOOK, 0),
        Failure::Closed => (FAILURE_CLOSED, 0),
    };
    (kind.into(), detail.into())
}
