//! The boundary: JavaScript in, JavaScript out, nothing decided.

mod asks;
mod exports;
mod gate;
mod host;
mod options;
mod request;
mod result;
mod stats;
mod wire;

#[cfg(test)]
mod tests;

/// wasm-bindgen copies the modules that are named in Rust, and not those that these import.
#[allow(dead_code, reason = "named, never called")]
mod copied {
    use wasm_bindgen::prelude::*;

    #[wasm_bindgen(module = "/src/js/body.js")]
    extern "C" {
        #[wasm_bindgen(js_name = ignore)]
        fn body();
    }
    #[wasm_bindgen(module = "/src/js/errors.js")]
    extern "C" {
        #[wasm_bindgen(js_name = shown)]
        fn errors();
    }
    #[wasm_bindgen(module = "/src/js/faults.js")]
    extern "C" {
        #[wasm_bindgen(js_name = classify)]
        fn faults();
    }
    #[wasm_bindgen(module = "/src/js/hooks.js")]
    extern "C" {
        #[wasm_bindgen(js_name = step)]
        fn hooks();
    }
    #[wasm_bindgen(module = "/src/js/keyring.js")]
    extern "C" {
        #[wasm_bindgen(js_name = Keyring)]
        fn keyring();
    }
    #[wasm_bindgen(module = "/src/js/plan.js")]
    extern "C" {
        #[wasm_bindgen(js_name = basic)]
        fn plan();
    }
    #[wasm_bindgen(module = "/src/js/progress.js")]
    extern "C" {
        #[wasm_bindgen(js_name = Progress)]
        fn progress();
    }
    #[wasm_bindgen(module = "/src/js/redirect.js")]
    extern "C" {
        #[wasm_bindgen(js_name = next)]
        fn redirect();
    }
    #[wasm_bindgen(module = "/src/js/response.js")]
    extern "C" {
        #[wasm_bindgen(js_name = likeness)]
        fn response();
    }
    #[wasm_bindgen(module = "/src/js/signals.js")]
    extern "C" {
        #[wasm_bindgen(js_name = listen)]
        fn signals();
    }
}
