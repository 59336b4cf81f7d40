//! What the user's functions are asked.

use crate::core::Millis;
use crate::core::error::Failure;
use crate::core::time::LONGEST_TIMER;

use crate::js::exchange::Exchange;

/// What such a function makes of a number, should there be one.
pub(in crate::js) fn ask(exchange: &Exchange, which: i32, about: f64) -> Result<Option<Millis>, Failure> {
    let said = exchange.js.decide(which.into(), about);
    if said < 0.0 {
        return Err(Failure::Hook);
    }
    Ok((!said.is_nan()).then(|| said.min(LONGEST_TIMER)))
}
