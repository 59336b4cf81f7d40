//! Fans HTTP requests out over the host's own `fetch`: concurrent, bounded, retried, timed, one result for every input.
//!
//! Compiled to WebAssembly it is the npm package `fanfetch`; its README says how to use that. For those who read the
//! code, the layers import in one direction, `js → pipeline → core`:
//!
//! * [`core`] decides: who may start, what is tried again and when. Pure, and natively tested.
//! * [`pipeline`] is one request's way and one batch's, in async Rust over a [`Host`](pipeline::Host).
//! * `js`, in the npm build alone, is that host on the web, and the boundary to JavaScript.
//!
//! `DESIGN.md` draws the path of one request and gives the reasons.

#[cfg(all(target_arch = "wasm32", feature = "client"))]
mod api;
pub mod core;
#[cfg(all(target_arch = "wasm32", any(feature = "client", feature = "npm")))]
mod js;
pub mod pipeline;

#[cfg(all(target_arch = "wasm32", feature = "client"))]
pub use api::*;

/// The core's tests run a second time in the wasm, by the same names: see the line at the top of each.
#[cfg(all(test, target_arch = "wasm32"))]
mod testing {
    pub(crate) use wasm_bindgen_test::wasm_bindgen_test as test;
}
