//! Traits between the pipeline and the world in which it runs.

use std::future::Future;
use std::rc::{Rc, Weak};

use crate::core::admission::HostId;
use crate::core::error::Failure;
use crate::core::policy::{Policy, ReadAs};
use crate::core::retry::Wait;
use crate::core::retry_after::RetryAfter;
use crate::core::traits::Traits;
use crate::core::{Instant, Millis};

use super::history::History;
use super::task::TaskState;

/// A browser page, an edge function, Node; or a simulation of one.
///
/// Nothing of the library is borrowed while a method runs, so user code called by one may call the library again.
pub trait Host: Runtime + Inputs + Transport + Hooks {}

impl<H: Runtime + Inputs + Transport + Hooks> Host for H {}

/// Values of the host (inputs, responses, data, errors), which stay on its side.
pub trait Values: 'static + Sized {
    /// Source of inputs.
    type Source;
    /// An input made ready to be sent.
    type Request;
    /// Carrier of one attempt at a time.
    type Exchange;
    /// The result of one request.
    type Outcome;
    /// Value that user code throws.
    type Thrown: Clone;
    /// Work of an exchange, with a number as its result. One type for all work, so that waiting for it is compiled once.
    type Work<'a>: Future<Output = Result<Option<f64>, Failure>> + Unpin;
}

/// Receiver of a timer that has run out.
pub trait Ring {
    /// Handles the deadlines whose time has come.
    fn ring(self: Rc<Self>);
}

/// Time, chance and tasks.
pub trait Runtime: Values {
    /// The monotonic clock.
    fn now(&self) -> Instant;
    /// A random number in 0..1.
    fn chance(&self) -> f64;
    /// Sets the scope's one timer, in place of the one that runs: after `delay` it calls [`Ring::ring`].
    fn arm(&self, ring: Weak<dyn Ring>, delay: Millis);
    /// Cancels the scope's timer.
    fn disarm(&self);
    /// Spawns a task.
    fn spawn(&self, task: impl Future<Output = ()> + 'static);
}

/// Requests, pulled one by one, and what applies to each.
pub trait Inputs: Values {
    /// Takes the next input for [`pulled`](Self::pulled); `None` where it is at hand, else something to wait for.
    fn pull<'a>(&'a self, source: &'a Self::Source, exchange: &'a Self::Exchange) -> Option<Self::Work<'a>>;
    /// Returns the input that was taken, `None` after the last.
    ///
    /// # Errors
    /// The value that the source threw.
    fn pulled(&self, source: &Self::Source, exchange: &Self::Exchange) -> Result<Option<Self::Request>, Self::Thrown>;
    /// Returns whether the source is asynchronous.
    fn is_async(&self, source: &Self::Source) -> bool;
    /// Returns the number of its inputs, where that is known.
    fn size_of(&self, source: &Self::Source) -> Option<u32>;
    /// Closes the source.
    fn close(&self, source: &Self::Source);
    /// Returns the options of the request.
    fn policy<'a>(&self, request: &'a Self::Request) -> &'a Policy;
    /// Returns the host of the request; `Err` if it cannot be sent.
    fn host_of(&self, request: &Self::Request) -> Result<HostId, Failure>;
    /// Returns the optional steps of the request.
    fn traits(&self, request: &Self::Request) -> Traits;
    /// Returns whether the request may be sent more than once, by its method and its body.
    fn may_repeat(&self, request: &Self::Request) -> bool;
    /// Forgets a host, whose number may be reused.
    fn forget(&self, host: HostId);
    /// Returns a key shared by identical requests, until [`forget_key`](Self::forget_key); `None` if the request shares no
    /// fetch.
    fn key_of(&self, exchange: &Self::Exchange, request: &Self::Request) -> Option<u32>;
    /// Forgets a key, whose fetch has ended.
    fn forget_key(&self, key: u32);
    /// Copies the request of `exchange` for `other`, without its own signal.
    fn twin(&self, request: &Self::Request, exchange: &Self::Exchange, other: &Self::Exchange) -> Self::Request;
}

