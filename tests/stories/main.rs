//! Stories of batches and requests in virtual time: what happens, exactly when, over a simulated host.
#![cfg(not(target_arch = "wasm32"))]

mod apart;
mod cancel;
mod close;
mod control;
mod deadline;
mod fairness;
mod gates;
mod handed;
mod hooks;
mod lazy;
mod limit;
mod nested;
mod order;
mod progress;
mod properties;
mod rate;
mod redirect;
mod retry;
mod shared;
mod shared_bounds;
mod sim;
mod single;
mod timeout;
