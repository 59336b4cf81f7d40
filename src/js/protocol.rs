//! Numbers that JavaScript and Rust exchange, each once by the same name on both sides; the test compares the two files.

#![allow(dead_code, reason = "some of them only JavaScript reads")]

use crate::core::backoff::Jitter;
use crate::core::error::{BodyFault, Phase};
use crate::core::policy::{Method, ReadAs, ThrowHttpErrors};
use crate::core::retry::DelayedBy;

macro_rules! protocol {
    (
        numbers { $($name:ident = $value:expr;)* }
        lists { $($list:ident: $kind:ty = [$($word:literal => $item:expr,)*];)* }
    ) => {
        $(pub const $name: i32 = $value;)*
        $(pub const $list: &[$kind] = &[$($item),*];)*

        #[cfg(all(test, not(target_arch = "wasm32")))]
        const NUMBERS_HERE: &[(&str, i32)] = &[$((stringify!($name), $value)),*];
        #[cfg(all(test, not(target_arch = "wasm32")))]
        const LISTS_HERE: &[(&str, &[&str])] = &[$((stringify!($list), &[$($word),*])),*];
    };
}

protocol! {
    numbers {
    CALL_ALL = 0;
    CALL_EACH = 1;
    CALL_SINGLE = 2;

    NEWS_TAKEN = 0;
    NEWS_STOPPED = 1;
    NEWS_ABORTED = 2;
    NEWS_CLOSED = 3;

    SWITCH_IN_FLIGHT = 0;
    SWITCH_QUEUED = 1;
    SWITCH_CONCURRENCY = 2;
    SWITCH_SET_CONCURRENCY = 3;
    SWITCH_SET_PAUSED = 4;
    SWITCH_CANCEL_QUEUED = 5;

    PULLED_DONE = -1;
    PULLED_THREW = -2;
    PULLED_PENDING = -3;
    PULLED_UNSENDABLE = -4;
    PULLED_SPECIAL = 536_870_912;

    WANTS_BEFORE_REQUEST = 1;
    WANTS_AFTER_RESPONSE = 2;
    WANTS_BEFORE_RETRY = 4;
    WANTS_ON_RESULT = 8;
    WANTS_REFRESH_AUTH = 16;
    WANTS_SCHEMA = 32;
    WANTS_DEDUPE = 64;
    HAS_SIGNAL = 128;
    HAS_OPTIONS = 256;
    HAS_IDEMPOTENCY_KEY = 512;
    HAS_STREAM = 1024;
    HAS_METHODS = 2048;
    HAS_LISTED_METHOD = 4096;
    METHOD_SHIFT = 16;

    QUESTION_NONE = 0;
    ANSWER_HEAD = 1;
    ANSWER_READ = 2;
    ANSWER_FAULT = 3;

    SUCCESS_FIRST = 200;
    SUCCESS_LAST = 299;

    FAULT_HOPELESS = 0;
    FAULT_LOST = 1;
    FAULT_TRUNCATED = 2;
    FAULT_UNPARSABLE = 3;
    FAULT_HOOK = 4;
    FAULT_INPUT = 5;
    FAULT_SCHEMA = 6;

    FAILURE_HTTP = 0;
    FAILURE_NETWORK = 1;
    FAILURE_TIMEOUT = 2;
    FAILURE_ABORTED = 3;
    FAILURE_BODY = 4;
    FAILURE_BUDGET = 5;
    FAILURE_INPUT = 6;
    FAILURE_HOOK = 7;
    FAILURE_CLOSED = 8;

    ASK_DELAY = 0;
    ASK_JITTER = 1;
    ASK_THROW_HTTP_ERRORS = 2;

    STATUSES_RETRIED = 0;
    STATUSES_AFTER = 1;

    DEFAULT_CONCURRENCY = 32;
    WORKERS_CONCURRENCY = 6;
    PROGRESS_INTERVAL = 100;

    READ_AUTO = 0;
    READ_JSON = 1;
    READ_TEXT = 2;
    READ_BYTES = 3;
    READ_ARRAY_BUFFER = 4;
    READ_BLOB = 5;
    READ_FORM_DATA = 6;
    READ_STREAM = 7;
    READ_RESPONSE = 8;
    THROW_ASK = 2;
    BODY_TRUNCATED = 0;
    BODY_TOO_LARGE = 1;
    BODY_SHORT = 2;
    BODY_LONG = 3;
    BODY_PARSE = 4;
    BODY_SCHEMA = 5;
    TIMEOUT_ATTEMPT = 0;
    RETRY_LIMIT = 4;
    RESPONSE_TYPE = 11;
    PRIORITY = 15;
    CONCURRENCY = 21;
    }

