//! Work that most requests never come to.

use std::pin::Pin;

/// Work on the heap, apart from the way of a request that succeeds at once. Awaited in place it would be part of that
/// function, which hosts compile as a whole before the first request and optimize as a whole after some thousands; and its
/// states would be part of every task.
pub(super) fn boxed<'a, T>(work: impl Future<Output = T> + 'a) -> Pin<Box<dyn Future<Output = T> + 'a>> {
    Box::pin(work)
}
