//! Why there is no success.
//!
//! ```text
//! Error
//! ├─ Http      a status that counts as a failure
//! ├─ Network   no response: refused, reset, unreachable, blocked by CORS
//! ├─ Timeout   a limit of time ran out; `phase` says which
//! ├─ Body      the response came, its body did not, or is not what it should be
//! ├─ Aborted   the request's own signal, or a cancelled queue
//! ├─ Budget    `max_fetches` is spent
//! ├─ Input     this request cannot be sent
//! ├─ Hook      a closure of yours threw
//! ├─ Closed    the client was closed
//! ├─ Option    an option of a client is not what it may be
//! └─ Internal  nothing of the above, which should not happen
//! ```

use std::time::Duration;

use wasm_bindgen::prelude::*;

use super::cause::{Cause, Context};
use super::js::{Fault, Outcome};
use super::response::{Attempt, Timings, attempts, duration, timings};
pub use crate::core::error::Phase;

/// Why a request, or a client that was to be built, came to nothing. No secret of the request is in any message.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the context and the source are the same in all of them")]
pub enum Error {
    /// A status that counts as a failure.
    #[error("{context}")]
    Http {
        /// The response's status.
        status: u16,
        /// How long the server asked to be left alone.
        retry_after: Option<Duration>,
        context: Context,
    },
    /// There was no response: refused, reset, unreachable, blocked by CORS.
    #[error("{context}")]
    Network { context: Context, source: Option<Cause> },
    /// A limit of time ran out.
    #[error("{context}")]
    Timeout {
        /// Which one.
        phase: Phase,
        /// What it was.
        limit: Duration,
        context: Context,
    },
    /// The response came, and its body did not, or is not what it should be.
    #[error("{context}")]
    Body {
        /// What is wrong with it.
        fault: BodyFault,
        /// The response's status.
        status: u16,
        context: Context,
        source: Option<Cause>,
    },
    /// The request's own signal, or a cancelled queue.
    #[error("{context}")]
    Aborted { context: Context },
    /// `max_fetches` is spent: it was not sent.
    #[error("{context}")]
    Budget { context: Context },
    /// This request cannot be sent: its URL, a header, its body or an option of its own.
    #[error("{context}")]
    Input { context: Context, source: Option<Cause> },
    /// A closure of yours, or a function of JavaScript's, threw.
    #[error("{context}")]
    Hook { context: Context, source: Option<Cause> },
    /// The client was closed.
    #[error("{context}")]
    Closed { context: Context },
    /// An option of a client is not what it may be.
    #[error("{context}")]
    Option {
        /// Its name in JavaScript.
        option: String,
        context: Context,
    },
    /// What should not happen.
    #[error("{context}")]
    Internal { context: Context, source: Option<Cause> },
}

/// What is wrong with a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BodyFault {
    /// It broke off.
    Truncated,
    /// It has more than `max_bytes`.
    TooLarge,
    /// It has not `expected_bytes`.
    Length,
    /// It changed while it was being resumed.
    Changed,
    /// It is no JSON.
    Parse,
    /// It is JSON of another shape than its type.
    Schema,
}

impl Error {
    pub(super) fn of(fault: Fault, outcome: Option<&Outcome>) -> Self {
        let source = Cause::of(&fault);
        let code = fault.code().unwrap_or_default();
        let (status, option) = (fault.status().unwrap_or_default(), fault.option());
        let phase = fault.phase().unwrap_or_default();
        let context = Context { outcome: outcome.cloned(), fault };
        let span = |millis: Option<f64>| millis.map(duration);
        match &*code {
            "HTTP" => Self::Http { status, retry_after: span(context.fault.retry_after()), context },
            "NETWORK" => Self::Network { context, source },
            "TIMEOUT" => {
                let limit = span(context.fault.limit()).unwrap_or_default();
                Self::Timeout { phase: phase_of(&phase), limit, context }
            }
            "ABORTED" => Self::Aborted { context },
            "BUDGET_EXHAUSTED" => Self::Budget { context },
            "INPUT" => Self::Input { context, source },
            "HOOK" => Self::Hook { context, source },
            "CLOSED" => Self::Closed { context },
            "OPTION" => Self::Option { option: option.unwrap_or_default(), context },
            code => match FAULTS.iter().find(|(name, _)| *name == code) {
                Some((_, fault)) => Self::Body { fault: *fault, status, context, source },
                None => Self::Internal { context, source },
            },
        }
    }

