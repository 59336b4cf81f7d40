//! The one seam between the pipeline and the world it runs in.

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
    /// Where inputs come from.
    type Source;
    /// An input made ready to be sent.
    type Request;
    /// What carries one attempt at a time.
    type Exchange;
    /// The result of one request.
    type Outcome;
    /// What user code throws.
    type Thrown: Clone;
    /// Something begun over a exchange: what came of it in a number, or why nothing did. One type for all, so that waiting
    /// for it is compiled once.
    type Work<'a>: Future<Output = Result<Option<f64>, Failure>> + Unpin;
}

/// Receiver of a timer that has run out.
pub trait Ring {
    /// Looks whose time has come.
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
    /// Runs a task of its own.
    fn spawn(&self, task: impl Future<Output = ()> + 'static);
}

/// Requests, pulled one by one, and what applies to each.
pub trait Inputs: Values {
    /// Takes the next input for [`pulled`](Self::pulled); `None` where it is at hand, else something to wait for.
    fn pull<'a>(&'a self, source: &'a Self::Source, exchange: &'a Self::Exchange) -> Option<Self::Work<'a>>;
    /// The input that was taken, `None` after the last.
    ///
    /// # Errors
    /// What the source threw in its place.
    fn pulled(&self, source: &Self::Source, exchange: &Self::Exchange) -> Result<Option<Self::Request>, Self::Thrown>;
    /// Whether the source's items take time to come.
    fn is_async(&self, source: &Self::Source) -> bool;
    /// How many inputs it has in all, where that is known.
    fn size_of(&self, source: &Self::Source) -> Option<u32>;
    /// Tells the source that no more is wanted.
    fn close(&self, source: &Self::Source);
    /// What applies to the request.
    fn policy<'a>(&self, request: &'a Self::Request) -> &'a Policy;
    /// The host it goes to; `Err` when it cannot be sent at all.
    fn host_of(&self, request: &Self::Request) -> Result<HostId, Failure>;
    /// Steps that the request wants beyond the plain way.
    fn traits(&self, request: &Self::Request) -> Traits;
    /// Whether it may be sent more than once: by its method, and because its body can be had again.
    fn may_repeat(&self, request: &Self::Request) -> bool;
    /// The host's number will be given out anew.
    fn forget(&self, host: HostId);
    /// A number for what it shares with identical requests, until [`forget_key`](Self::forget_key); `None` when it is to be sent
    /// whatever else is.
    fn key_of(&self, exchange: &Self::Exchange, request: &Self::Request) -> Option<u32>;
    /// Nothing that has this number is under way any more.
    fn forget_key(&self, key: u32);
    /// The request of `exchange` for `other`, without the signal that it alone listens to.
    fn twin(&self, request: &Self::Request, exchange: &Self::Exchange, other: &Self::Exchange) -> Self::Request;
}

/// One attempt over an exchange: sent, followed, read, handed out.
pub trait Transport: Values {
    /// A new exchange, which wakes and interrupts `task`.
    fn exchange(&self, task: &Rc<TaskState>) -> Self::Exchange;
    /// Forgets what the exchange carried, and what came over it.
    fn clear(&self, exchange: &Self::Exchange);
    /// Lets `to` have what came over the exchange `from`.
    fn copy(&self, from: &Self::Exchange, to: &Self::Exchange);
    /// Sends the request and waits for the response's head; where `eager` and the status is a 2xx, reads the body as well:
    /// its decoded bytes.
    fn send<'a>(&'a self, exchange: &'a Self::Exchange, request: &'a Self::Request, eager: bool) -> Self::Work<'a>;
    /// After a redirect that was not followed: makes the exchange ready to go where it leads. False when it ends here.
    fn redirect(&self, exchange: &Self::Exchange, request: &Self::Request, hop: u32) -> Result<bool, Failure>;
    /// The status of the response that is on the exchange; 0 when there is none, or it is opaque.
    fn status(&self, exchange: &Self::Exchange) -> u16;
    /// Reads the body at once and makes its data; its decoded bytes.
    fn read<'a>(&'a self, exchange: &'a Self::Exchange, request: &'a Self::Request) -> Self::Work<'a>;
    /// Reads the next chunk and keeps it; its bytes, `None` at the end.
    fn chunk<'a>(&'a self, exchange: &'a Self::Exchange) -> Self::Work<'a>;
    /// Makes the data of what was read; `None` in place of a type reads a failure's body as well as it can.
    fn decode<'a>(
        &'a self,
        exchange: &'a Self::Exchange,
        request: &'a Self::Request,
        read: Option<ReadAs>,
    ) -> Self::Work<'a>;
    /// Hands the body out unread; false where there is none.
    ///
    /// # Errors
    /// Why it cannot be handed out.
    fn hand_out(&self, exchange: &Self::Exchange, request: &Self::Request) -> Result<bool, Failure>;
    /// Waits for the next sign of a body that was handed out: bytes, or `None` when it is over.
    fn linger<'a>(&'a self, exchange: &'a Self::Exchange) -> Self::Work<'a>;
    /// Ends a body that was handed out, for whoever reads it with `thrown`, or else with what `failure` is for the user.
    fn break_off(
        &self,
        exchange: &Self::Exchange,
        request: &Self::Request,
        failure: Failure,
        thrown: Option<Self::Thrown>,
    );
    /// When the server asks to be asked again.
    fn retry_after(&self, exchange: &Self::Exchange) -> Option<RetryAfter>;
    /// Waits for another turn of the event loop.
    fn breathe<'a>(&'a self, exchange: &'a Self::Exchange) -> Self::Work<'a>;
    /// Cancels what is left of the body.
    fn discard(&self, exchange: &Self::Exchange);
    /// Ends the attempt under way.
    fn abort(&self, exchange: &Self::Exchange);
}

