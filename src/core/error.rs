//! Failures of a request or of one attempt.
//!
//! ```text
//! Failure
//! ├─ Http { status }            a status that counts as a failure
//! ├─ Network { transient }      no response: refused, reset, unreachable
//! ├─ Timeout { phase }          a limit of ours ran out
//! ├─ Aborted                    the request's own signal, or a cancelled queue
//! ├─ Body(BodyFault)            the response came, its body did not
//! ├─ Budget                     `maxFetches` is spent
//! ├─ Input                      cannot be sent at all
//! ├─ Hook                       the user's own function threw
//! └─ Closed                     its client was closed
//! ```

/// Time limit that ran out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Phase {
    /// Limit of the whole request, before anything was sent.
    Queue,
    /// Limit of an attempt's response headers.
    Headers,
    /// Limit of an attempt.
    Attempt,
    /// Limit of silence within a body.
    Idle,
    /// Limit of the whole request, after something was sent.
    Total,
    /// Deadline of the call.
    Deadline,
}

/// Fault of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyFault {
    /// Broke off.
    Truncated,
    /// Has more bytes than `maxBytes`.
    TooLarge,
    /// Has fewer bytes than `expectedBytes`.
    Short,
    /// Has more bytes than `expectedBytes`.
    Long,
    /// Cannot be parsed as its type.
    Parse,
    /// Does not satisfy the schema.
    Schema,
}

/// Failure of a request or an attempt.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Failure {
    /// A status that counts as a failure.
    Http {
        /// Status of the response.
        status: u16,
    },
    /// No response came.
    Network {
        /// True if trying again could help: the host's error is known to mean a lost connection.
        transient: bool,
    },
    /// A time limit ran out.
    Timeout {
        /// Limit that ran out.
        phase: Phase,
    },
    /// The signal of the request was aborted, or its queue cancelled.
    Aborted,
    /// The body of the response was faulty or incomplete.
    Body(BodyFault),
    /// The batch may start no more fetches.
    Budget,
    /// The input cannot be sent.
    Input,
    /// A function of the user threw.
    Hook,
    /// The client was closed.
    Closed,
}

impl Failure {
    /// Returns whether the request ends, whatever retries are left.
    #[must_use]
    pub fn is_final(self) -> bool {
        match self {
            Self::Timeout { phase, .. } => matches!(phase, Phase::Queue | Phase::Total | Phase::Deadline),
            Self::Aborted | Self::Budget | Self::Input | Self::Hook | Self::Closed => true,
            Self::Http { .. } | Self::Network { .. } | Self::Body(_) => false,
        }
    }

    /// Returns whether the host is to blame: unreachable, too slow, or failing itself.
    #[must_use]
    pub fn blames_host(self) -> bool {
        match self {
            Self::Http { status, .. } => status >= 500,
            Self::Network { transient } => transient,
            Self::Body(fault) => fault == BodyFault::Truncated,
            Self::Timeout { phase, .. } => matches!(phase, Phase::Attempt | Phase::Headers | Phase::Idle),
            Self::Aborted | Self::Budget | Self::Input | Self::Hook | Self::Closed => false,
        }
    }

    /// Returns whether the same request may succeed when sent again.
    #[must_use]
    pub fn is_transient(self) -> bool {
        match self {
            Self::Network { transient } => transient,
            Self::Timeout { phase, .. } => matches!(phase, Phase::Attempt | Phase::Headers | Phase::Idle),
            Self::Body(fault) => matches!(fault, BodyFault::Truncated | BodyFault::Short),
            Self::Http { .. } | Self::Aborted | Self::Budget | Self::Input | Self::Hook | Self::Closed => false,
        }
    }
}
