//! The way of one request: async Rust over one [`Host`], no JavaScript.
//!
//! ```text
//! batch     pulls the next input when a slot is free ──┐                    ┌── delivers, in order or not
//! request   the history of one: attempts and waits  ─────┴─► acquire ► attempt ► judge ─► done
//! scope     what they share: admission, timers   ◄────────── permit ◄┘          └► sleep ► acquire …
//! attempt   one fetch within its limits, and its body
//! recovery  what follows one that failed
//! host      fetch, clock, chance, the one timer
//! ```
//!
//! Dropping is releasing: a permit handed on, a fetch aborted, a place in the queue given up. A wait holds nothing.

mod attempt;
pub mod batch;
mod boxed;
mod context;
mod control;
pub mod history;
pub mod host;
mod nested;
mod open_body;
pub mod permit;
mod request;
mod retry;
pub mod scope;
mod shared_fetch;
pub mod task;
mod waiting;

pub use batch::Batch;
pub use history::History;
pub use host::Host;
pub use scope::Scope;
pub use task::TaskState;
