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
    let error = result::error(request, wire, number, failure, story.attempts.last());
    result::retry_context(&request.info, &wire.js, number, &error, wait.delay)
}

/// Functions of the user's that are asked; the order is that of `ask` in `wire.js`.
#[derive(Clone, Copy)]
pub(super) enum Ask {
    Delay,
    Jitter,
    ThrowHttpErrors,
}

/// What such a function makes of a number, should there be one.
pub(super) fn ask(wire: &Wire, request: &Request, which: Ask, about: f64) -> Result<Option<Millis>, Failure> {
    let said = wire.js.ask(&request.rules.asks, which as u32, about);
    if said < 0.0 {
        return Err(Failure::Hook);
    }
    Ok((!said.is_nan()).then(|| said.min(LONGEST_TIMER)))
}
