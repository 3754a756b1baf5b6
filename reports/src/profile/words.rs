//! The words of profiles.

use rustworthy_model::figures;
use rustworthy_model::profile::{Frame, Kind, Samples, Target};

use crate::visible;

/// Longest name of a function in characters, in a graph.
const LONGEST: usize = 120;

/// What a kind is called.
pub(crate) fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Python => "python",
        Kind::Native => "native",
        Kind::Rust => "rust",
        Kind::Gc => "gc",
        Kind::Waiting => "waiting",
    }
}

/// The last part of a path.
pub(super) fn short(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Where a function is, `app.py:12`.
pub(crate) fn place(file: Option<&str>, line: Option<u32>) -> Option<String> {
    let file = visible::line(short(file?));
    Some(line.filter(|&line| line > 0).map_or(file.clone(), |line| format!("{file}:{line}")))
}

/// A frame as graphs call it, `parse (app.py:12)`; what isn't Python says so, for colour alone wouldn't.
pub(super) fn frame(frame: &Frame) -> String {
    let name = visible::short_line(&frame.name, LONGEST);
    let place = place(frame.file.as_deref(), frame.line).map(|place| format!(" ({place})")).unwrap_or_default();
    match frame.kind {
        Kind::Python | Kind::Gc | Kind::Waiting => format!("{name}{place}"),
        Kind::Native | Kind::Rust => format!("{name}{place} [{}]", kind(frame.kind)),
    }
}

/// What was sampled, on one line.
pub(super) fn sampled(target: &Target) -> String {
    let Samples { active, waiting, .. } = target.samples;
    format!(
        "{} of work and {} of waiting, from {} samples at {} Hz in {}",
        stacks(active),
        stacks(waiting),
        figures::count(target.samples.taken),
        target.rate,
        figures::seconds(target.seconds)
    )
}

/// The same, where there's little room.
pub(super) fn sampled_briefly(target: &Target) -> String {
    format!("{} in {}", stacks(target.samples.active), figures::seconds(target.seconds))
}

fn stacks(number: u64) -> String {
    format!("{} {}", figures::count(number), if number == 1 { "stack" } else { "stacks" })
}
