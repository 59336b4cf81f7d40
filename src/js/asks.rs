//! What the user's functions are asked and told.

use wasm_bindgen::prelude::*;

use crate::core::Millis;
use crate::core::error::Failure;
use crate::core::retry::Wait;
use crate::core::time::LONGEST_TIMER;
use crate::pipeline::Story;

use super::request::Request;
use super::result;
use super::wire::Wire;

/// What hooks and `shouldRetry` are told of a retry.
pub(super) fn retry_context(wire: &Wire, request: &Request, story: &Story, failure: Failure, wait: Wait) -> JsValue {
    let number = story.attempts.len() as u32;
    let error = result::error(request, wire, number, failure, story.retry_after());
    result::retry_context(&request.info, &wire.js, number, &error, wait.delay)
}

/// A number in place of the computed one, should the user have a function for that.
pub(super) fn ask_number(wire: &Wire, ask: Option<js_sys::Function>, about: f64) -> Result<Option<Millis>, Failure> {
    let Some(ask) = ask else { return Ok(None) };
    let answer = ask.call1(&JsValue::UNDEFINED, &about.into()).map_err(|error| thrown(wire, &error))?;
    // What is no delay is none: a NaN here must neither storm nor stall.
    Ok(Some(answer.as_f64().filter(|delay| *delay >= 0.0).unwrap_or(0.0).min(LONGEST_TIMER)))
}

/// Whether the user's function says yes to a status.
pub(super) fn ask_whether(wire: &Wire, ask: Option<js_sys::Function>, status: u16) -> Result<bool, Failure> {
    let Some(ask) = ask else { return Ok(false) };
    let answer = ask.call1(&JsValue::UNDEFINED, &status.into()).map_err(|error| thrown(wire, &error))?;
    Ok(answer.is_truthy())
}

/// What a function of the user's threw is kept for the error.
fn thrown(wire: &Wire, error: &JsValue) -> Failure {
    wire.js.set_error(error);
    Failure::Hook
}
