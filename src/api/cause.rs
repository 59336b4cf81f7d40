//! Parts that all errors have in common, and the values that caused them.

use std::fmt;

use wasm_bindgen::prelude::*;

use super::bindings::{self, FanFetchError, FetchResult, Thrown};
use super::tag::Tag;

/// Limit of the chain of causes, which may be circular.
const MAX_DEPTH: u32 = 8;

/// Context of an error: its message, and the request that it belongs to.
#[derive(Clone)]
pub struct ErrorContext {
    pub(super) error: FanFetchError,
    pub(super) result: Option<FetchResult>,
    pub(super) tag: Option<Tag>,
}

/// A value thrown by JavaScript or the host, as the source of an error.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}", bindings::message_of(.js))]
pub struct Cause {
    js: JsValue,
    source: Option<Box<Self>>,
}

impl fmt::Display for ErrorContext {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.error.message())
    }
}

/// Shows the message alone: the JavaScript error holds headers, which may be secrets.
impl fmt::Debug for ErrorContext {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}", self.error.message())
    }
}

impl Cause {
    /// Reads the cause of an error, and the causes of that.
    pub(super) fn of(error: &JsValue) -> Option<Self> {
        Self::to_depth(error, MAX_DEPTH)
    }

    fn to_depth(error: &JsValue, depth: u32) -> Option<Self> {
        if depth == 0 || !error.is_object() {
            return None;
        }
        let js = error.unchecked_ref::<Thrown>().cause();
        if js.is_undefined() {
            return None;
        }
        let source = Self::to_depth(&js, depth - 1).map(Box::new);
        Some(Self { js, source })
    }

    /// The value that was thrown.
    #[must_use]
    pub fn js(&self) -> JsValue {
        self.js.clone()
    }
}