/// One attempt over an exchange: sent, followed, read, handed out.
pub trait Transport: Values {
    /// A new exchange, which wakes and interrupts `task`.
    fn exchange(&self, task: &Rc<TaskState>) -> Self::Exchange;
    /// Clears the exchange of its request and response.
    fn clear(&self, exchange: &Self::Exchange);
    /// Copies the response of `from` to `to`.
    fn copy(&self, from: &Self::Exchange, to: &Self::Exchange);
    /// Sends the request and waits for the head of the response. If `eager` and the status is a 2xx, reads the body as well
    /// and returns its decoded bytes.
    fn send<'a>(&'a self, exchange: &'a Self::Exchange, request: &'a Self::Request, eager: bool) -> Self::Work<'a>;
    /// Prepares the exchange to follow a redirect; returns false if it is not to be followed.
    fn redirect(&self, exchange: &Self::Exchange, request: &Self::Request, hop: u32) -> Result<bool, Failure>;
    /// Returns the status of the response; 0 if there is none or it is opaque.
    fn status(&self, exchange: &Self::Exchange) -> u16;
    /// Reads the body at once and makes its data; returns its decoded bytes.
    fn read<'a>(&'a self, exchange: &'a Self::Exchange, request: &'a Self::Request) -> Self::Work<'a>;
    /// Reads and keeps the next chunk; returns its bytes, `None` at the end.
    fn chunk<'a>(&'a self, exchange: &'a Self::Exchange) -> Self::Work<'a>;
    /// Makes the data of the chunks read; without a type, those of a failure's body as well as it can.
    fn decode<'a>(
        &'a self,
        exchange: &'a Self::Exchange,
        request: &'a Self::Request,
        read: Option<ReadAs>,
    ) -> Self::Work<'a>;
    /// Hands the body out unread; false where there is none.
    ///
    /// # Errors
    /// The failure to hand it out.
    fn hand_out(&self, exchange: &Self::Exchange, request: &Self::Request) -> Result<bool, Failure>;
    /// Waits for the next bytes of a body that was handed out; `None` at its end.
    fn linger<'a>(&'a self, exchange: &'a Self::Exchange) -> Self::Work<'a>;
    /// Fails the reading of a body that was handed out, with `thrown` or else with the error of `failure`.
    fn break_off(
        &self,
        exchange: &Self::Exchange,
        request: &Self::Request,
        failure: Failure,
        thrown: Option<Self::Thrown>,
    );
    /// Returns the wait that the server asks for.
    fn retry_after(&self, exchange: &Self::Exchange) -> Option<RetryAfter>;
    /// Waits for the next turn of the event loop.
    fn breathe<'a>(&'a self, exchange: &'a Self::Exchange) -> Self::Work<'a>;
    /// Cancels what is left of the body.
    fn discard(&self, exchange: &Self::Exchange);
    /// Ends the attempt under way.
    fn abort(&self, exchange: &Self::Exchange);
}

/// The user's own functions, and the result that the user gets.
pub trait Hooks: Values {
    /// Runs the body function, `auth` and `beforeRequest` for attempt `number` (from 1). No slot is held.
    fn before_request<'a>(
        &'a self,
        exchange: &'a Self::Exchange,
        request: &'a Self::Request,
        number: u32,
    ) -> Self::Work<'a>;
    /// Runs `afterResponse` for attempt `number`, which may replace the response.
    fn after_response<'a>(
        &'a self,
        exchange: &'a Self::Exchange,
        request: &'a Self::Request,
        number: u32,
    ) -> Self::Work<'a>;
    /// Refreshes `auth` after a 401.
    fn refresh_auth<'a>(&'a self, exchange: &'a Self::Exchange, request: &'a Self::Request) -> Self::Work<'a>;
    /// Validates the data against the schema.
    fn validate<'a>(&'a self, exchange: &'a Self::Exchange, request: &'a Self::Request) -> Self::Work<'a>;
    /// Asks the user's function whether `status` is a failure, for [`ThrowHttpErrors::Ask`].
    ///
    /// [`ThrowHttpErrors::Ask`]: crate::core::policy::ThrowHttpErrors::Ask
    fn is_failure(&self, exchange: &Self::Exchange, request: &Self::Request, status: u16) -> Result<bool, Failure>;
    /// Asks the user's `delay` of retry `number` (from 1).
    fn own_delay(
        &self,
        exchange: &Self::Exchange,
        request: &Self::Request,
        number: u32,
    ) -> Result<Option<Millis>, Failure>;
    /// Asks the user's `jitter` of a delay.
    fn own_jitter(
        &self,
        exchange: &Self::Exchange,
        request: &Self::Request,
        delay: Millis,
    ) -> Result<Option<Millis>, Failure>;
    /// Asks `shouldRetry`: 1 is yes, 0 no, `None` leaves it to the rules.
    fn should_retry<'a>(
        &'a self,
        exchange: &'a Self::Exchange,
        request: &'a Self::Request,
        history: &History,
        failure: Failure,
        wait: Wait,
    ) -> Self::Work<'a>;
    /// Runs `beforeRetry`.
    fn before_retry<'a>(
        &'a self,
        exchange: &'a Self::Exchange,
        request: &'a Self::Request,
        history: &History,
        failure: Failure,
        wait: Wait,
    ) -> Self::Work<'a>;
    /// Makes the result of a request from its last attempt.
    fn outcome(
        &self,
        index: u32,
        exchange: &Self::Exchange,
        request: &Self::Request,
        history: &History,
        ended: Result<(), Failure>,
    ) -> Self::Outcome;
    /// Runs `onResult`; a hook that throws replaces the result.
    fn on_result<'a>(
        &'a self,
        exchange: &'a Self::Exchange,
        request: &'a Self::Request,
        outcome: Self::Outcome,
    ) -> Self::Work<'a>;
    /// Takes the result that `onResult` saw, as it is now.
    fn take_result(&self, exchange: &Self::Exchange) -> Self::Outcome;
    /// Returns the error of a failed result, `None` for a success.
    fn error_of(&self, outcome: &Self::Outcome) -> Option<Self::Thrown>;
}
