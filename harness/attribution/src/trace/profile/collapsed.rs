//! Collapsed stacks: `outer;inner 12` a line, as inferno, py-spy and perf's scripts write them.

use std::path::Path;
use std::str;

use super::tally::{Frame, Profile, Tally};
use super::unit::{Unit, no_time, other_time};
use crate::trace::error::{Position, TraceError};

/// Whether a text begins like one.
pub(in crate::trace) fn is_collapsed(text: &[u8]) -> bool {
    let mut lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let first = lines.find(|line| !line.is_empty() && !line.starts_with(b"#")).unwrap_or_default();
    str::from_utf8(first).is_ok_and(|line| sample(line).is_some())
}

/// Stack and count of a line; of Austin's full metrics, `time,idle,memory`, the time on a processor.
fn sample(line: &str) -> Option<(&str, f64)> {
    let (stack, count) = line.rsplit_once(' ')?;
    let count: f64 = match count.split(',').collect::<Vec<_>>()[..] {
        [count] => count.parse().ok()?,
        [time, "0", _] => time.parse().ok()?,
        [_, "1", _] => 0.0,
        _ => return None,
    };
    (!stack.is_empty() && count >= 0.0 && count.is_finite()).then_some((stack, count))
}

/// The mode of Austin that a comment tells, `# mode: wall`.
fn mode(comment: &str) -> Option<&str> {
    Some(comment.trim_start_matches('#').trim().strip_prefix("mode:")?.trim())
}

/// The unit of counts in such a mode; of stacks without one it isn't known.
fn unit(mode: Option<&str>) -> &'static str {
    match mode {
        Some("wall" | "cpu" | "full") => "microseconds",
        Some("memory") => "bytes",
        _ => "",
    }
}

/// Ranks functions.
pub(in crate::trace) fn read(file: &Path, contents: &[u8]) -> Result<Profile, TraceError> {
    let mut tally = Tally::default();
    let mut told = None;
    for (index, line) in contents.split(|byte| *byte == b'\n').enumerate() {
        let error = |message: &str| TraceError::at(file, Position::Line(index as u64 + 1), message);
        let line = str::from_utf8(line).map_err(|_| error("isn't UTF-8"))?;
        let line = if index == 0 { line.trim_start_matches('\u{feff}') } else { line }.trim();
        if line.is_empty() || line.starts_with('#') {
            told = told.or_else(|| mode(line));
            continue;
        }
        let (stack, count) =
            sample(line).ok_or_else(|| error("isn't a collapsed stack: 'outer;inner 12' belongs here"))?;
        let functions: Vec<_> = stack.rsplit(';').map(|name| tally.function(frame(name))).collect();
        tally.add(functions, count);
    }
    let unit = unit(told);
    if Unit::of(unit) == Unit::Other {
        return Err(TraceError::file(file, no_time([unit])));
    }
    let mut profile = tally.ranked("collapsed", unit.to_owned()).map_err(|message| TraceError::file(file, message))?;
    profile.notes.extend(told.filter(|mode| *mode == "wall").map(other_time));
    Ok(profile)
}

/// py-spy writes `name (file.py:12)`.
fn frame(name: &str) -> Frame {
    let place = name.strip_suffix(')').and_then(|name| name.rsplit_once(" ("));
    let parts = place.and_then(|(name, place)| Some((name, place.rsplit_once(':')?)));
    match parts.and_then(|(name, (file, line))| Some((name, file, line.parse().ok()?))) {
        Some((name, file, line)) => Frame { name: name.to_owned(), file: Some(file.to_owned()), line: Some(line) },
        None => Frame { name: name.to_owned(), file: None, line: None },
    }
}
