//! The way of one request: async Rust over one [`Host`], no JavaScript.
//!
//! ```text
//! batch     pulls the next input when a slot is free ──┐                    ┌── delivers, in order or not
//! request   the story of one: attempts and waits  ─────┴─► acquire ► attempt ► judge ─► done
//! scope     what they share: admission, timers   ◄────────── permit ◄┘          └► sleep ► acquire …
//! attempt   one fetch within its limits, and its body
//! recovery  what follows one that failed
//! host      fetch, clock, chance, the one timer
//! ```
//!
//! Dropping is releasing: a permit handed on, a fetch aborted, a place in the queue given up. A wait holds nothing.

mod attempt;
pub mod batch;
mod control;
mod errand;
mod flight;
pub mod host;
mod intake;
mod nested;
mod open;
pub mod permit;
mod rarely;
mod recovery;
mod request;
pub mod scope;
pub mod seat;
mod serve;
pub mod story;
pub mod terms;
mod waiting;

pub use batch::Batch;
pub use host::Host;
pub use scope::Scope;
pub use seat::Seat;
pub use story::Story;
