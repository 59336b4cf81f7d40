//! A response whose body is a stream.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures::Stream;
use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::ReadableStream;

use super::bindings;
use super::call::Call;
use super::error::Error;
use super::response::Response;

/// A response whose body is a stream of chunks, as they arrive. The request holds its slot until the body is read to its
/// end; dropping the stream aborts it. Timeouts apply until the end: an error of the body is the last item.
#[must_use = "a body that is not read holds its slot"]
pub struct StreamedResponse {
    response: Response,
    stream: ReadableStream,
    reader: bindings::Reader,
    read: Option<JsFuture>,
    /// `None` after the end of the body.
    call: Option<Call>,
}

impl StreamedResponse {
    pub(super) fn new(response: Response, call: Call) -> Self {
        let stream = response.take_stream();
        let reader = stream.get_reader().unchecked_into();
        Self { response, stream, reader, read: None, call: Some(call) }
    }

    /// The response without its body.
    #[must_use]
    pub fn head(&self) -> &Response {
        &self.response
    }
}

/// Hands the rest of the body over to JavaScript. The request holds its slot until that is read or cancelled.
impl From<StreamedResponse> for ReadableStream {
    fn from(response: StreamedResponse) -> Self {
        response.reader.release_lock();
        if let Some(call) = response.call {
            call.detach();
        }
        response.stream
    }
}

/// Makes a JavaScript `Response` with the same status and headers and the rest of the body, as the conversion of a
/// [`Response`] does.
impl TryFrom<StreamedResponse> for web_sys::Response {
    type Error = Error;

    fn try_from(response: StreamedResponse) -> Result<Self, Error> {
        response.reader.release_lock();
        // A failure drops the call, which aborts it.
        let converted = response.head().to_js(&response.stream)?;
        if let Some(call) = response.call {
            call.detach();
        }
        Ok(converted)
    }
}

impl Stream for StreamedResponse {
    type Item = Result<Vec<u8>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.call.is_none() {
            return Poll::Ready(None);
        }
        let Self { read, reader, .. } = &mut *self;
        let read = read.get_or_insert_with(|| JsFuture::from(reader.read()));
        let read = ready!(Pin::new(read).poll(context));
        self.read = None;
        let chunk = match read {
            Ok(step) => step.unchecked_into::<bindings::Step>().value().map(|chunk: Uint8Array| Ok(chunk.to_vec())),
            Err(thrown) => Some(Err(self.response.truncated(&thrown))),
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
