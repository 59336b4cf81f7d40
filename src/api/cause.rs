//! What errors have in common, and what is behind them.

use std::fmt;

use wasm_bindgen::prelude::*;

use super::js::{self, Fault, Outcome, Thrown};

/// Most causes of causes.
const CAUSES: u32 = 8;

/// Whose error it is.
#[derive(Clone)]
pub struct Context {
    pub(super) fault: Fault,
    pub(super) outcome: Option<Outcome>,
}

/// What JavaScript threw, or the host.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}", js::words_of(.js))]
pub struct Cause {
    js: JsValue,
    source: Option<Box<Self>>,
}

impl fmt::Display for Context {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.fault.message())
    }
}

/// The error of JavaScript's holds headers and the like, which are not shown.
impl fmt::Debug for Context {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}", self.fault.message())
    }
}

impl Cause {
    /// That of an error, with its own causes.
    pub(super) fn of(error: &JsValue) -> Option<Self> {
        Self::at(error, CAUSES)
    }

    fn at(error: &JsValue, most: u32) -> Option<Self> {
        if most == 0 || !error.is_object() {
            return None;
        }
        let js = error.unchecked_ref::<Thrown>().cause();
        if js.is_undefined() {
            return None;
        }
        let source = Self::at(&js, most - 1).map(Box::new);
        Some(Self { js, source })
    }

    /// What was thrown.
    #[must_use]
    pub fn js(&self) -> JsValue {
        self.js.clone()
    }
}
