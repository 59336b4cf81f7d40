//! Requests that Rust gives one by one, as the boundary pulls them.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Poll, Waker};

use futures_core::Stream;
use wasm_bindgen::prelude::*;

use super::js;
use super::request::Request;

/// Where the requests of one call come from.
pub(super) enum Inputs {
    One(Request),
    Many(Box<dyn Iterator<Item = Request>>),
    Later(Pin<Box<dyn Stream<Item = Request>>>),
}

/// The same to JavaScript, for as long as this lives.
pub(super) struct Fed {
    pub(super) js: js::Inputs,
    _take: Box<dyn Kept>,
    _close: Closure<dyn Fn()>,
}

/// A closure of whatever kind, kept because JavaScript calls it.
pub(super) trait Kept {}
impl<T: ?Sized> Kept for Closure<T> {}

impl Inputs {
    pub(super) fn many<I>(requests: I) -> Self
    where
        I: IntoIterator<Item: Into<Request>, IntoIter: 'static>,
    {
        Self::Many(Box::new(Mapped(requests.into_iter())))
    }

    pub(super) fn later(requests: impl Stream<Item: Into<Request>> + 'static) -> Self {
        Self::Later(Box::pin(Mapped(Box::pin(requests))))
    }

    pub(super) fn feed(self) -> Fed {
        match self {
            Self::One(request) => sync(Box::new(std::iter::once(request))),
            Self::Many(requests) => sync(requests),
            Self::Later(requests) => later(requests),
        }
    }
}

fn sync(requests: Box<dyn Iterator<Item = Request>>) -> Fed {
    let size = match requests.size_hint() {
        (least, Some(most)) if least == most => u32::try_from(most).ok(),
        _ => None,
    };
    let held = Rc::new(Cell::new(Some(requests)));
    let closing = Rc::clone(&held);
    // It leaves its cell while it runs: it may do anything, and end the call as well.
    let closed = Rc::new(Cell::new(false));
    let told = Rc::clone(&closed);
    let take = Closure::<dyn Fn() -> JsValue>::new(move || {
        let Some(mut requests) = held.take() else { return JsValue::UNDEFINED };
        let next = requests.next();
        if next.is_some() && !closed.get() {
            held.set(Some(requests));
        }
        next.map_or(JsValue::UNDEFINED, Request::into_js)
    });
    let close = Closure::<dyn Fn()>::new(move || {
        told.set(true);
        drop(closing.take());
    });
    let js = js::Inputs::new(take.as_ref(), close.as_ref(), size, false);
    Fed { js, _take: Box::new(take), _close: close }
}

/// A stream that is waited for, until it is closed.
#[derive(Default)]
struct Source {
    requests: RefCell<Option<Pin<Box<dyn Stream<Item = Request>>>>>,
    closed: Cell<bool>,
    waiting: Cell<Option<Waker>>,
}

fn later(requests: Pin<Box<dyn Stream<Item = Request>>>) -> Fed {
    let source = Rc::new(Source { requests: RefCell::new(Some(requests)), ..Source::default() });
    let closing = Rc::clone(&source);
    let take = Closure::<dyn Fn() -> js_sys::Promise>::new(move || {
        let source = Rc::clone(&source);
        wasm_bindgen_futures::future_to_promise(async move {
            let next = poll_fn(|context| {
                let requests = source.requests.borrow_mut().take();
                let Some(mut requests) = requests.filter(|_| !source.closed.get()) else { return Poll::Ready(None) };
                let next = requests.as_mut().poll_next(context);
                if matches!(next, Poll::Ready(None)) || source.closed.get() {
                    return Poll::Ready(None);
                }
                source.requests.replace(Some(requests));
                source.waiting.set(Some(context.waker().clone()));
                next
            });
            Ok(next.await.map_or(JsValue::UNDEFINED, Request::into_js))
        })
    });
    let close = Closure::<dyn Fn()>::new(move || {
        closing.closed.set(true);
        let requests = closing.requests.borrow_mut().take();
        drop(requests);
        if let Some(waiting) = closing.waiting.take() {
            waiting.wake();
        }
    });
    let js = js::Inputs::new(take.as_ref(), close.as_ref(), None, true);
    Fed { js, _take: Box::new(take), _close: close }
}

/// An iterator or a stream of what becomes requests.
struct Mapped<S>(S);

impl<I: Iterator<Item: Into<Request>>> Iterator for Mapped<I> {
    type Item = Request;

    fn next(&mut self) -> Option<Request> {
        self.0.next().map(Into::into)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<S: Stream<Item: Into<Request>>> Stream for Mapped<Pin<Box<S>>> {
    type Item = Request;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut std::task::Context<'_>) -> Poll<Option<Request>> {
        self.0.as_mut().poll_next(context).map(|next| next.map(Into::into))
    }
}
