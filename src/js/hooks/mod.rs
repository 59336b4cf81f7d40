//! What the user's functions are asked.

use crate::core::Millis;
use crate::core::error::Failure;
use crate::core::time::LONGEST_TIMER;

use crate::js::exchange::Exchange;

/// Functions of the user's that are asked; the order is that of `decide` in `callbacks.js`.
#[derive(Clone, Copy)]
pub(in crate::js) enum Ask {
    Delay,
    Jitter,
    ThrowHttpErrors,
}

/// What such a function makes of a number, should there be one.
pub(in crate::js) fn ask(exchange: &Exchange, which: Ask, about: f64) -> Result<Option<Millis>, Failure> {
    let said = exchange.js.decide((which as u32).into(), about);
    if said < 0.0 {
        return Err(Failure::Hook);
    }
    Ok((!said.is_nan()).then(|| said.min(LONGEST_TIMER)))
}