    lists {
    METHODS: Method = [
        "GET" => Method::Get,
        "HEAD" => Method::Head,
        "OPTIONS" => Method::Options,
        "TRACE" => Method::Trace,
        "PUT" => Method::Put,
        "DELETE" => Method::Delete,
        "QUERY" => Method::Query,
        "" => Method::Other,
    ];
    OPTION_NUMBERS: OptionNumber = [
        "timeout.attempt" => OptionNumber::TimeoutAttempt,
        "timeout.headers" => OptionNumber::TimeoutHeaders,
        "timeout.idle" => OptionNumber::TimeoutIdle,
        "timeout.total" => OptionNumber::TimeoutTotal,
        "retry.limit" => OptionNumber::RetryLimit,
        "retry.maxRetryAfter" => OptionNumber::MaxRetryAfter,
        "retry.delay" => OptionNumber::RetryDelay,
        "retry.factor" => OptionNumber::RetryFactor,
        "retry.backoffLimit" => OptionNumber::BackoffLimit,
        "retry.jitter" => OptionNumber::RetryJitter,
        "retry.retryOnTimeout" => OptionNumber::RetryOnTimeout,
        "responseType" => OptionNumber::ResponseType,
        "throwHttpErrors" => OptionNumber::ThrowHttpErrors,
        "maxBytes" => OptionNumber::MaxBytes,
        "expectedBytes" => OptionNumber::ExpectedBytes,
        "priority" => OptionNumber::Priority,
        "stopOnError" => OptionNumber::StopOnError,
        "maxFetches" => OptionNumber::MaxFetches,
        "deadline" => OptionNumber::Deadline,
        "until" => OptionNumber::Until,
        "highWaterMark" => OptionNumber::HighWaterMark,
        "concurrency" => OptionNumber::Concurrency,
        "concurrencyPerHost" => OptionNumber::ConcurrencyPerHost,
        "rateLimit.limit" => OptionNumber::RateLimit,
        "rateLimit.interval" => OptionNumber::RateInterval,
        "rateLimit.per" => OptionNumber::RatePer,
    ];
    RESPONSE_TYPES: ReadAs = [
        "auto" => ReadAs::Auto,
        "json" => ReadAs::Json,
        "text" => ReadAs::Text,
        "bytes" => ReadAs::Bytes,
        "arrayBuffer" => ReadAs::ArrayBuffer,
        "blob" => ReadAs::Blob,
        "formData" => ReadAs::FormData,
        "stream" => ReadAs::Stream,
        "response" => ReadAs::Response,
        "none" => ReadAs::None,
    ];
    JITTERS: Jitter = [
        "full" => Jitter::Full,
        "equal" => Jitter::Equal,
        "decorrelated" => Jitter::Decorrelated,
        "none" => Jitter::None,
    ];
    THROW_HTTP_ERRORS: ThrowHttpErrors = [
        "false" => ThrowHttpErrors::No,
        "true" => ThrowHttpErrors::Yes,
        "function" => ThrowHttpErrors::Ask,
    ];
    PHASES: Phase = [
        "queue" => Phase::Queue,
        "headers" => Phase::Headers,
        "attempt" => Phase::Attempt,
        "idle" => Phase::Idle,
        "total" => Phase::Total,
        "deadline" => Phase::Deadline,
    ];
    BODY_FAULTS: BodyFault = [
        "truncated" => BodyFault::Truncated,
        "tooLarge" => BodyFault::TooLarge,
        "short" => BodyFault::Short,
        "long" => BodyFault::Long,
        "parse" => BodyFault::Parse,
        "schema" => BodyFault::Schema,
    ];
    DELAYED_BY: DelayedBy = [
        "backoff" => DelayedBy::Backoff,
        "retry-after" => DelayedBy::RetryAfter,
        "rate-limit-headers" => DelayedBy::RateLimitHeaders,
    ];
    }
}

