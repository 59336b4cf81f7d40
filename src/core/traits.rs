//! Optional steps of a request: functions of the user, a schema, a shared fetch.

/// Steps that a request takes only where its options ask for them, one flag each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent of one another, and read by name")]
pub struct Traits {
    /// A body function, `auth` or `beforeRequest` hooks prepare each attempt.
    pub before_request: bool,
    /// `afterResponse` hooks see each response.
    pub after_response: bool,
    /// `beforeRetry` hooks see each retry.
    pub before_retry: bool,
    /// `onResult` hooks see the result.
    pub on_result: bool,
    /// `shouldRetry` decides about each retry.
    pub should_retry: bool,
    /// `auth` is a function, which a 401 refreshes once.
    pub refresh_auth: bool,
    /// A schema validates the data.
    pub schema: bool,
    /// The request may share a fetch with identical ones.
    pub dedupe: bool,
}
