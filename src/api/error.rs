//! Errors of requests, and of clients that cannot be built.

use std::rc::Rc;
use std::time::Duration;

use wasm_bindgen::prelude::*;

use super::bindings::{FanFetchError, FetchResult};
use super::body_fault::BodyFault;
use super::cause::{Cause, ErrorContext};
use super::history::{Attempt, Timings, duration};
use super::tag::Tag;
pub use crate::core::error::Phase;

/// The error of a request, or of a client that cannot be built. No message holds a header, a body or a credential.
///
/// Errors are `Send`, `Sync` and cheap to clone; [`source`](std::error::Error::source) is the value that JavaScript or the
/// host threw.
///
/// ```no_run,standalone_crate
/// # async fn run() {
/// use fanfetch::Error;
///
/// match fanfetch::get("https://api.example.com/orders/7").await {
///     Ok(response) => println!("{}", response.text()),
///     Err(Error::Http { status: 404, .. }) => println!("there is no such order"),
///     Err(error) if error.retryable() => println!("{error}; it may work later"),
///     Err(error) => println!("{error} ({})", error.code()),
/// }
/// # }
/// ```
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the context and the source are the same in all of them")]
pub enum Error {
    /// The response has a status that counts as a failure (see [`http_errors`](crate::ClientBuilder::http_errors)).
    #[error("{context}")]
    Http {
        /// Status of the response.
        status: u16,
        /// Wait that the server asks for before the next request.
        retry_after: Option<Duration>,
        context: ErrorContext,
    },
    /// No response came: the connection was refused or reset, the host is unreachable, or CORS blocks it.
    #[error("{context}")]
    Network { context: ErrorContext, source: Option<Cause> },
    /// A limit of time ran out.
    #[error("{context}")]
    Timeout {
        /// The limit that ran out.
        phase: Phase,
        /// Value of that limit.
        limit: Duration,
        context: ErrorContext,
    },
    /// The response came, but its body broke off, or is not what it should be.
    #[error("{context}")]
    Body {
        /// The fault of the body.
        fault: BodyFault,
        /// Status of the response.
        status: u16,
        context: ErrorContext,
        source: Option<Cause>,
    },
    /// A signal aborted the request, or [`cancel_queued`](crate::Client::cancel_queued) removed it from the queue. The source
    /// is the reason of the request's own signal.
    #[error("{context}")]
    Aborted { context: ErrorContext, source: Option<Cause> },
    /// The request was not sent: [`max_fetches`](crate::ClientBuilder::max_fetches) is used up.
    #[error("{context}")]
    Budget { context: ErrorContext },
    /// The request cannot be sent: its URL, a header, its body or one of its own options is invalid.
    #[error("{context}")]
    Input { context: ErrorContext, source: Option<Cause> },
    /// A closure or function given in the options threw.
    #[error("{context}")]
    Hook { context: ErrorContext, source: Option<Cause> },
    /// The client was closed.
    #[error("{context}")]
    Closed { context: ErrorContext },
    /// An option of a client is invalid.
    #[error("{context}")]
    Option {
        /// Name of the option in JavaScript, such as `timeout.attempt`.
        option: String,
        context: ErrorContext,
    },
    /// A fault of this crate or of the host that no other variant covers, such as a response that cannot be converted into a
    /// `web_sys::Response`.
    #[error("{context}")]
    Internal { context: ErrorContext, source: Option<Cause> },
}

