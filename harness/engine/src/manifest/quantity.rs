//! Durations, sizes of memory and percentages as people write them, on the command line too.

use std::time::Duration;

/// Units of time with their nanoseconds.
const TIMES: &[(&str, u128)] = &[
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// Units of memory with their bytes.
const SIZES: &[(&str, u128)] = &[
    ("b", 1),
    ("kb", 1_000),
    ("mb", 1_000_000),
    ("gb", 1_000_000_000),
    ("tb", 1_000_000_000_000),
    ("kib", 1 << 10),
    ("mib", 1 << 20),
    ("gib", 1 << 30),
    ("tib", 1 << 40),
];

/// Longer waits are mistakes, and adding them to a clock could overflow.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 3600);

/// A duration such as `60s`, `500ms`, `1.5s`, `2m` or `1h`, exact to the nanosecond.
///
/// Suits clap as a value parser, like its siblings here.
///
/// # Errors
/// A message that says what is right, for anything else, for zero and for more than a year.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let expected = || format!("{} isn't a duration; write it like \"60s\", \"500ms\", \"2m\" or \"1h\"", quoted(text));
    let (number, unit) = split(text);
    let scale = scale(TIMES, unit).ok_or_else(expected)?;
    let nanoseconds = Decimal::parse(number).ok_or_else(expected)?.times(scale);
    let duration = nanoseconds.and_then(|nanoseconds| u64::try_from(nanoseconds).ok()).map(Duration::from_nanos);
    match duration {
        Some(Duration::ZERO) => Err(format!("{} is no time at all; give more than zero", quoted(text))),
        Some(duration) if duration <= LONGEST => Ok(duration),
        _ => Err(format!("{} is too long; give at most a year, \"8760h\"", quoted(text))),
    }
}

/// A size of memory in bytes, from such as `4GiB`, `512MiB`, `1GB`, `1.5GiB` or `4096B`; the unit's case doesn't matter.
///
/// # Errors
/// A message that says what is right, for anything else, for less than a byte and for more than 2⁶³ − 1 bytes.
pub fn parse_memory(text: &str) -> Result<u64, String> {
    let expected =
        || format!("{} isn't a size; write it like \"4GiB\", \"512MiB\", \"1GB\" or \"4096B\"", quoted(text));
    let (number, unit) = split(text);
    let scale = scale(SIZES, &unit.to_ascii_lowercase()).ok_or_else(expected)?;
    let bytes = Decimal::parse(number).ok_or_else(expected)?.times(scale);
    match bytes.and_then(|bytes| i64::try_from(bytes).ok()) {
        Some(0) => Err(format!("{} is no memory at all; give at least \"1B\"", quoted(text))),
        Some(bytes) => Ok(bytes.unsigned_abs()),
        None => Err(format!("{} is more memory than there can be", quoted(text))),
    }
}

/// A share from a percentage: `5%` is 0.05. It may exceed 1.
///
/// # Errors
/// A message that says what is right, for anything else and for zero.
pub fn parse_percent(text: &str) -> Result<f64, String> {
    let expected = || format!("{} isn't a percentage; write it like \"5%\" or \"2.5%\"", quoted(text));
    let (number, unit) = split(text);
    if unit != "%" || Decimal::parse(number).is_none() {
        return Err(expected());
    }
    let share = number.parse::<f64>().map_err(|_| expected())? / 100.0;
    if share > 0.0 { Ok(share) } else { Err(format!("{} leaves no room; give more than \"0%\"", quoted(text))) }
}

/// The text in quotes for a message, shortened, with nothing in it that could disturb a terminal.
pub(super) fn quoted(text: &str) -> String {
    const LONGEST: usize = 60;
    let short: String = text.chars().take(LONGEST).collect();
    let ellipsis = if short.len() < text.len() { "…" } else { "" };
    // `escape_debug` would escape double quotes too, which are harmless within single ones.
    format!("'{}{ellipsis}'", short.escape_debug().to_string().replace("\\\"", "\""))
}

/// Cuts `60 s` into number and unit.
fn split(text: &str) -> (&str, &str) {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    (number, unit.trim_start())
}

fn scale(units: &[(&str, u128)], unit: &str) -> Option<u128> {
    units.iter().find(|(name, _)| *name == unit).map(|(_, scale)| *scale)
}

/// A number written with digits and at most one point, kept exactly: `digits / 10^decimals`.
struct Decimal {
    digits: u128,
    decimals: u32,
}

impl Decimal {
    /// More digits than any sensible quantity has; the bound keeps the arithmetic within 128 bits.
    const MOST_DIGITS: usize = 20;

