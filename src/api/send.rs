//! Every way to send requests: one, all of them, or a stream.

use std::future::poll_fn;

use futures::Stream;

use super::call::{Call, Delivery};
use super::client::Client;
use super::error::Error;
use super::fetch_each::FetchEach;
use super::inputs::Inputs;
use super::request::Request;
use super::response::Response;
use super::streamed_response::StreamedResponse;

/// Fetches all requests with the default options, see [`Client::fetch_all`].
pub fn fetch_all<I>(requests: I) -> impl Future<Output = Vec<Result<Response, Error>>> + 'static
where
    I: IntoIterator<Item: Into<Request> + 'static, IntoIter: 'static>,
{
    all(Client::new(), Inputs::from_iter(requests))
}

/// Fetches requests with the default options, result by result, see [`Client::fetch_each`].
pub fn fetch_each<I>(requests: I) -> FetchEach
where
    I: IntoIterator<Item: Into<Request> + 'static, IntoIter: 'static>,
{
    Client::new().fetch_each(requests)
}

/// Fetches one URL with the default options.
///
/// # Errors
/// The request failed, see [`Error`].
pub fn get(url: impl Into<String>) -> impl Future<Output = Result<Response, Error>> + 'static {
    Request::get(url).send()
}

impl Client {
    /// A GET request of this client.
    pub fn get(&self, url: impl Into<String>) -> Request {
        self.request("GET", url)
    }

    /// A HEAD request of this client.
    pub fn head(&self, url: impl Into<String>) -> Request {
        self.request("HEAD", url)
    }

    /// A POST request of this client.
    pub fn post(&self, url: impl Into<String>) -> Request {
        self.request("POST", url)
    }

    /// A PUT request of this client.
    pub fn put(&self, url: impl Into<String>) -> Request {
        self.request("PUT", url)
    }

    /// A PATCH request of this client.
    pub fn patch(&self, url: impl Into<String>) -> Request {
        self.request("PATCH", url)
    }

    /// A DELETE request of this client.
    pub fn delete(&self, url: impl Into<String>) -> Request {
        self.request("DELETE", url)
    }

    /// A request of this client, of any method.
    pub fn request(&self, method: &str, url: impl Into<String>) -> Request {
        Request::new(method, url).of(self)
    }

    /// Sends a request. Dropping the future aborts it.
    ///
    /// # Errors
    /// The request failed, see [`Error`].
    pub fn send(&self, request: impl Into<Request>) -> impl Future<Output = Result<Response, Error>> + 'static {
        one(self.clone(), request.into())
    }

    /// Fetches all requests, and gives one result for each, in their order; a failure is one of the results. Requests are
    /// taken from the iterator only as slots become free, so the iterator must own what it gives. Dropping the future
    /// aborts what is in flight.
    pub fn fetch_all<I>(&self, requests: I) -> impl Future<Output = Vec<Result<Response, Error>>> + 'static
    where
        I: IntoIterator<Item: Into<Request> + 'static, IntoIter: 'static>,
    {
        all(self.clone(), Inputs::from_iter(requests))
    }

    /// Fetches requests, result by result, from an iterator of any length. To stop at the first failure, leave the loop
    /// there, or use `try_collect` or another method of `futures::TryStreamExt`.
    pub fn fetch_each<I>(&self, requests: I) -> FetchEach
    where
        I: IntoIterator<Item: Into<Request> + 'static, IntoIter: 'static>,
    {
        FetchEach::new(self, Inputs::from_iter(requests))
    }

    /// Fetches requests, result by result, from a stream.
    pub fn fetch_from(&self, requests: impl Stream<Item: Into<Request> + 'static> + 'static) -> FetchEach {
        FetchEach::new(self, Inputs::from_stream(requests))
    }
}

impl Request {
    /// Sends the request with the client that made it, else with the default options. Dropping the future aborts it.
    ///
    /// # Errors
    /// The request failed, see [`Error`].
    pub fn send(self) -> impl Future<Output = Result<Response, Error>> + 'static {
        one(self.client().cloned().unwrap_or_default(), self)
    }

    /// Sends the request, and gives the response as soon as its headers are there: the body is a stream.
    ///
    /// # Errors
    /// The request failed before its body, see [`Error`].
    pub fn stream(self) -> impl Future<Output = Result<StreamedResponse, Error>> + 'static {
        streamed(self.client().cloned().unwrap_or_default(), self)
    }
}

async fn one(client: Client, request: Request) -> Result<Response, Error> {
    first(&Call::begin(&client, Inputs::one(request), Delivery::Single)).await
}

async fn streamed(client: Client, request: Request) -> Result<StreamedResponse, Error> {
    let call = Call::begin(&client, Inputs::one(request.unread()), Delivery::Single);
    Ok(StreamedResponse::new(first(&call).await?, call))
}

async fn first(call: &Call) -> Result<Response, Error> {
    let result = poll_fn(|context| call.poll_next(context)).await;
    result.unwrap_or_else(|| Err(Error::internal("the request ended without a result")))
}

async fn all(client: Client, inputs: Inputs) -> Vec<Result<Response, Error>> {
    let call = Call::begin(&client, inputs, Delivery::All);
    poll_fn(|context| call.poll_end(context)).await;
    std::iter::from_fn(|| call.take()).collect()
}