/// Places of the options that the engine reads as numbers.
#[derive(Clone, Copy, Debug)]
pub enum OptionNumber {
    TimeoutAttempt,
    TimeoutHeaders,
    TimeoutIdle,
    TimeoutTotal,
    RetryLimit,
    MaxRetryAfter,
    RetryDelay,
    RetryFactor,
    BackoffLimit,
    RetryJitter,
    RetryOnTimeout,
    ResponseType,
    ThrowHttpErrors,
    MaxBytes,
    ExpectedBytes,
    Priority,
    StopOnError,
    MaxFetches,
    Deadline,
    Until,
    HighWaterMark,
    Concurrency,
    ConcurrencyPerHost,
    RateLimit,
    RateInterval,
    RatePer,
}

/// Bits of a whole number that JavaScript gave.
pub const fn has(bits: i32, bit: i32) -> bool {
    bits & bit != 0
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use crate::core::admission::Limits;

    /// Constants of `protocol.js` in their order: each name with the text of its value.
    fn there() -> Vec<(String, String)> {
        let text = include_str!("protocol.js");
        let constants = text.split("\nexport const ").skip(1);
        constants
            .map(|constant| {
                let (name, rest) = constant.split_once(" = ").unwrap();
                let value = rest.split_once(';').unwrap().0;
                (name.to_owned(), value.to_owned())
            })
            .collect()
    }

    #[test]
    fn both_sides_have_the_same_numbers_and_lists() {
        let (lists, numbers): (Vec<_>, Vec<_>) = there().into_iter().partition(|(_, value)| value.starts_with('['));
        let mut numbers: Vec<_> =
            numbers.into_iter().map(|(name, value)| (name, value.replace('_', "").parse::<i32>().unwrap())).collect();
        let mut here: Vec<_> = NUMBERS_HERE.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
        numbers.sort();
        here.sort();
        assert_eq!(numbers, here);
        let lists: Vec<(String, Vec<String>)> = lists
            .into_iter()
            .map(|(name, value)| (name, value.split('\'').skip(1).step_by(2).map(str::to_owned).collect()))
            .collect();
        let here: Vec<(String, Vec<String>)> = LISTS_HERE
            .iter()
            .map(|(name, words)| ((*name).to_owned(), words.iter().map(|word| (*word).to_owned()).collect()))
            .collect();
        assert_eq!(lists, here);
    }

    #[test]
    fn places_in_lists_are_those_of_the_types() {
        fn in_order<T: Copy>(list: &[T], place: impl Fn(T) -> usize) {
            assert!(list.iter().enumerate().all(|(index, item)| place(*item) == index));
        }
        in_order(METHODS, |item| item as usize);
        in_order(OPTION_NUMBERS, |item| item as usize);
        in_order(RESPONSE_TYPES, |item| item as usize);
        in_order(PHASES, |item| item as usize);
        in_order(BODY_FAULTS, |item| item as usize);
        in_order(DELAYED_BY, |item| item as usize);
        assert_eq!(RESPONSE_TYPES[READ_STREAM as usize], ReadAs::Stream);
        assert_eq!(RESPONSE_TYPES[READ_RESPONSE as usize], ReadAs::Response);
        assert_eq!(BODY_FAULTS[BODY_SCHEMA as usize], BodyFault::Schema);
        assert_eq!(THROW_HTTP_ERRORS[THROW_ASK as usize], ThrowHttpErrors::Ask);
        let places = [
            OptionNumber::TimeoutAttempt,
            OptionNumber::RetryLimit,
            OptionNumber::ResponseType,
            OptionNumber::Priority,
            OptionNumber::Concurrency,
        ];
        assert_eq!(
            places.map(|place| place as i32),
            [TIMEOUT_ATTEMPT, RETRY_LIMIT, RESPONSE_TYPE, PRIORITY, CONCURRENCY]
        );
    }

    #[test]
    fn statuses_read_on_are_no_failures() {
        let fails = |status: i32| ThrowHttpErrors::Yes.is_failure(status as u16) == Some(true);
        assert!((SUCCESS_FIRST..=SUCCESS_LAST).all(|status| !fails(status)));
        assert!(fails(SUCCESS_FIRST - 1) && fails(SUCCESS_LAST + 1));
    }

    #[test]
    fn defaults_are_those_of_the_core() {
        assert_eq!(Limits::default().concurrency as i32, DEFAULT_CONCURRENCY);
    }
}
