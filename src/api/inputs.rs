//! Requests of a call, as the boundary pulls them one by one.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures::stream::{Abortable, LocalBoxStream, abortable};
use futures::{Stream, StreamExt as _};
use wasm_bindgen::prelude::*;

use super::bindings;
use super::request::Request;
use super::settings::KeepAlive;
use super::tag::SentTags;

/// Requests of one call.
pub(super) enum Inputs {
    Iterator(Box<dyn Iterator<Item = Request>>),
    Stream(LocalBoxStream<'static, Request>),
}

/// A JavaScript iterable of the same requests, as long as this lives.
pub(super) struct Feed {
    pub(super) js: bindings::Inputs,
    pub(super) tags: Rc<SentTags>,
    _take: Box<dyn KeepAlive>,
    _close: Closure<dyn Fn()>,
}

impl Inputs {
    pub(super) fn one(request: Request) -> Self {
        Self::from_iter([request])
    }

    pub(super) fn from_iter<I>(requests: I) -> Self
    where
        I: IntoIterator<Item: Into<Request> + 'static, IntoIter: 'static>,
    {
        Self::Iterator(Box::new(requests.into_iter().map(Into::into)))
    }

    pub(super) fn from_stream(requests: impl Stream<Item: Into<Request> + 'static> + 'static) -> Self {
        Self::Stream(requests.map(Into::into).boxed_local())
    }

    pub(super) fn feed(self) -> Feed {
        match self {
            Self::Iterator(requests) => feed_iterator(requests),
            Self::Stream(requests) => feed_stream(requests),
        }
    }
}

fn feed_iterator(requests: Box<dyn Iterator<Item = Request>>) -> Feed {
    let size = match requests.size_hint() {
        (least, Some(most)) if least == most => u32::try_from(most).ok(),
        _ => None,
    };
    let kept = Rc::new(Cell::new(Some(requests)));
    let closing = Rc::clone(&kept);
    // The iterator is out of its cell while it runs: it is the user's code, and may end the call.
    let closed = Rc::new(Cell::new(false));
    let is_closed = Rc::clone(&closed);
    let tags = Rc::<SentTags>::default();
    let sent = Rc::clone(&tags);
    let take = Closure::<dyn Fn() -> JsValue>::new(move || {
        let Some(mut requests) = kept.take() else { return JsValue::UNDEFINED };
        let next = requests.next();
        if next.is_some() && !is_closed.get() {
            kept.set(Some(requests));
        }
        next.map_or(JsValue::UNDEFINED, |request| send(request, &sent))
    });
    let close = Closure::<dyn Fn()>::new(move || {
        closed.set(true);
        drop(closing.take());
    });
    let js = bindings::Inputs::new(take.as_ref(), close.as_ref(), size, false);
    Feed { js, tags, _take: Box::new(take), _close: close }
}

fn feed_stream(requests: LocalBoxStream<'static, Request>) -> Feed {
    let (requests, handle) = abortable(requests);
    let kept = Rc::new(RefCell::new(Some(requests)));
    let closing = Rc::clone(&kept);
    let tags = Rc::<SentTags>::default();
    let sent = Rc::clone(&tags);
    let take = Closure::<dyn Fn() -> js_sys::Promise>::new(move || {
        let (kept, sent) = (Rc::clone(&kept), Rc::clone(&sent));
        wasm_bindgen_futures::future_to_promise(async move {
            Ok(next_of(&kept).await.map_or(JsValue::UNDEFINED, |request| send(request, &sent)))
        })
    });
    let close = Closure::<dyn Fn()>::new(move || {
        // A stream that is waited for is dropped by its waiter, which this wakes.
        handle.abort();
        drop(closing.take());
    });
    let js = bindings::Inputs::new(take.as_ref(), close.as_ref(), None, true);
    Feed { js, tags, _take: Box::new(take), _close: close }
}

/// Hands a request over to JavaScript, without its tag.
fn send(mut request: Request, tags: &SentTags) -> JsValue {
    tags.take(request.take_tag());
    request.into_js()
}

/// Takes the next request; a stream that has ended, or was aborted meanwhile, is dropped.
async fn next_of(kept: &RefCell<Option<Abortable<LocalBoxStream<'static, Request>>>>) -> Option<Request> {
    let mut requests = kept.take()?;
    let next = requests.next().await?;
    if requests.is_aborted() {
        return None;
    }
    kept.replace(Some(requests));
    Some(next)
}
