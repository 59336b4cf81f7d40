#![cfg_attr(all(target_arch = "wasm32", feature = "client"), doc = include_str!("api/guide.md"))]
#![cfg_attr(
    not(all(target_arch = "wasm32", feature = "client")),
    doc = "Fetches many URLs from Rust on `wasm32-unknown-unknown`. On other targets there is no client: `fetch` is JavaScript's."
)]
// Layers import in one direction: api → js → pipeline → core. DESIGN.md draws the path of one request and gives reasons.

#[cfg(not(target_arch = "wasm32"))]
mod absent;
#[cfg(all(target_arch = "wasm32", feature = "client"))]
mod api;
// Public for the tests in `tests`, which run natively; these modules change as the code does.
#[doc(hidden)]
pub mod core;
#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub mod js;
#[doc(hidden)]
pub mod pipeline;

#[cfg(not(target_arch = "wasm32"))]
#[doc(hidden)]
pub use absent::*;

/// Compared with `protocol.js` where tests run natively.
#[cfg(all(test, not(target_arch = "wasm32")))]
#[path = "js/protocol.rs"]
#[allow(unreachable_pub, reason = "part of the public module `js` on the other target")]
mod protocol;

#[cfg(all(target_arch = "wasm32", feature = "client"))]
pub use api::*;

/// Compiles the example in the README.
#[cfg(all(doctest, target_arch = "wasm32", feature = "json"))]
#[doc = include_str!("../README.md")]
struct Readme;

/// Runs the core's tests a second time in the wasm, under the same names: see the line at the top of each.
#[cfg(all(test, target_arch = "wasm32"))]
mod testing {
    pub(crate) use wasm_bindgen_test::wasm_bindgen_test as test;
}
