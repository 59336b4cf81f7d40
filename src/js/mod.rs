//! The boundary: JavaScript in, JavaScript out, nothing decided.

mod host;
mod options;
mod request;
mod result;

#[cfg(feature = "npm")]
mod exports;
