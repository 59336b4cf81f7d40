//! Results one by one.

use std::num::NonZeroU32;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::call::{Call, Kind};
use super::client::Client;
use super::error::Error;
use super::inputs::Inputs;
use super::response::{Response, settled};

/// A stream of results: as they complete, or [`ordered`](Self::ordered). Nothing is begun before it is polled; requests
/// are taken from their source only as slots become free and while less than a
/// [`high_water_mark`](Self::high_water_mark) of results lies unread. Dropping it aborts what is in flight.
///
/// ```no_run,standalone_crate
/// # async fn run() -> Result<(), fanfetch::Error> {
/// use fanfetch::{Client, Request};
/// use futures_util::TryStreamExt as _;
///
/// let pages = (1..).map(|page| Request::get("https://shop.example.com/items").query("page", &format!("{page}")));
/// let mut results = Client::new().fetch_each(pages).ordered();
/// while let Some(page) = results.try_next().await? {
///     if page.size() == 0 {
///         break;
///     }
/// }
/// # Ok(()) }
/// ```
#[must_use = "a stream does nothing until it is polled"]
pub struct Fetches {
    client: Client,
    ordered: bool,
    most: Option<u32>,
    state: State,
}

enum State {
    New(Inputs),
    Running(Call),
    Over,
}

impl Fetches {
    pub(super) fn new(client: &Client, inputs: Inputs) -> Self {
        Self { client: client.clone(), ordered: false, most: None, state: State::New(inputs) }
    }

    /// In the order of the requests. Say it before the first poll.
    pub fn ordered(self) -> Self {
        Self { ordered: true, ..self }
    }

    /// Most finished results that may lie unread; by default as many as may be in flight. Say it before the first poll.
    pub fn high_water_mark(self, most: NonZeroU32) -> Self {
        Self { most: Some(most.get()), ..self }
    }
}

impl Stream for Fetches {
    type Item = Result<Response, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let State::New(_) = self.state
            && let State::New(inputs) = std::mem::replace(&mut self.state, State::Over)
        {
            let kind = Kind::Each { ordered: self.ordered, most: self.most };
            self.state = State::Running(Call::begin(&self.client, inputs, kind));
        }
        let State::Running(call) = &self.state else { return Poll::Ready(None) };
        let next = call.poll_next(context);
        if matches!(next, Poll::Ready(None)) {
            self.state = State::Over;
        }
        next.map(|next| next.map(settled))
    }
}

impl std::fmt::Debug for Fetches {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Fetches").field("ordered", &self.ordered).finish_non_exhaustive()
    }
}
