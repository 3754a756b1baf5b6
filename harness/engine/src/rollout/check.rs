//! What can't be in telemetry that switches have written: it would be added up to a verdict that nothing speaks for.

use std::collections::BTreeMap;

use super::histogram::beginning;
use super::line::{CountLine, Counts, EventLine, Pairs, Times};

/// Seconds since 1970 from which on years have five digits.
const LAST: f64 = 253_402_300_800.0;

/// Seconds that a clock may be ahead: some jump.
const AHEAD: f64 = 366.0 * 86_400.0;

/// How far sums of rounded numbers may be off.
const ROUNDING: f64 = 1e-6;

/// Bucket of 2^64 nanoseconds.
const LAST_BUCKET: u32 = 64 * 32;

/// Calls that may be under way when files of former days are removed.
const UNDER_WAY: u64 = 8;

type Checked = Result<(), String>;

/// Checks an event; `now` is in seconds since 1970.
pub(super) fn event(line: &EventLine, now: f64) -> Checked {
    moment("at", line.at, now)
}

/// Checks a line of counts.
pub(super) fn counts(line: &CountLine, now: f64) -> Checked {
    moment("from", line.from, now)?;
    moment("to", line.to, now)?;
    if line.from > line.to {
        return Err(format!("'from' {} is after 'to' {}", line.from, line.to));
    }
    times("python_times", &line.python_times)?;
    times("rust_times", &line.rust_times)?;
    times("python_requests", &line.python_requests)?;
    times("rust_requests", &line.rust_requests)?;
    pairs(&line.pairs)
}

/// Checks what all lines of a process add up to.
pub(super) fn sums(counts: &Counts) -> Checked {
    let compared = counts.equal.saturating_add(counts.different).saturating_add(counts.unchecked);
    for (part, name, whole, of) in [
        (compared, "equal, different and unchecked", counts.shadowed, "shadowed"),
        (counts.shadowed, "shadowed", counts.calls, "calls"),
        (counts.rust, "rust", counts.calls, "calls"),
        (counts.raised_alike, "raised_alike", counts.failed, "failed"),
        (counts.fell_back, "fell_back", counts.failed, "failed"),
    ] {
        if part > whole.saturating_add(UNDER_WAY) {
            return Err(format!("{part} {name}, of {whole} {of} in all lines of this process"));
        }
    }
    Ok(())
}

fn moment(name: &str, seconds: f64, now: f64) -> Checked {
    // Not a number is outside too.
    if (0.0..LAST).contains(&seconds) && seconds <= now + AHEAD {
        Ok(())
    } else {
        Err(format!("'{name}' {seconds} is no time that has been, in seconds since 1970"))
    }
}

fn times(name: &str, times: &Times) -> Checked {
    let number = times.buckets.values().fold(0_u64, |sum, &number| sum.saturating_add(number));
    if number != times.n {
        return Err(format!("'{name}' has {number} times in its histogram, and {} in all", times.n));
    }
    if let Some(bucket) = times.buckets.keys().find(|bucket| **bucket >= LAST_BUCKET) {
        return Err(format!("'{name}' has times in bucket {bucket}, which are longer than centuries"));
    }
    let within = |sum: f64, low: f64, high: f64| sum >= low * (1.0 - ROUNDING) && sum <= high * (1.0 + ROUNDING);
    if !within(times.sum, edge(&times.buckets, lower, 1), edge(&times.buckets, upper, 1)) {
        return Err(format!("'{name}' adds up to {} s, and its histogram doesn't", times.sum));
    }
    let least = if times.n == 0 { 0.0 } else { times.sum * times.sum / times.n as f64 };
    if !within(times.squares, least, edge(&times.buckets, upper, 2)) {
        return Err(format!("'{name}' has squares that add up to {}, and its histogram doesn't", times.squares));
    }
    Ok(())
}

fn pairs(pairs: &Pairs) -> Checked {
    times("pairs.python", &pairs.python)?;
    times("pairs.rust", &pairs.rust)?;
    let most = (pairs.python.squares * pairs.rust.squares).sqrt();
    if pairs.python.n != pairs.rust.n {
        return Err(format!("'pairs' has {} times of one side and {} of the other", pairs.python.n, pairs.rust.n));
    }
    if !(pairs.products >= 0.0 && pairs.products <= most * (1.0 + ROUNDING)) {
        return Err(format!("'pairs' has products that add up to {}, which no such times do", pairs.products));
    }
    Ok(())
}

/// What powers of times add up to where each stands at an edge of its bucket.
fn edge(buckets: &BTreeMap<u32, u64>, of: fn(u32) -> f64, power: i32) -> f64 {
    buckets.iter().map(|(&bucket, &number)| of(bucket).powi(power) * number as f64).sum()
}

/// The shortest time in a bucket; the first one has all that is shorter.
fn lower(bucket: u32) -> f64 {
    if bucket == 0 { 0.0 } else { beginning(f64::from(bucket)) }
}

fn upper(bucket: u32) -> f64 {
    beginning(f64::from(bucket) + 1.0)
}
