//! When a server wants to be asked again.
//!
//! Sources: `Retry-After` RFC 9110 §10.2.3, its dates §5.6.7; `RateLimit` draft-ietf-httpapi-ratelimit-headers, a list
//! of strings with parameters (RFC 9651); the older reset headers as servers in use send them.
//!
//! Everything saturates at [`LONGEST_WISH`]: an answer is never NaN, never negative, never infinite.

use super::time::Millis;

/// The longest wish that is told, the largest integer that JavaScript holds exactly; longer ones become this.
pub const LONGEST_WISH: Millis = 9_007_199_254_740_991.0;

/// How long a server wants to be left alone, counted from its response.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wish {
    /// Milliseconds from now; 0 is now.
    pub after: Millis,
    /// What it was read from.
    pub by: Asked,
}

/// The kind of header that told a wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// `Retry-After` or `retry-after-ms`.
    RetryAfter,
    /// `RateLimit` or one of the older reset headers.
    RateLimit,
}

/// Reads the wish from a response, whose headers `header` gives by lower-case name; `wall_clock` is `Date.now()`.
///
/// Looked up one by one, so that a response with an early header costs one look-up: `retry-after-ms`, `retry-after`,
/// `ratelimit`, `ratelimit-reset`, `x-ratelimit-reset-after`, `x-ratelimit-reset`. A malformed one gives way to the
/// next, except `retry-after`: it takes precedence over them, readable or not, and the caller's own schedule holds.
#[must_use]
pub fn wish(header: impl Fn(&str) -> Option<String>, wall_clock: Millis) -> Option<Wish> {
    let read = |name: &str, parse: fn(&[u8]) -> Option<f64>| parse(trim(header(name)?.as_bytes()));
    if let Some(millis) = read("retry-after-ms", decimal) {
        return Some(Wish { after: saturate(millis), by: Asked::RetryAfter });
    }
    if let Some(value) = header("retry-after") {
        let value = trim(value.as_bytes());
        let after = if let Some(seconds) = digits(value) {
            seconds * 1000.0
        } else {
            // Against the clock that made the date: the user's may be hours off.
            let clock =
                header("date").and_then(|date| http_date(trim(date.as_bytes()), wall_clock)).unwrap_or(wall_clock);
            http_date(value, clock)? - clock
        };
        return Some(Wish { after: saturate(after), by: Asked::RetryAfter });
    }
    let after = read("ratelimit", rate_limit_reset)
        .or_else(|| read("ratelimit-reset", digits))
        .or_else(|| read("x-ratelimit-reset-after", decimal))
        .map(|seconds| seconds * 1000.0)
        .or_else(|| match read("x-ratelimit-reset", decimal)? {
            // A span is never that long, an epoch never that small.
            epoch_millis if epoch_millis > 1e12 => Some(epoch_millis - wall_clock),
            epoch_seconds if epoch_seconds > 1e9 => Some(epoch_seconds * 1000.0 - wall_clock),
            seconds => Some(seconds * 1000.0),
        })?;
    Some(Wish { after: saturate(after), by: Asked::RateLimit })
}

/// Reads an HTTP-date (RFC 9110 §5.6.7) into epoch milliseconds: IMF-fixdate, RFC 850 or asctime, case-sensitive.
///
/// A two-digit year is the latest that puts the date at most 50 years after `now`. The day's name must be one, but
/// need not be the right one.
#[must_use]
pub fn http_date(text: &[u8], now: Millis) -> Option<Millis> {
    let (name, rest) = text.split_at_checked(text.iter().take_while(|byte| byte.is_ascii_alphabetic()).count())?;
    let weekday = WEEKDAYS.iter().find(|day| day.get(..3) == name.get(..3))?;
    let rfc850 = name == *weekday;
    // Small letters stand for fields, `p` for a digit or a blank in its place.
    let form: &[u8] = if rfc850 {
        b", dd-bbb-yy hh:mm:ss GMT"
    } else if name.len() > 3 {
        return None;
    } else if rest.first() == Some(&b',') {
        b", dd bbb yyyy hh:mm:ss GMT"
    } else {
        b" bbb pd hh:mm:ss yyyy"
    };
    if rest.len() != form.len() {
        return None;
    }
    let mut fields = [0; 6];
    for (byte, kind) in rest.iter().zip(form) {
        let kind = if *kind == b'p' && *byte != b' ' { b'd' } else { *kind };
        match fields.iter_mut().zip(b"ybdhms").find(|(_, name)| **name == kind) {
            Some((name, b'b')) => *name = *name * 256 + u32::from(*byte),
            Some((number, _)) => *number = *number * 10 + digit(*byte)?,
            None if *byte == kind || kind == b'p' => {}
            None => return None,
        }
    }
    let [mut year, month, day, hour, minute, second] = fields;
    let (month, _) = (0..).zip(MONTHS).find(|(_, [a, b, c])| month == u32::from_be_bytes([0, *a, *b, *c]))?;
    let time = f64::from((hour * 60 + minute) * 60 + second) * 1000.0;
    let in_year = |year| f64::from(days_to(year, month, day)) * 86_400_000.0 + time - EPOCH;
    if rfc850 {
        year += 1900;
        // The next century will do as long as the same date half a century before it is not ahead of us.
        while year < 9900 && in_year(year + 50) <= now {
            year += 100;
        }
    }
    let exists = day > 0 && days_to(year, month, day) < days_to(year, month + 1, 1);
    // A 60th second is a leap second.
    (exists && hour < 24 && minute < 60 && second <= 60).then(|| in_year(year))
}

