//! Wants of a request beyond the plain way: functions of the user, a schema, a fetch that it may share.

/// Steps that a request takes only where its options ask for them, one flag each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent of one another, and read by name")]
pub struct Traits {
    /// Each attempt is made ready first: by a body function, `auth` or `beforeRequest` hooks.
    pub before_request: bool,
    /// `afterResponse` hooks see each response.
    pub after_response: bool,
    /// `beforeRetry` hooks see each retry.
    pub before_retry: bool,
    /// `onResult` hooks see the result.
    pub on_result: bool,
    /// `shouldRetry` decides about each retry.
    pub should_retry: bool,
    /// `auth` is a function, which a 401 may ask once more.
    pub refresh_auth: bool,
    /// The data have to satisfy a schema.
    pub schema: bool,
    /// Identical requests may share its fetch.
    pub dedupe: bool,
}
