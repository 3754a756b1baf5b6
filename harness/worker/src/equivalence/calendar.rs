//! Instants as numbers and as text.

use super::value::Instant;

/// A count of NumPy's units (`ns`, `25s`) as nanoseconds; nothing for finer ones, and for spans of months.
pub(super) fn nanoseconds(count: i64, unit: &str, span: bool) -> Option<i128> {
    let digits = unit.len() - unit.trim_start_matches(|character: char| character.is_ascii_digit()).len();
    let (multiple, name) = unit.split_at(digits);
    let count = i128::from(count).checked_mul(if multiple.is_empty() { 1 } else { multiple.parse().ok()? })?;
    let months =
        |months: i128| i128::from(days_before_month(i64::try_from(months).ok()?)?).checked_mul(86_400_000_000_000);
    match name {
        "Y" if !span => months(count.checked_mul(12)?),
        "M" if !span => months(count),
        "W" => count.checked_mul(7 * 86_400_000_000_000),
        "D" => count.checked_mul(86_400_000_000_000),
        "h" => count.checked_mul(3_600_000_000_000),
        "m" => count.checked_mul(60_000_000_000),
        "s" => count.checked_mul(1_000_000_000),
        "ms" => count.checked_mul(1_000_000),
        "us" => count.checked_mul(1_000),
        "ns" => Some(count),
        _ => None,
    }
}

/// Days from 1970 to the start of a month counted from January 1970.
fn days_before_month(month: i64) -> Option<i64> {
    // Years that start in March have their leap day last: Howard Hinnant, "chrono-compatible low-level date algorithms".
    let shifted = month.checked_add(1970 * 12 - 2)?;
    let (year, month) = (shifted.div_euclid(12), shifted.rem_euclid(12));
    year.checked_mul(365)?
        .checked_add(year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + (153 * month + 2) / 5 - 719_468)
}

/// Nanoseconds since 1970 as ISO 8601.
pub(super) fn civil(time: i128) -> String {
    let (seconds, nanoseconds) = (time.div_euclid(1_000_000_000), time.rem_euclid(1_000_000_000));
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // The inverse of the above, from the same source.
    let shifted = days + 719_468;
    let (era, day) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (year, month) = (year + era * 400 + month / 10, (month + 2) % 12 + 1);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let fraction = if nanoseconds == 0 { String::new() } else { format!(".{nanoseconds:09}") };
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{}", fraction.trim_end_matches('0'))
}

/// The instant that a text from Python's `isoformat` stands for, with a zone's offset or without, to the nanosecond.
pub(super) fn parse(text: &str) -> Option<Instant> {
    let (date, time) = text.split_at_checked(10)?;
    let time = time.strip_prefix(['T', ' '])?;
    let mut date = date.splitn(3, '-').map(str::parse::<i64>);
    let (year, month, day) = (date.next()?.ok()?, date.next()?.ok()?, date.next()?.ok()?);
    let days = days_before_month((year - 1970) * 12 + month - 1)? + day - 1;
    let (clock, offset) = match time.find(['+', '-']) {
        Some(at) => (&time[..at], Some(&time[at..])),
        None => (time, None),
    };
    let local = i128::from(days) * 86_400_000_000_000 + of_day(clock)?;
    Some(match offset {
        None => Instant::Naive(local),
        Some(east) if east.starts_with('+') => Instant::Utc(local - of_day(&east[1..])?),
        Some(west) => Instant::Utc(local + of_day(&west[1..])?),
    })
}

/// Nanoseconds of `HH:MM[:SS[.fraction]]`.
fn of_day(clock: &str) -> Option<i128> {
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let mut seconds = 0;
    for (part, worth) in clock.split(':').zip([3600, 60, 1]) {
        seconds += part.parse::<i128>().ok()? * worth;
    }
    Some(seconds * 1_000_000_000 + format!("{fraction:0<9}").parse::<i128>().ok()?)
}
