//! Credentials of a request.

use js_sys::Object;
use wasm_bindgen::prelude::*;

use super::bindings;

/// Credentials: a bearer token, or a user name and a password.
#[derive(Clone)]
pub struct Auth(Credentials);

#[derive(Clone)]
enum Credentials {
    Bearer(String),
    Basic(String, String),
}

impl Auth {
    /// Credentials by a bearer token (RFC 6750).
    #[must_use]
    pub fn bearer(token: impl Into<String>) -> Self {
        Self(Credentials::Bearer(token.into()))
    }

    /// Credentials by a user name and a password (RFC 7617), sent as UTF-8.
    #[must_use]
    pub fn basic(username: impl Into<String>, password: impl Into<String>) -> Self {
        Self(Credentials::Basic(username.into(), password.into()))
    }

    pub(super) fn into_js(self) -> JsValue {
        let object = Object::new();
        match self.0 {
            Credentials::Bearer(token) => bindings::set_option(&object, "bearer", &token.into()),
            Credentials::Basic(username, password) => {
                bindings::set_option(&object, "username", &username.into());
                bindings::set_option(&object, "password", &password.into());
            }
        }
        object.into()
    }
}

/// Shows the kind alone.
impl std::fmt::Debug for Auth {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self.0 {
            Credentials::Bearer(_) => "Auth::Bearer",
            Credentials::Basic(..) => "Auth::Basic",
        })
    }
}
