//! Progress of a call.

use std::time::Duration;

use wasm_bindgen::prelude::*;

use super::bindings;
use super::history::duration;

/// Progress of a call, as [`on_progress`](crate::ClientBuilder::on_progress) gets it.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Progress {
    /// Requests taken from the iterator or stream so far.
    pub started: u32,
    /// Requests in all, if the iterator knows its length.
    pub total: Option<u32>,
    /// Requests that ended in a success.
    pub succeeded: u32,
    /// Requests that ended in an error.
    pub failed: u32,
    /// Requests in flight.
    pub in_flight: u32,
    /// Requests taken and not in flight: they wait for a slot, or for a retry.
    pub queued: u32,
    /// Attempts beyond the first, of requests that have ended.
    pub retries: u32,
    /// Decoded body bytes read.
    pub bytes: u64,
    /// Requests finished per second, on average.
    pub rate: f64,
    /// Estimated time to the end, if the total is known.
    pub eta: Option<Duration>,
}

impl Progress {
    pub(super) fn from_js(progress: JsValue) -> Self {
        let progress: bindings::Progress = progress.unchecked_into();
        Self {
            started: progress.started(),
            total: progress.total(),
            succeeded: progress.succeeded(),
            failed: progress.failed(),
            in_flight: progress.in_flight(),
            queued: progress.queued(),
            retries: progress.retries(),
            bytes: progress.bytes() as u64,
            rate: progress.rate(),
            eta: progress.eta().map(duration),
        }
    }
}