    fn parse(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(fraction) || whole.len() + fraction.len() > Self::MOST_DIGITS {
            return None;
        }
        let decimals = u32::try_from(fraction.len()).ok()?;
        Some(Self { digits: format!("{whole}{fraction}").parse().ok()?, decimals })
    }

    /// `scale` times the number, rounded down; `None` beyond 128 bits.
    fn times(&self, scale: u128) -> Option<u128> {
        Some(self.digits.checked_mul(scale)? / 10_u128.checked_pow(self.decimals)?)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn durations_are_read_in_every_unit() {
        assert_eq!(parse_duration("60s"), Ok(Duration::from_secs(60)));
        assert_eq!(parse_duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(parse_duration("1.5s"), Ok(Duration::from_millis(1500)));
        assert_eq!(parse_duration("2m"), Ok(Duration::from_secs(120)));
        assert_eq!(parse_duration("1h"), Ok(Duration::from_secs(3600)));
        assert_eq!(parse_duration("800 us"), Ok(Duration::from_micros(800)));
        assert_eq!(parse_duration("0.1µs"), Ok(Duration::from_nanos(100)));
    }

    #[test]
    fn senseless_durations_are_refused() {
        for text in ["", "s", "60", "-1s", "+1s", "1e3s", "NaN s", "inf s", "1.2.3s", ".5s", "5.s", "60 sec", "1_000s"]
        {
            assert!(parse_duration(text).unwrap_err().contains("isn't a duration"), "{text}");
        }
        assert!(parse_duration("0s").unwrap_err().contains("more than zero"));
        assert!(parse_duration("0.0000000001s").unwrap_err().contains("more than zero"));
        assert!(parse_duration("9999999999h").unwrap_err().contains("too long"));
        assert!(parse_duration("99999999999999999999h").unwrap_err().contains("isn't a duration"));
    }

    #[test]
    fn sizes_are_read_in_every_unit() {
        assert_eq!(parse_memory("4GiB"), Ok(4 << 30));
        assert_eq!(parse_memory("512MiB"), Ok(512 << 20));
        assert_eq!(parse_memory("1GB"), Ok(1_000_000_000));
        assert_eq!(parse_memory("1.5 kib"), Ok(1536));
        assert_eq!(parse_memory("4096B"), Ok(4096));
    }

    #[test]
    fn senseless_sizes_are_refused() {
        for text in ["", "4", "GiB", "-1GiB", "4G", "4gigs", "NaNGiB", "1e9B"] {
            assert!(parse_memory(text).unwrap_err().contains("isn't a size"), "{text}");
        }
        assert!(parse_memory("0GiB").unwrap_err().contains("at least"));
        assert!(parse_memory("0.1B").unwrap_err().contains("at least"));
        assert!(parse_memory("8388608TiB").unwrap_err().contains("more memory"));
    }

    #[test]
    fn percentages_become_shares() {
        assert_eq!(parse_percent("5%"), Ok(0.05));
        assert_eq!(parse_percent("2.5 %"), Ok(0.025));
        assert_eq!(parse_percent("150%"), Ok(1.5));
    }

    #[test]
    fn senseless_percentages_are_refused() {
        for text in ["", "5", "%", "-5%", "NaN%", "inf%", "5%%", "1e400%"] {
            assert!(parse_percent(text).unwrap_err().contains("isn't a percentage"), "{text}");
        }
        assert!(parse_percent("0.0%").unwrap_err().contains("more than"));
    }

    #[test]
    fn quoting_tames_control_characters_and_length() {
        assert_eq!(quoted("a\x1b[31m"), r"'a\u{1b}[31m'");
        assert_eq!(quoted(r#"say "hi""#), r#"'say "hi"'"#);
        assert_eq!(quoted(&"x".repeat(100)), format!("'{}…'", "x".repeat(60)));
    }

    proptest! {
        #[test]
        fn durations_survive_being_written_and_read(nanoseconds in 1..=LONGEST.as_nanos() as u64) {
            let duration = Duration::from_nanos(nanoseconds);
            let text = format!("{}.{:09}s", duration.as_secs(), duration.subsec_nanos());
            prop_assert_eq!(parse_duration(&text), Ok(duration));
            prop_assert_eq!(parse_duration(&format!("{nanoseconds}ns")), Ok(duration));
        }

        #[test]
        fn sizes_survive_being_written_and_read(bytes in 1..=i64::MAX as u64) {
            prop_assert_eq!(parse_memory(&format!("{bytes}B")), Ok(bytes));
        }

        #[test]
        fn no_text_makes_a_quantity_panic(text in "\\PC{0,30}|[0-9.]{0,40}(ns|s|h|GiB|TiB|%)") {
            let _ = (parse_duration(&text), parse_memory(&text), parse_percent(&text));
        }
    }
}
