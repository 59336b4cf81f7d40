//! Faults of bodies.

/// Fault of a body, as [`Error::Body`](crate::Error::Body) has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BodyFault {
    /// The body broke off.
    Truncated,
    /// The body has more than [`max_bytes`](crate::ClientBuilder::max_bytes).
    TooLarge,
    /// The body has not [`expected_bytes`](crate::ClientBuilder::expected_bytes).
    Length,
    /// The body changed between two parts of it.
    Changed,
    /// The body is not JSON.
    Parse,
    /// The body is JSON that does not fit the type.
    Schema,
}

impl BodyFault {
    /// The fault that a code of JavaScript names.
    pub(super) fn from_code(code: &str) -> Option<Self> {
        CODES.iter().find(|(name, _)| *name == code).map(|(_, fault)| *fault)
    }
}

const CODES: [(&str, BodyFault); 6] = [
    ("BODY_TRUNCATED", BodyFault::Truncated),
    ("BODY_TOO_LARGE", BodyFault::TooLarge),
    ("BODY_LENGTH", BodyFault::Length),
    ("BODY_CHANGED", BodyFault::Changed),
    ("BODY_PARSE", BodyFault::Parse),
    ("BODY_SCHEMA", BodyFault::Schema),
];
