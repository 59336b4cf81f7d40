//! What the user's functions are asked.

use crate::core::Millis;
use crate::core::error::Failure;
use crate::core::time::LONGEST_TIMER;

use super::wire::Wire;

/// Functions of the user's that are asked; the order is that of `decide` in `callbacks.js`.
#[derive(Clone, Copy)]
pub(super) enum Ask {
    Delay,
    Jitter,
    ThrowHttpErrors,
}

/// What such a function makes of a number, should there be one.
pub(super) fn ask(wire: &Wire, which: Ask, about: f64) -> Result<Option<Millis>, Failure> {
    let said = wire.js.decide((which as u32).into(), about);
    if said < 0.0 {
        return Err(Failure::Hook);
    }
    Ok((!said.is_nan()).then(|| said.min(LONGEST_TIMER)))
}
