//! Futures on the heap, off the hot path.

use std::pin::Pin;

/// Moves a future that most requests never run to the heap.
///
/// Awaited in place it would be part of the function around it, which hosts compile as a whole before the first request and
/// optimize as a whole after some thousands; and its states would be part of every task.
pub(super) fn boxed<'a, T>(work: impl Future<Output = T> + 'a) -> Pin<Box<dyn Future<Output = T> + 'a>> {
    Box::pin(work)
}
