//! What a result says, told to the exchange that makes it.

use wasm_bindgen::prelude::*;

use crate::core::error::{Failure, Phase};
use crate::pipeline::History;
use crate::pipeline::history::Attempt;

use crate::js::exchange::Exchange;
use crate::js::input::Request;

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

/// The same of one that need not be the end; gives the number of attempts.
pub(in crate::js) fn fail_so_far(exchange: &Exchange, request: &Request, history: &History, failure: Failure) -> f64 {
    let number = history.attempts.len();
    fail(exchange, request, number, failure, history.attempts.last());
    number as f64
}

/// Whether the same request may succeed later, as the error says.
fn retryable(failure: Failure) -> bool {
    match failure {
        Failure::Http { status, .. } => crate::core::retry::STATUS_CODES.contains(&status),
        Failure::Timeout { .. } | Failure::Budget => true,
        other => other.is_transient(),
    }
}

/// A failure in numbers: its kind, and what that has to say. The orders are those of `result.js`.
fn code(failure: Failure) -> (f64, f64) {
    match failure {
        Failure::Http { status } => (0.0, status.into()),
        Failure::Network { .. } => (1.0, 0.0),
        Failure::Timeout { phase } => (2.0, (phase as u32).into()),
        Failure::Aborted => (3.0, 0.0),
        Failure::Body(fault) => (4.0, (fault as u32).into()),
        Failure::Budget => (5.0, 0.0),
        Failure::Input => (6.0, 0.0),
        Failure::Hook => (7.0, 0.0),
        Failure::Closed => (8.0, 0.0),
    }
}