/// The user's own functions, and the result that the user gets.
pub trait Hooks: Values {
    /// Makes the next attempt, `number` from 1, ready: its body, its authorization, what hooks say. No slot is held
    /// meanwhile.
    fn before_request<'a>(
        &'a self,
        exchange: &'a Self::Exchange,
        request: &'a Self::Request,
        number: u32,
    ) -> Self::Work<'a>;
    /// Lets hooks see the response of attempt `number`, and put another in its place.
    fn after_response<'a>(
        &'a self,
        exchange: &'a Self::Exchange,
        request: &'a Self::Request,
        number: u32,
    ) -> Self::Work<'a>;
    /// Gets another authorization in place of the one that was refused.
    fn refresh_auth<'a>(&'a self, exchange: &'a Self::Exchange, request: &'a Self::Request) -> Self::Work<'a>;
    /// Holds the data against the schema.
    fn validate<'a>(&'a self, exchange: &'a Self::Exchange, request: &'a Self::Request) -> Self::Work<'a>;
    /// Whether the user's function calls `status` a failure, where [`ThrowHttpErrors::Ask`] asks it.
    ///
    /// [`ThrowHttpErrors::Ask`]: crate::core::policy::ThrowHttpErrors::Ask
    fn is_failure(&self, exchange: &Self::Exchange, request: &Self::Request, status: u16) -> Result<bool, Failure>;
    /// The user's own delay before retry `number` (from 1), in place of the computed one.
    fn own_delay(
        &self,
        exchange: &Self::Exchange,
        request: &Self::Request,
        number: u32,
    ) -> Result<Option<Millis>, Failure>;
    /// The user's own jitter of a delay, in place of the computed one.
    fn own_jitter(
        &self,
        exchange: &Self::Exchange,
        request: &Self::Request,
        delay: Millis,
    ) -> Result<Option<Millis>, Failure>;
    /// What the user says of a retry: 1 is yes, 0 no, `None` leaves it to the rules.
    fn should_retry<'a>(
        &'a self,
        exchange: &'a Self::Exchange,
        request: &'a Self::Request,
        history: &History,
        failure: Failure,
        wait: Wait,
    ) -> Self::Work<'a>;
    /// Tells hooks of the retry that follows.
    fn before_retry<'a>(
        &'a self,
        exchange: &'a Self::Exchange,
        request: &'a Self::Request,
        history: &History,
        failure: Failure,
        wait: Wait,
    ) -> Self::Work<'a>;
    /// Makes the result of a request from what its last attempt left on the exchange.
    fn outcome(
        &self,
        index: u32,
        exchange: &Self::Exchange,
        request: &Self::Request,
        history: &History,
        ended: Result<(), Failure>,
    ) -> Self::Outcome;
    /// Tells hooks of the result; one that throws puts another in its place.
    fn on_result<'a>(
        &'a self,
        exchange: &'a Self::Exchange,
        request: &'a Self::Request,
        outcome: Self::Outcome,
    ) -> Self::Work<'a>;
    /// The result that was run_on_result last, as it is now.
    fn take_result(&self, exchange: &Self::Exchange) -> Self::Outcome;
    /// The error of a failed result, `None` of a success.
    fn error_of(&self, outcome: &Self::Outcome) -> Option<Self::Thrown>;
}