/// Seconds until the tightest quota of a `RateLimit` field has more: of the members with the least `r` the largest `t`.
///
/// With `r=0` that is when all that are used up are back. Where none is, the one nearest to it is the likeliest to have
/// refused, and a daily quota with plenty left must not make us wait a day. A member without `r` counts
/// as used up: it was named in a refusal. A tightest one without `t` tells nothing. Nothing else is looked into.
fn rate_limit_reset(field: &[u8]) -> Option<f64> {
    if !field.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\t')) {
        return None;
    }
    let (mut least, mut longest) = (f64::INFINITY, None);
    for member in field.split(outside_strings(b',')) {
        let mut parts = trim(member).split(outside_strings(b';'));
        let [b'"', .., b'"'] = parts.next()? else { return None };
        let (mut remaining, mut reset) = (0.0, None);
        for parameter in parts {
            match trim(parameter) {
                [b'r', b'=', value @ ..] => remaining = digits(value)?,
                [b't', b'=', value @ ..] => reset = Some(digits(value)?),
                _ => {}
            }
        }
        if remaining < least || (remaining <= least && reset > longest) {
            (least, longest) = (remaining, reset);
        }
    }
    longest
}

/// Asked byte by byte, finds `separator` where it is not within a string of RFC 9651.
fn outside_strings(separator: u8) -> impl FnMut(&u8) -> bool {
    let (mut quoted, mut escaped) = (false, false);
    move |byte| {
        let bare = !escaped;
        quoted ^= bare && *byte == b'"';
        escaped = bare && quoted && *byte == b'\\';
        !quoted && *byte == separator
    }
}

/// `1*DIGIT [ "." 1*DIGIT ]`.
fn decimal(text: &[u8]) -> Option<f64> {
    let (whole, rest) = text.split_at_checked(text.iter().take_while(|byte| **byte != b'.').count())?;
    let [_point, fraction @ ..] = rest else { return digits(text) };
    // From its last digit on, so that no length of it overflows.
    let tenths = fraction.iter().rev().try_fold(0.0, |sum, byte| Some((sum + f64::from(digit(*byte)?)) / 10.0))?;
    if fraction.is_empty() { None } else { Some(digits(whole)? + tenths) }
}

/// `1*DIGIT`.
fn digits(text: &[u8]) -> Option<f64> {
    let number = text.iter().try_fold(0.0, |sum, byte| Some(saturate(sum * 10.0 + f64::from(digit(*byte)?))));
    if text.is_empty() { None } else { number }
}

fn digit(byte: u8) -> Option<u32> {
    byte.is_ascii_digit().then(|| u32::from(byte & 15))
}

fn saturate(span: f64) -> f64 {
    // Not `clamp`, which lets NaN through.
    if span > 0.0 { span.min(LONGEST_WISH) } else { 0.0 }
}

fn trim(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = text {
        text = rest;
    }
    text
}

/// Days from a fixed origin to a date of the Gregorian calendar, by years that begin in March: a leap day comes last.
fn days_to(year: u32, month: u32, day: u32) -> u32 {
    // Four centuries more are whole cycles and keep the year 0 from going below it.
    let (year, month) = if month < 2 { (year + 399, month + 10) } else { (year + 400, month - 2) };
    year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day
}

