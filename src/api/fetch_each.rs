//! A stream of results.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures::Stream;

use super::call::{Call, Delivery};
use super::client::Client;
use super::error::Error;
use super::inputs::Inputs;
use super::response::Response;

/// A stream of results: as they complete, or [`ordered`](Self::ordered). The first poll begins the call; requests are taken
/// from their source only as slots become free, and while fewer results than the
/// [`high_water_mark`](Self::high_water_mark) are unread. Dropping the stream aborts what is in flight.
///
/// ```no_run,standalone_crate
/// # async fn run() -> Result<(), fanfetch::Error> {
/// use fanfetch::{Client, Request};
/// use futures::TryStreamExt as _;
///
/// let pages = (1..).map(|page| Request::get("https://shop.example.com/items").query([("page", page)]));
/// let mut results = Client::new().fetch_each(pages).ordered();
/// while let Some(page) = results.try_next().await? {
///     if page.size() == 0 {
///         break;
///     }
/// }
/// # Ok(()) }
/// ```
#[must_use = "a stream does nothing until it is polled"]
pub struct FetchEach {
    client: Client,
    ordered: bool,
    high_water_mark: Option<u32>,
    state: State,
}

enum State {
    New(Inputs),
    Running(Call),
    Ended,
}

impl FetchEach {
    pub(super) fn new(client: &Client, inputs: Inputs) -> Self {
        Self { client: client.clone(), ordered: false, high_water_mark: None, state: State::New(inputs) }
    }

    /// Gives results in the order of the requests. No effect after the first poll.
    pub fn ordered(self) -> Self {
        Self { ordered: true, ..self }
    }

    /// Limits the results that may be unread, at least 1. Default the client's concurrency. No effect after the first poll.
    pub fn high_water_mark(self, limit: u32) -> Self {
        Self { high_water_mark: Some(limit.max(1)), ..self }
    }
}

impl Stream for FetchEach {
    type Item = Result<Response, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let State::New(_) = self.state
            && let State::New(inputs) = std::mem::replace(&mut self.state, State::Ended)
        {
            let delivery = Delivery::Each { ordered: self.ordered, high_water_mark: self.high_water_mark };
            self.state = State::Running(Call::begin(&self.client, inputs, delivery));
        }
        let State::Running(call) = &self.state else { return Poll::Ready(None) };
        let next = call.poll_next(context);
        if matches!(next, Poll::Ready(None)) {
            self.state = State::Ended;
        }
        next
    }
}

impl std::fmt::Debug for FetchEach {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("FetchEach").field("ordered", &self.ordered).finish_non_exhaustive()
    }
}
