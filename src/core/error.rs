//! Why a request, or one attempt of it, came to nothing.
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

/// Which limit of time ran out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Phase {
    /// That of the whole request, before anything was sent.
    Queue,
    /// That of an attempt's response headers.
    Headers,
    /// That of an attempt.
    Attempt,
    /// That of silence within a body.
    Idle,
    /// That of the whole request, after something was sent.
    Total,
    /// The deadline of the call.
    Deadline,
}

/// What was wrong with a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyFault {
    /// It broke off.
    Truncated,
    /// It has more bytes than `maxBytes`.
    TooLarge,
    /// It has fewer bytes than `expectedBytes`.
    Short,
    /// It has more bytes than `expectedBytes`.
    Long,
    /// It is not what its type says.
    Parse,
    /// It does not satisfy the schema.
    Schema,
}

/// Why a request or an attempt failed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Failure {
    /// A status that counts as a failure.
    Http {
        /// The response's status.
        status: u16,
    },
    /// There was no response.
    Network {
        /// Whether trying again could help: known words of the host for a lost connection.
        transient: bool,
    },
    /// One of our limits ran out.
    Timeout {
        /// Which one.
        phase: Phase,
    },
    /// The request's own signal was aborted, or its queue cancelled.
    Aborted,
    /// The response came, its body did not.
    Body(BodyFault),
    /// The batch may start no more fetches.
    Budget,
    /// The input cannot be sent.
    Input,
    /// A function of the user's threw.
    Hook,
    /// The client was closed.
    Closed,
}

impl Failure {
    /// Whether it ends the request whatever is left to try.
    #[must_use]
    pub fn is_final(self) -> bool {
        match self {
            Self::Timeout { phase, .. } => matches!(phase, Phase::Queue | Phase::Total | Phase::Deadline),
            Self::Aborted | Self::Budget | Self::Input | Self::Hook | Self::Closed => true,
            Self::Http { .. } | Self::Network { .. } | Self::Body(_) => false,
        }
    }

    /// Whether an attempt that ended so speaks against its host: it could not be reached, was too slow, or failed itself.
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

    /// Whether the same request may succeed when it is sent again.
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
