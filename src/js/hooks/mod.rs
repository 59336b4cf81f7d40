//! Questions to functions of the user.

use crate::core::Millis;
use crate::core::error::Failure;
use crate::core::time::LONGEST_TIMER;

use crate::js::exchange::Exchange;

/// Asks a function for a number; `None` if there is none.
pub(in crate::js) fn ask(exchange: &Exchange, which: i32, about: f64) -> Result<Option<Millis>, Failure> {
    let said = exchange.js.decide(which.into(), about);
    if said < 0.0 {
        return Err(Failure::Hook);
    }
    Ok((!said.is_nan()).then(|| said.min(LONGEST_TIMER)))
}
