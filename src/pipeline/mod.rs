//! Sequence of one request: async Rust over one [`Host`], without JavaScript.
//!
//! ```text
//! batch/worker ── pulls an input, delivers its result, pulls the next
//!    │
//! request ─────── THE SPINE: one loop, one attempt a round
//!    ├─ round ───── state between attempts; waiting counts the request while it waits
//!    ├─ permit ──── slot, host's slot and tokens, from scope ⇄ core/admission
//!    ├─ attempt ─── sends within its deadline and judges the status ─ body, read with the head or after it
//!    │                                                     a plain GET has its result here
//!    ├─ retry ───── after a failure: again, after a wait that holds nothing, or the end
//!    ├─ open_body ─ after a body was handed out: its slot until it is read
//!    └─ shared_fetch  in place of all this where identical requests share one fetch
//!
//! scope    what requests share: slots, clock, tasks       control   switches and counters
//! slots    free slots: to waiting requests, then to batches that pull (intake)
//! nested   calls of a hook that holds a slot              boxed     futures off the hot path
//! host     the traits of the world: runtime, inputs, transport, hooks
//! ```
//!
//! Dropping releases: a permit passes its slot on, a fetch is aborted, a position in the queue is given up.

mod attempt;
pub mod batch;
mod body;
mod boxed;
mod clock;
mod context;
mod control;
mod deadline;
pub mod history;
pub mod host;
mod intake;
mod nested;
mod open_body;
pub mod permit;
mod request;
mod retry;
mod round;
pub mod scope;
mod shared_fetch;
mod slots;
pub mod task;
mod waiting;

pub use batch::Batch;
pub use history::History;
pub use host::Host;
pub use scope::Scope;
pub use task::TaskState;
