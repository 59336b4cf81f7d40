//! Fans HTTP requests out over the host's own `fetch`.
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod core;
#[cfg(all(target_arch = "wasm32", feature = "npm"))]
mod js;
pub mod pipeline;