/// 1 January 1970 from the origin of [`days_to`].
const EPOCH: Millis = 865_566.0 * 86_400_000.0;
const MONTHS: [[u8; 3]; 12] =
    [*b"Jan", *b"Feb", *b"Mar", *b"Apr", *b"May", *b"Jun", *b"Jul", *b"Aug", *b"Sep", *b"Oct", *b"Nov", *b"Dec"];
const WEEKDAYS: [&[u8]; 7] = [b"Sunday", b"Monday", b"Tuesday", b"Wednesday", b"Thursday", b"Friday", b"Saturday"];

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    #[cfg(target_arch = "wasm32")]
    use crate::testing::test;

    /// Sun, 06 Nov 1994 08:49:37 GMT, the example of RFC 9110.
    const THEN: Millis = 784_111_777_000.0;
    const NOW: Millis = 1_700_000_000_000.0;

    fn wish_of(headers: &[(&str, &str)]) -> Option<Wish> {
        wish(|name| headers.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()), NOW)
    }

    fn retry_after(value: &str) -> Option<Millis> {
        wish_of(&[("retry-after", value)]).inspect(|wish| assert_eq!(wish.by, Asked::RetryAfter)).map(|wish| wish.after)
    }

    fn rate_limit(value: &str) -> Option<Millis> {
        wish_of(&[("ratelimit", value)]).inspect(|wish| assert_eq!(wish.by, Asked::RateLimit)).map(|wish| wish.after)
    }

    fn date(text: &str) -> Option<Millis> {
        http_date(text.as_bytes(), NOW)
    }

    #[test]
    fn retry_after_counts_whole_seconds() {
        assert_eq!(retry_after("120"), Some(120_000.0));
        assert_eq!(retry_after("0"), Some(0.0));
        assert_eq!(retry_after("007"), Some(7000.0));
        assert_eq!(retry_after(" \t3 \t"), Some(3000.0));
    }

    #[test]
    fn an_absurdly_long_wish_saturates() {
        assert_eq!(retry_after(&"9".repeat(1000)), Some(LONGEST_WISH));
        assert_eq!(wish_of(&[("retry-after-ms", &"9".repeat(1000))]).map(|wish| wish.after), Some(LONGEST_WISH));
        assert_eq!(rate_limit(&format!("\"a\";r=0;t={}", "9".repeat(400))), Some(LONGEST_WISH));
    }

    #[test]
    fn a_malformed_retry_after_is_no_wish_and_hides_what_follows() {
        let dates = ["Sun, 06 Nov 1994 08:49:37", "Sun, 6 Nov 1994 08:49:37 GMT", "2030-01-01T00:00:00Z"];
        for value in ["", " ", "1.5", "-5", "+5", "1e3", "0x10", "1, 2", "1 2", "soon", "٣"].into_iter().chain(dates) {
            assert_eq!(wish_of(&[("retry-after", value), ("ratelimit-reset", "5")]), None, "{value:?}");
        }
    }

    #[test]
    fn milliseconds_come_first_and_may_have_a_fraction() {
        let millis = |value: &str| wish_of(&[("retry-after-ms", value), ("retry-after", "9")]).map(|wish| wish.after);
        assert_eq!(millis("1500"), Some(1500.0));
        assert_eq!(millis(" 0 "), Some(0.0));
        assert_eq!(millis("12.25"), Some(12.25));
        assert!(millis(&format!("0.{}", "3".repeat(2000))).is_some_and(|third| (third - 1.0 / 3.0).abs() < 1e-12));
        for malformed in ["", ".", "5.", ".5", "-5", "1.2.3", "1e3", "NaN", "Infinity", "1,5", "1 2"] {
            assert_eq!(millis(malformed), Some(9000.0), "{malformed:?}");
        }
    }

    #[test]
    fn a_date_is_held_against_the_clock_that_made_it() {
        let asked = "Sun, 06 Nov 1994 08:49:37 GMT";
        let with = |date: &str| wish_of(&[("retry-after", asked), ("date", date)]).map(|wish| wish.after);
        assert_eq!(with("Sun, 06 Nov 1994 08:49:07 GMT"), Some(30_000.0));
        assert_eq!(with("Sun, 06 Nov 1994 08:49:38 GMT"), Some(0.0));
        assert_eq!(with("yesterday"), Some(0.0), "the wall clock is far past it");
        assert_eq!(
            wish(|name| (name == "retry-after").then(|| asked.into()), THEN - 5000.0).map(|w| w.after),
            Some(5000.0)
        );
        assert_eq!(wish(|name| (name == "retry-after").then(|| asked.into()), f64::NAN).map(|w| w.after), Some(0.0));
    }

    #[test]
    fn a_stopped_clock_of_the_user_does_not_turn_a_two_digit_year_back() {
        let headers = [("retry-after", "Friday, 21-Nov-25 00:00:09 GMT"), ("date", "Fri, 21 Nov 2025 00:00:00 GMT")];
        let header =
            |name: &str| headers.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        assert_eq!(wish(header, 0.0).map(|wish| wish.after), Some(9000.0));
    }

    #[test]
    fn the_three_forms_of_a_date_are_one_moment() {
        assert_eq!(date("Sun, 06 Nov 1994 08:49:37 GMT"), Some(THEN));
        assert_eq!(date("Sunday, 06-Nov-94 08:49:37 GMT"), Some(THEN));
        assert_eq!(date("Sun Nov  6 08:49:37 1994"), Some(THEN));
        assert_eq!(date("Sun Nov 06 08:49:37 1994"), Some(THEN));
        assert_eq!(date("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0.0));
        assert_eq!(date("Fri Dec 31 23:59:59 9999"), Some(253_402_300_799_000.0));
        assert_eq!(date("Sat, 01 Jan 0000 00:00:00 GMT"), Some(-62_167_219_200_000.0));
    }

    #[test]
    fn a_date_is_taken_to_the_letter() {
        for text in [
            "sun, 06 Nov 1994 08:49:37 GMT",
            "SUN, 06 Nov 1994 08:49:37 GMT",
            "Sundae, 06-Nov-94 08:49:37 GMT",
            "Sunda, 06 Nov 1994 08:49:37 GMT",
            "Sux, 06 Nov 1994 08:49:37 GMT",
            "Su, 06 Nov 1994 08:49:37 GMT",
            "Sun, 06 nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 gmt",
            "Sun, 06 Nov 1994 08:49:37 UTC",
            "Sun, 06 Nov 1994 08:49:37 +0000",
            "Sun, 06 Nov 1994 08:49:37 GMT ",
            " Sun, 06 Nov 1994 08:49:37 GMT",
            "Sun,  6 Nov 1994 08:49:37 GMT",
            "Sun, 06-Nov-94 08:49:37 GMT",
            "Sun, 06 Nov 94 08:49:37 GMT",
            "Sunday, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-1994 08:49:37 GMT",
            "Sunday Nov  6 08:49:37 1994",
            "Sun Nov 6 08:49:37 1994",
            "Sun Nov    08:49:37 1994",
            "Sun Nov  6 08:49:37 1994 GMT",
            "Sun, 06 Nov 1994 8:49:37 GMT",
            "Sun, 06 Nov 1994 08:49 GMT",
            "06 Nov 1994 08:49:37 GMT",
            "Sun",
            "",
        ] {
            assert_eq!(date(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_date_that_the_calendar_does_not_have_is_refused() {
        let valid = |day, year| date(&format!("Mon, {day} {year} 00:00:00 GMT")).is_some();
        assert!(
            valid("29 Feb", "2024") && valid("29 Feb", "2000") && valid("31 Dec", "2023") && valid("30 Apr", "2023")
        );
        for day in ["00 Jan", "32 Jan", "30 Feb", "31 Apr", "31 Jun", "31 Sep", "31 Nov", "32 Dec"] {
            assert!(!valid(day, "2024"), "{day}");
        }
        assert!(!valid("29 Feb", "2023") && !valid("29 Feb", "1900"));
        let at = |time| date(&format!("Mon, 01 Jan 2024 {time} GMT")).is_some();
        assert!(at("23:59:60") && !at("24:00:00") && !at("00:60:00") && !at("00:00:61"));
    }

    #[test]
    fn a_two_digit_year_reaches_fifty_years_ahead_and_no_moment_further() {
        let now = date("Sat, 21 Nov 2026 12:00:00 GMT").unwrap_or_default();
        let read = |text: &str| http_date(text.as_bytes(), now);
        assert_eq!(read("Saturday, 21-Nov-76 12:00:00 GMT"), date("Sat, 21 Nov 2076 12:00:00 GMT"));
        assert_eq!(read("Saturday, 21-Nov-76 12:00:01 GMT"), date("Sat, 21 Nov 1976 12:00:01 GMT"));
        assert_eq!(read("Saturday, 01-Jan-00 00:00:00 GMT"), date("Sat, 01 Jan 2000 00:00:00 GMT"));
        let now = date("Thu, 01 Jan 2099 00:00:00 GMT").unwrap_or_default();
        assert_eq!(http_date(b"Monday, 01-Jan-05 00:00:00 GMT", now), date("Mon, 01 Jan 2105 00:00:00 GMT"));
        for now in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(http_date(b"Monday, 01-Jan-05 00:00:00 GMT", now).is_some_and(|date| date < 2.6e14), "{now}");
        }
    }

    #[test]
    fn the_tightest_quota_tells_when_there_is_more() {
        assert_eq!(rate_limit("\"default\";r=50;t=30"), Some(30_000.0));
        assert_eq!(rate_limit("\"default\"; r=0; t=7; pk=:cHsdsRa894==:"), Some(7000.0));
        assert_eq!(rate_limit("\"burst\";r=0;t=5,\"daily\";r=900;t=80000"), Some(5000.0));
        assert_eq!(rate_limit("\"burst\";r=0;t=5 \t,\t \"daily\";r=0;t=60 , \"x\";r=0;t=9"), Some(60_000.0));
        assert_eq!(rate_limit("\"burst\";r=3;t=5,\"daily\";r=900;t=80000"), Some(5000.0));
        assert_eq!(rate_limit("\"none told\";t=4,\"daily\";r=900;t=80000"), Some(4000.0));
        assert_eq!(rate_limit("\"a\";r=0,\"b\";r=900;t=80000"), None, "the one that is used up names no time");
        assert_eq!(rate_limit("\"default\";r=50"), None);
    }

    #[test]
    fn separators_within_a_string_separate_nothing() {
        assert_eq!(rate_limit(r#""a,b;t=1";r=0;t=2"#), Some(2000.0));
        assert_eq!(rate_limit(r#""a\",";x="\\";r=0;t=3"#), Some(3000.0));
        assert_eq!(rate_limit(r#""a";x=",\";t=9";r=0;t=4"#), Some(4000.0));
    }

    #[test]
    fn a_malformed_field_gives_way_to_the_next() {
        for field in [
            "",
            "default;r=0;t=5",
            "limit=100, remaining=0, reset=5",
            "\"",
            "\"a;r=0;t=5",
            "\"a\";r=0;t=5,",
            "\"a\" ;r=0;t=5",
            "(\"a\");r=0;t=5",
            "\"é\";r=0;t=5",
            "\"\u{1}\";r=0;t=5",
            "\"a\";r=0;t=-5",
            "\"a\";r=0;t=5.5",
            "\"a\";r=0;t=\"5\"",
            "\"a\";r=0;t=",
            "\"a\";r=-1;t=5",
            "\"a\";r=0;t=5,\"b\";r=x;t=9",
        ] {
            let next = wish_of(&[("ratelimit", field), ("ratelimit-reset", "9")]);
            assert_eq!(next, Some(Wish { after: 9000.0, by: Asked::RateLimit }), "{field:?}");
        }
        let all = [("ratelimit-reset", "1.5"), ("x-ratelimit-reset-after", "1s"), ("x-ratelimit-reset", "2")];
        assert_eq!(wish_of(&all).map(|wish| wish.after), Some(2000.0));
        assert_eq!(wish_of(&[("x-ratelimit-reset", "2030-01-01T00:00:00Z")]), None);
    }

    #[test]
    fn the_older_headers_are_told_apart_by_their_size() {
        let reset = |value| wish_of(&[("x-ratelimit-reset", value)]).map(|wish| wish.after);
        assert_eq!(wish_of(&[("x-ratelimit-reset-after", "1.5")]).map(|wish| wish.after), Some(1500.0));
        assert_eq!(reset("30"), Some(30_000.0));
        assert_eq!(reset("1000000000"), Some(1e12));
        assert_eq!(reset("1700000012.5"), Some(12_500.0));
        assert_eq!(reset("1700000012500"), Some(12_500.0));
        assert_eq!(reset("1699999999"), Some(0.0));
        assert_eq!(reset("1699999999000"), Some(0.0));
    }

    #[test]
    fn no_header_is_read_after_the_one_that_answers() {
        let read_with = |present: &'static str, value: &'static str| {
            let read = RefCell::new(Vec::new());
            let _ = wish(
                |name| {
                    read.borrow_mut().push(name.to_owned());
                    (name == present).then(|| value.to_owned())
                },
                NOW,
            );
            read.into_inner().join(" ")
        };
        assert_eq!(read_with("retry-after-ms", "5"), "retry-after-ms");
        assert_eq!(read_with("retry-after", "5"), "retry-after-ms retry-after");
        assert_eq!(read_with("retry-after", "soon"), "retry-after-ms retry-after date");
        assert_eq!(read_with("ratelimit", "\"a\";t=1"), "retry-after-ms retry-after ratelimit");
        let all = "retry-after-ms retry-after ratelimit ratelimit-reset x-ratelimit-reset-after x-ratelimit-reset";
        assert_eq!(read_with("none", ""), all);
    }

    #[cfg(not(target_arch = "wasm32"))]
    mod properties {
        use super::*;
        use proptest::prelude::*;

        const NAMES: [&str; 7] = [
            "retry-after-ms",
            "retry-after",
            "date",
            "ratelimit",
            "ratelimit-reset",
            "x-ratelimit-reset-after",
            "x-ratelimit-reset",
        ];

        /// Pieces of well-formed values in any order, so that most are nearly right.
        fn value() -> impl Strategy<Value = String> {
            let pieces = prop::sample::select(vec![
                "0",
                "9",
                "17000000",
                "99999999999999999999",
                ".",
                "-",
                " ",
                "\"a\"",
                "\"",
                ";",
                ",",
                "r=",
                "t=",
                "Sun",
                "Sunday",
                ", ",
                "06 Nov ",
                "06-Nov-94",
                "1994 ",
                "08:49:37",
                " GMT",
                "\\",
                "é",
            ]);
            prop::collection::vec(pieces, 0..9).prop_map(|pieces| pieces.concat())
        }

        /// Independent of the module: counts day by day.
        fn text_of(day: u32, second: u32) -> [String; 3] {
            let (mut year, mut month, mut left) = (1970, 0, day);
            loop {
                let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
                let length = [31, 28 + u32::from(leap), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month];
                if left < length {
                    break;
                }
                left -= length;
                (year, month) = if month == 11 { (year + 1, 0) } else { (year, month + 1) };
            }
            let names = ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"];
            let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
            let (long, month, day) = (names[day as usize % 7], months[month], left + 1);
            let (short, yy) = (&long[..3], year % 100);
            let time = format!("{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60);
            [
                format!("{short}, {day:02} {month} {year:04} {time} GMT"),
                format!("{long}, {day:02}-{month}-{yy:02} {time} GMT"),
                format!("{short} {month} {day:2} {time} {year:04}"),
            ]
        }

        proptest! {
            #[test]
            fn a_wish_is_a_wait_that_can_be_told(
                values in prop::collection::vec(prop::option::of(value()), NAMES.len()),
                clock in prop::num::f64::ANY,
            ) {
                let value = |name: &str| values[NAMES.iter().position(|known| *known == name)?].clone();
                if let Some(wish) = wish(value, clock) {
                    prop_assert!((0.0..=LONGEST_WISH).contains(&wish.after), "{}", wish.after);
                }
            }

            #[test]
            fn any_bytes_are_read_or_refused(
                text in prop::collection::vec(any::<u8>(), 0..40),
                now in prop::num::f64::ANY,
            ) {
                prop_assert!(http_date(&text, now).is_none_or(f64::is_finite));
            }

            #[test]
            fn every_moment_is_read_back_from_its_three_forms(day in 0..2_932_896u32, second in 0..86_400u32) {
                let moment = f64::from(day) * 86_400_000.0 + f64::from(second) * 1000.0;
                for text in text_of(day, second) {
                    prop_assert_eq!(http_date(text.as_bytes(), moment), Some(moment), "{}", text);
                }
            }

            #[test]
            fn whole_seconds_are_kept_exactly(seconds in any::<u32>()) {
                prop_assert_eq!(retry_after(&seconds.to_string()), Some(f64::from(seconds) * 1000.0));
            }
        }
    }
}