impl Error {
    pub(super) fn from_js(error: FanFetchError, result: Option<&FetchResult>) -> Self {
        let source = Cause::of(&error);
        let code = error.code().unwrap_or_default();
        let (status, option) = (error.status().unwrap_or_default(), error.option());
        let phase = error.phase().unwrap_or_default();
        let context = ErrorContext { result: result.cloned(), tag: result.and_then(Tag::of), error };
        let span = |millis: Option<f64>| millis.map(duration);
        match &*code {
            "HTTP" => Self::Http { status, retry_after: span(context.error.retry_after()), context },
            "NETWORK" => Self::Network { context, source },
            "TIMEOUT" => {
                let limit = span(context.error.limit()).unwrap_or_default();
                Self::Timeout { phase: phase_named(&phase), limit, context }
            }
            "ABORTED" => Self::Aborted { context, source },
            "BUDGET_EXHAUSTED" => Self::Budget { context },
            "INPUT" => Self::Input { context, source },
            "HOOK" => Self::Hook { context, source },
            "CLOSED" => Self::Closed { context },
            "OPTION" => Self::Option { option: option.unwrap_or_default(), context },
            code => match BodyFault::from_code(code) {
                Some(fault) => Self::Body { fault, status, context, source },
                None => Self::Internal { context, source },
            },
        }
    }

    pub(super) fn internal(message: &str) -> Self {
        Self::from_js(JsValue::from(js_sys::Error::new(message)).unchecked_into(), None)
    }

    /// Returns true for [`Error::Timeout`].
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::Timeout { .. })
    }

    /// Returns true if the same request may succeed later.
    #[must_use]
    pub fn retryable(&self) -> bool {
        self.context().error.retryable().unwrap_or_default()
    }

    /// The status of the last response, if one came.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        let own = self.context().error.status();
        own.or_else(|| self.context().result.as_ref()?.status())
    }

    /// The stable code, the same as in JavaScript: `HTTP`, `NETWORK`, `TIMEOUT`, `BODY_PARSE`, …
    #[must_use]
    pub fn code(&self) -> String {
        self.context().error.code().unwrap_or_else(|| "INTERNAL".into())
    }

    /// The URL of the request; empty if it has none.
    #[must_use]
    pub fn url(&self) -> String {
        self.context().error.url().unwrap_or_default()
    }

    /// The method of the request, in upper case; empty if it has none.
    #[must_use]
    pub fn method(&self) -> String {
        self.context().error.method().unwrap_or_default()
    }

    /// The value of a header of the last response; several values are joined by commas.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        self.context().result.as_ref()?.headers()?.get(name).ok()?
    }

    /// The body that came with a failing status: by its content type a parsed JSON value, a string or a `Uint8Array`, of at
    /// most 64 KiB; else undefined.
    #[must_use]
    pub fn data(&self) -> JsValue {
        self.context().error.data()
    }

    /// The index of the request among those of its call, from 0; `None` if the error belongs to no request.
    #[must_use]
    pub fn index(&self) -> Option<usize> {
        self.context().result.as_ref().map(|result| result.index() as usize)
    }

    /// The request's [tag](crate::Request::tag), if it has one of this type.
    #[must_use]
    pub fn tag<T: 'static>(&self) -> Option<Rc<T>> {
        self.context().tag.as_ref()?.value()
    }

    /// All attempts in order; empty if nothing was sent.
    #[must_use]
    pub fn attempts(&self) -> Vec<Attempt> {
        self.context().result.as_ref().map(Attempt::all_of).unwrap_or_default()
    }

    /// The time that the request took, by phase.
    #[must_use]
    pub fn timings(&self) -> Timings {
        self.context().result.as_ref().map(Timings::of).unwrap_or_default()
    }

    /// The JavaScript error.
    #[must_use]
    pub fn js(&self) -> js_sys::Error {
        self.context().error.clone().unchecked_into()
    }

    fn context(&self) -> &ErrorContext {
        match self {
            Self::Http { context, .. }
            | Self::Network { context, .. }
            | Self::Timeout { context, .. }
            | Self::Body { context, .. }
            | Self::Aborted { context, .. }
            | Self::Budget { context }
            | Self::Input { context, .. }
            | Self::Hook { context, .. }
            | Self::Closed { context }
            | Self::Option { context, .. }
            | Self::Internal { context, .. } => context,
        }
    }
}

fn phase_named(name: &str) -> Phase {
    match name {
        "queue" => Phase::Queue,
        "headers" => Phase::Headers,
        "idle" => Phase::Idle,
        "total" => Phase::Total,
        "deadline" => Phase::Deadline,
        _ => Phase::Attempt,
    }
}
