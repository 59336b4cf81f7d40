//! A call: its batch, and the queue of its results.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use wasm_bindgen::prelude::*;

use crate::js::{Options, Source, WebHost};
use crate::pipeline::batch::{Batch, BatchOptions, Progress, Sink};
use crate::pipeline::host::Runtime;

use super::bindings::{self, FetchResult, ProgressReporter, RustSource};
use super::client::Client;
use super::error::Error;
use super::inputs::Inputs;
use super::response::Response;
use super::tag::SentTags;

/// A call in progress. Dropping it before its end aborts it.
pub(super) struct Call {
    batch: Rc<Batch<WebHost>>,
    results: Rc<ResultQueue>,
    tags: Rc<SentTags>,
    detached: bool,
}

/// Manner in which a call hands out its results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Delivery {
    /// A single result.
    Single,
    /// All results at the end, in the order of the requests.
    All,
    /// Result by result, in the order of the requests or of completion.
    Each { ordered: bool, high_water_mark: Option<u32> },
}

impl Delivery {
    /// The level of JavaScript's option tables that applies.
    fn level(self) -> &'static str {
        match self {
            Self::Single => "one",
            Self::All => "call",
            Self::Each { .. } => "each",
        }
    }
}

impl Call {
    pub(super) fn begin(client: &Client, inputs: Inputs, delivery: Delivery) -> Self {
        let (gate, options) = client.enter(delivery.level());
        let batch_options = BatchOptions { single: delivery == Delivery::Single, ..options.batch() };
        let feed = inputs.feed();
        // A call can be dropped at any time, so each of its requests may end early.
        let source = Source::new(RustSource::new(&feed.js, &options).into(), &options, &batch_options, true);
        let high_water_mark = match delivery {
            Delivery::Each { high_water_mark, .. } => {
                options.high_water_mark(high_water_mark.unwrap_or_else(|| gate.concurrency()))
            }
            Delivery::Single | Delivery::All => u32::MAX,
        };
        let progress = options
            .is_watched()
            .then(|| ProgressReporter::new(&options, source.size(), &JsValue::UNDEFINED, &JsValue::UNDEFINED));
        let results = Rc::new(ResultQueue {
            ordered: matches!(delivery, Delivery::All | Delivery::Each { ordered: true, .. }),
            high_water_mark,
            progress,
            ..ResultQueue::default()
        });
        let batch =
            Batch::new(&gate.scope, gate.id, source, Rc::clone(&results) as Rc<dyn Sink<WebHost>>, batch_options);
        client.watch(&batch);
        let signals = client.has_signals().then(|| Signals::listen(options, &batch));
        let (running, client, tags) = (Rc::clone(&batch), client.clone(), Rc::clone(&feed.tags));
        batch.scope().host().spawn(async move {
            match delivery {
                Delivery::Single => running.run_single().await,
                Delivery::All | Delivery::Each { .. } => running.run().await,
            }
            drop((feed, gate, signals, client));
        });
        Self { batch, results, tags, detached: false }
    }

    /// Takes the next result that may be handed out, or waits for it.
    pub(super) fn poll_next(&self, context: &Context<'_>) -> Poll<Option<Result<Response, Error>>> {
        if let Some(result) = self.take() {
            if !self.results.ended.get() {
                self.batch.make_room();
            }
            return Poll::Ready(Some(result));
        }
        self.poll_end(context).map(|()| None)
    }

    /// Waits until all results are there.
    pub(super) fn poll_end(&self, context: &Context<'_>) -> Poll<()> {
        if self.results.ended.get() {
            return Poll::Ready(());
        }
        self.results.waker.replace(Some(context.waker().clone()));
        Poll::Pending
    }

    /// Takes the next result, if it is there.
    pub(super) fn take(&self) -> Option<Result<Response, Error>> {
        let result: FetchResult = self.results.take()?.unchecked_into();
        let index = (!self.tags.is_empty()).then(|| result.index());
        let response = Response::from_js(result);
        // Not before: the response has a handle of its own by now.
        index.into_iter().for_each(|index| self.tags.forget(index));
        Some(response)
    }

    /// Lets the call go on by itself, for a body that JavaScript reads.
    pub(super) fn detach(mut self) {
        self.detached = true;
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if !self.results.ended.get() && !self.detached {
            self.batch.fail(JsValue::UNDEFINED);
        }
    }
}

/// Aborts a call when a signal of its client aborts. Dropping it stops listening.
struct Signals {
    options: Options,
    heard: Closure<dyn Fn()>,
}

impl Signals {
    fn listen(options: Options, batch: &Rc<Batch<WebHost>>) -> Self {
        let batch = Rc::downgrade(batch);
        let heard = Closure::<dyn Fn()>::new(move || {
            if let Some(batch) = batch.upgrade() {
                batch.abort();
            }
        });
        bindings::listen(&options, heard.as_ref());
        Self { options, heard }
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        bindings::unlisten(&self.options, self.heard.as_ref());
    }
}

/// Results that were not taken yet.
#[derive(Default)]
struct ResultQueue {
    ordered: bool,
    high_water_mark: u32,
    /// Results in the order in which they are handed out. In the order of the requests, some may still be missing.
    ready: RefCell<VecDeque<Option<JsValue>>>,
    /// Index of the first of them, in the order of the requests.
    first: Cell<u32>,
    unread: Cell<u32>,
    ended: Cell<bool>,
    waker: Cell<Option<Waker>>,
    progress: Option<ProgressReporter>,
}

impl ResultQueue {
    fn take(&self) -> Option<JsValue> {
        let mut ready = self.ready.borrow_mut();
        let result = ready.front_mut()?.take()?;
        ready.pop_front();
        self.first.set(self.first.get() + 1);
        self.unread.set(self.unread.get() - 1);
        Some(result)
    }

    fn wake(&self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

impl Sink<WebHost> for ResultQueue {
    fn deliver(&self, index: u32, result: JsValue) {
        let mut ready = self.ready.borrow_mut();
        let place = if self.ordered { index.saturating_sub(self.first.get()) as usize } else { ready.len() };
        if ready.len() <= place {
            ready.resize(place + 1, None);
        }
        ready[place] = Some(result);
        drop(ready);
        self.unread.set(self.unread.get() + 1);
        self.wake();
    }

    fn end(&self, _: Option<JsValue>) {
        self.ended.set(true);
        if let Some(reporter) = &self.progress {
            reporter.end();
        }
        self.wake();
    }

    fn has_room(&self) -> bool {
        self.unread.get() < self.high_water_mark
    }

    fn moved(&self, progress: &dyn Fn() -> Progress) {
        if let Some(reporter) = &self.progress {
            let Progress { started, succeeded, failed, in_flight, queued, retries, bytes } = progress();
            reporter.note(started, succeeded, failed, in_flight, queued, retries, bytes);
        }
    }
}
