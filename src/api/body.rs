//! A body that is read as it comes.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::call::Call;
use super::error::Error;
use super::js::{self, Reader};
use super::response::Response;

/// A response whose body is a stream of chunks, as they arrive. Its slot is held until the body is read to its end; dropped
/// before, it is aborted. The limits of time go on: an error in the stream is the last of its items.
#[must_use = "a body that nobody reads holds its slot"]
pub struct StreamedResponse {
    response: Response,
    reader: Reader,
    reading: Option<JsFuture>,
    /// `None` when the body is over.
    call: Option<Call>,
}

impl StreamedResponse {
    pub(super) fn new(response: Response, call: Call) -> Self {
        let reader = response.take_stream().reader();
        Self { response, reader, reading: None, call: Some(call) }
    }

    /// What came before the body, and in place of it nothing.
    #[must_use]
    pub fn head(&self) -> &Response {
        &self.response
    }
}

impl Stream for StreamedResponse {
    type Item = Result<Vec<u8>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.call.is_none() {
            return Poll::Ready(None);
        }
        let Self { reading, reader, .. } = &mut *self;
        let read = reading.get_or_insert_with(|| JsFuture::from(reader.read()));
        let read = ready!(Pin::new(read).poll(context));
        self.reading = None;
        let chunk = match read {
            Ok(step) => step.unchecked_into::<js::Step>().value().map(|chunk: Uint8Array| Ok(chunk.to_vec())),
            Err(thrown) => Some(Err(self.response.broken(&thrown))),
        };
        if !matches!(chunk, Some(Ok(_))) {
            self.call = None;
        }
        Poll::Ready(chunk)
    }
}

impl std::fmt::Debug for StreamedResponse {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("StreamedResponse").field(&self.response).finish()
    }
}
