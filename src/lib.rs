//! Fans HTTP requests out over the host's own `fetch`: concurrent, bounded, retried, timed, one result for every input.
//!
//! Compiled to WebAssembly it is the npm package `fanfetch`, whose README says how to use that from JavaScript.
#![cfg_attr(all(target_arch = "wasm32", feature = "client"), doc = include_str!("api/guide.md"))]
//! # For those who read the code
//!
//! The layers import in one direction, `api → js → pipeline → core`; of the first two only the typed face is public:
//!
//! * [`core`] decides: who may start, what is tried again and when. Pure, and natively tested.
//! * [`pipeline`] is one request's way and one batch's, in async Rust over a [`Host`](pipeline::Host).
//! * `js` is that host on the web, and the boundary to JavaScript.
//! * `api` is what Rust programs call, on `wasm32-unknown-unknown` alone.
//!
//! [`core`] and [`pipeline`] are public for the tests; they change as the code does.
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

/// Its example is compiled as well.
#[cfg(all(doctest, target_arch = "wasm32", feature = "json"))]
#[doc = include_str!("../README.md")]
struct Readme;

/// The core's tests run a second time in the wasm, by the same names: see the line at the top of each.
#[cfg(all(test, target_arch = "wasm32"))]
mod testing {
    pub(crate) use wasm_bindgen_test::wasm_bindgen_test as test;
}
