//! Contexts that a client's closures get.

use std::cell::Cell;
use std::time::Duration;

use wasm_bindgen::prelude::*;

use super::bindings;
use super::error::Error;
use super::history::duration;

/// A request right before an attempt, as [`before_request`](crate::ClientBuilder::before_request) gets it.
pub struct RequestContext {
    context: bindings::Context,
    /// The first error of a method, which fails the hook.
    thrown: Cell<Option<JsValue>>,
}

/// A failed attempt that may be followed by another, as [`before_retry`](crate::ClientBuilder::before_retry) and
/// [`should_retry`](crate::ClientBuilder::should_retry) get it.
pub struct RetryContext(bindings::Context);

impl RequestContext {
    pub(super) fn from_js(context: JsValue) -> Self {
        Self { context: context.unchecked_into(), thrown: Cell::default() }
    }

    /// Ends the hook.
    ///
    /// # Errors
    /// A method failed.
    pub(super) fn finish(self) -> Result<(), JsValue> {
        self.thrown.into_inner().map_or(Ok(()), Err)
    }

    /// The URL of the request.
    #[must_use]
    pub fn url(&self) -> String {
        self.context.request().url()
    }

    /// The method, in upper case.
    #[must_use]
    pub fn method(&self) -> String {
        self.context.request().method()
    }

    /// The number of this attempt, from 1.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.context.attempt()
    }

    /// Sets a header for this attempt. A name or value that HTTP does not allow fails the request as [`Error::Hook`].
    pub fn set_header(&self, name: &str, value: &str) {
        if let Err(thrown) = self.context.request().headers().set(name, value) {
            self.thrown.set(Some(thrown));
        }
    }

    /// The JavaScript `Request` of this attempt.
    #[must_use]
    pub fn js(&self) -> web_sys::Request {
        self.context.request()
    }
}

impl RetryContext {
    pub(super) fn from_js(context: JsValue) -> Self {
        Self(context.unchecked_into())
    }

    /// Attempts so far.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.0.attempt()
    }

    /// The error of the last attempt.
    #[must_use]
    pub fn error(&self) -> Error {
        Error::from_js(self.0.error(), None)
    }

    /// The wait before the next attempt.
    #[must_use]
    pub fn delay(&self) -> Duration {
        duration(self.0.delay())
    }
}

impl std::fmt::Debug for RequestContext {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("RequestContext").field("url", &self.url()).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for RetryContext {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("RetryContext").field("attempt", &self.attempt()).finish_non_exhaustive()
    }
}
