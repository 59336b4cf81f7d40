//! One call: its batch run, its results waited for.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use wasm_bindgen::prelude::*;

use crate::js::{JsSource, Source, WebHost};
use crate::pipeline::Host;
use crate::pipeline::batch::{Batch, Sink, Tally, Terms};

use super::body::StreamedResponse;
use super::client::Client;
use super::error::Error;
use super::inputs::Inputs;
use super::js::Reporter;
use super::request::Request;
use super::response::{Response, settled};

/// How the results of a call are handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The only one.
    Single,
    /// All together, in the order of the requests.
    All,
    /// One by one, in the order of the requests or as they come; with at most so many unread.
    Each { ordered: bool, most: Option<u32> },
}

/// A call that is under way. Dropped before its end, it is aborted.
pub(super) struct Call {
    batch: Rc<Batch<WebHost>>,
    results: Rc<Results>,
}

/// One request alone.
///
/// # Errors
/// Why there is no success.
pub(super) async fn single(client: Client, request: Request) -> Result<Response, Error> {
    let call = Call::begin(&client, Inputs::One(request), Kind::Single);
    match poll_fn(|context| call.poll_next(context)).await {
        Some(outcome) => settled(outcome),
        None => Err(Error::internal("the request ended without a result")),
    }
}

/// One request alone, whose body is handed out.
///
/// # Errors
/// Why there is no success.
pub(super) async fn streamed(client: Client, request: Request) -> Result<StreamedResponse, Error> {
    let call = Call::begin(&client, Inputs::One(request.unread()), Kind::Single);
    match poll_fn(|context| call.poll_next(context)).await {
        Some(outcome) => settled(outcome).map(|response| StreamedResponse::new(response, call)),
        None => Err(Error::internal("the request ended without a result")),
    }
}

/// Many, in their order.
pub(super) async fn all(client: Client, inputs: Inputs) -> Vec<Result<Response, Error>> {
    let call = Call::begin(&client, inputs, Kind::All);
    poll_fn(|context| call.poll_end(context)).await;
    std::iter::from_fn(|| call.results.take()).map(settled).collect()
}

impl Call {
    pub(super) fn begin(client: &Client, inputs: Inputs, kind: Kind) -> Self {
        let (gate, options) = client.enter(kind);
        let terms = Terms { single: kind == Kind::Single, ..options.terms() };
        let fed = inputs.feed();
        // It may be dropped at any time, so anything can end early.
        let source = Source::new(JsSource::new(&fed.js, &options), &options, &terms, true);
        let most = match kind {
            Kind::Each { most, .. } => options.high_water_mark(most.unwrap_or_else(|| gate.concurrency())),
            Kind::Single | Kind::All => u32::MAX,
        };
        let reporter = options
            .is_watched()
            .then(|| Reporter::new(&options, source.size(), &JsValue::UNDEFINED, &JsValue::UNDEFINED));
        let results = Rc::new(Results {
            ordered: kind == Kind::All || matches!(kind, Kind::Each { ordered: true, .. }),
            most,
            reporter,
            ..Results::default()
        });
        let batch = Batch::new(&gate.scope, gate.id, source, Rc::clone(&results) as Rc<dyn Sink<WebHost>>, terms);
        client.watch(&batch);
        let (running, keeper) = (Rc::clone(&batch), client.clone());
        batch.scope().host().spawn(async move {
            match kind {
                Kind::Single => running.run_single().await,
                Kind::All | Kind::Each { .. } => running.run().await,
            }
            drop((fed, gate, keeper));
        });
        Self { batch, results }
    }

    /// The next result that may be handed out.
    pub(super) fn poll_next(&self, context: &Context<'_>) -> Poll<Option<JsValue>> {
        if let Some(outcome) = self.results.take() {
            if !self.results.ended.get() {
                self.batch.make_room();
            }
            return Poll::Ready(Some(outcome));
        }
        self.poll_end(context).map(|()| None)
    }

    fn poll_end(&self, context: &Context<'_>) -> Poll<()> {
        if self.results.ended.get() {
            return Poll::Ready(());
        }
        self.results.waker.replace(Some(context.waker().clone()));
        Poll::Pending
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if !self.results.ended.get() {
            self.batch.fail(JsValue::UNDEFINED);
        }
    }
}

/// Results that nobody has taken yet.
#[derive(Default)]
struct Results {
    ordered: bool,
    most: u32,
    /// In the order in which they are handed out; where that is the inputs', some may still be missing.
    ready: RefCell<VecDeque<Option<JsValue>>>,
    /// Of the first of them, where they are ordered.
    first: Cell<u32>,
    unread: Cell<u32>,
    ended: Cell<bool>,
    waker: Cell<Option<Waker>>,
    reporter: Option<Reporter>,
}

impl Results {
    fn take(&self) -> Option<JsValue> {
        let mut ready = self.ready.borrow_mut();
        let outcome = ready.front_mut()?.take()?;
        ready.pop_front();
        self.first.set(self.first.get() + 1);
        self.unread.set(self.unread.get() - 1);
        Some(outcome)
    }

    fn wake(&self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

impl Sink<WebHost> for Results {
    fn deliver(&self, index: u32, outcome: JsValue) {
        let mut ready = self.ready.borrow_mut();
        let place = if self.ordered { index.saturating_sub(self.first.get()) as usize } else { ready.len() };
        if ready.len() <= place {
            ready.resize(place + 1, None);
        }
        ready[place] = Some(outcome);
        drop(ready);
        self.unread.set(self.unread.get() + 1);
        self.wake();
    }

    fn end(&self, _: Option<JsValue>) {
        self.ended.set(true);
        if let Some(reporter) = &self.reporter {
            reporter.end();
        }
        self.wake();
    }

    fn has_room(&self) -> bool {
        self.unread.get() < self.most
    }

    fn moved(&self, tally: &dyn Fn() -> Tally) {
        if let Some(reporter) = &self.reporter {
            let Tally { started, succeeded, failed, in_flight, queued, retries, bytes } = tally();
            reporter.note(started, succeeded, failed, in_flight, queued, retries, bytes);
        }
    }
}