    pub(super) fn internal(message: &str) -> Self {
        Self::of(JsValue::from(js_sys::Error::new(message)).unchecked_into(), None)
    }

    /// Whether a limit of time ran out.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::Timeout { .. })
    }

    /// Whether the same request may succeed later.
    #[must_use]
    pub fn retryable(&self) -> bool {
        self.context().fault.retryable().unwrap_or_default()
    }

    /// The status of the last response, where there was one.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        let own = self.context().fault.status();
        own.or_else(|| self.context().outcome.as_ref()?.status())
    }

    /// The stable word for it, the same as in JavaScript: `HTTP`, `NETWORK`, `TIMEOUT`, `BODY_PARSE`, …
    #[must_use]
    pub fn code(&self) -> String {
        self.context().fault.code().unwrap_or_else(|| "INTERNAL".into())
    }

    /// Where the request was to go.
    #[must_use]
    pub fn url(&self) -> String {
        self.context().fault.url().unwrap_or_default()
    }

    /// Its method.
    #[must_use]
    pub fn method(&self) -> String {
        self.context().fault.method().unwrap_or_default()
    }

    /// A header of the last response.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        self.context().outcome.as_ref()?.headers()?.get(name)
    }

    /// The body that came with a failing status, by its content type JSON, text or bytes; at most 64 KiB of it.
    #[must_use]
    pub fn data(&self) -> JsValue {
        self.context().fault.data()
    }

    /// The place of its request among those of the call, from 0; `None` where it is nobody's.
    #[must_use]
    pub fn index(&self) -> Option<usize> {
        self.context().outcome.as_ref().map(|outcome| outcome.index() as usize)
    }

    /// What its request was [tagged](crate::Request::tag) with, else undefined.
    #[must_use]
    pub fn tag(&self) -> JsValue {
        self.context().outcome.as_ref().map_or(JsValue::UNDEFINED, |outcome| outcome.request().tag())
    }

    /// Every attempt in order; empty when nothing was sent.
    #[must_use]
    pub fn attempts(&self) -> Vec<Attempt> {
        self.context().outcome.as_ref().map(attempts).unwrap_or_default()
    }

    /// Where the time went.
    #[must_use]
    pub fn timings(&self) -> Timings {
        self.context().outcome.as_ref().map(|outcome| timings(&outcome.timings())).unwrap_or_default()
    }

    /// The error of JavaScript's.
    #[must_use]
    pub fn js(&self) -> JsValue {
        self.context().fault.clone().into()
    }

    fn context(&self) -> &Context {
        match self {
            Self::Http { context, .. }
            | Self::Network { context, .. }
            | Self::Timeout { context, .. }
            | Self::Body { context, .. }
            | Self::Aborted { context }
            | Self::Budget { context }
            | Self::Input { context, .. }
            | Self::Hook { context, .. }
            | Self::Closed { context }
            | Self::Option { context, .. }
            | Self::Internal { context, .. } => context,
        }
    }
}

const FAULTS: [(&str, BodyFault); 6] = [
    ("BODY_TRUNCATED", BodyFault::Truncated),
    ("BODY_TOO_LARGE", BodyFault::TooLarge),
    ("BODY_LENGTH", BodyFault::Length),
    ("BODY_CHANGED", BodyFault::Changed),
    ("BODY_PARSE", BodyFault::Parse),
    ("BODY_SCHEMA", BodyFault::Schema),
];

fn phase_of(word: &str) -> Phase {
    match word {
        "queue" => Phase::Queue,
        "headers" => Phase::Headers,
        "idle" => Phase::Idle,
        "total" => Phase::Total,
        "deadline" => Phase::Deadline,
        _ => Phase::Attempt,
    }
}
