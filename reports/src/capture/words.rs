//! The words that every rendering of a capture uses.

use rustworthy_model::capture::{Capture, Purity, Unrecordable};
use rustworthy_model::figures::{bytes, count, part, seconds};

/// Reasons that are named one by one.
const REASONS: usize = 5;

/// One thing, or so many.
fn of(number: u64, one: &str) -> String {
    format!("{} {one}{}", count(number), if number == 1 { "" } else { "s" })
}

/// What was recorded, as name and value.
pub(crate) fn facts(capture: &Capture) -> Vec<(&'static str, String)> {
    let mut facts = vec![("calls", calls(capture)), ("kept", kept(capture))];
    if !capture.unrecordable.is_empty() {
        facts.push(("left out", left_out(&capture.unrecordable)));
    }
    if capture.redacted > 0 {
        facts.push(("secrets", format!("{} taken out of the calls that are kept", of(capture.redacted, "secret"))));
    }
    facts.push(("cost", cost(capture)));
    match (&capture.purity, &capture.unreplayed) {
        (Some(purity), _) => facts.push(("made again", replayed(purity))),
        (None, Some(why)) => facts.push(("made again", format!("no: {why}"))),
        (None, None) => {}
    }
    facts
}

fn calls(capture: &Capture) -> String {
    let whose = if capture.is_async { " of a coroutine function" } else { "" };
    format!("{}{whose}, in {}", of(capture.calls, "call"), processes(capture.processes))
}

fn processes(number: u64) -> String {
    if number == 1 { "1 process".to_owned() } else { format!("{} processes", count(number)) }
}

fn kept(capture: &Capture) -> String {
    let Capture { kept, chosen, late, cut_off, .. } = capture;
    let mut text = format!("{} in {}", of(*kept, "call"), bytes(capture.bytes));
    if *kept < capture.calls && *chosen > 0 {
        let drawn = kept - chosen;
        text.push_str(&format!(
            ": {} for being the slowest, the largest, or the only one with its type of exception, {} drawn by chance",
            count(*chosen),
            count(drawn)
        ));
    }
    if *late > 0 {
        text.push_str(&format!("; of {} the arguments are as the call has left them", count(*late)));
    }
    if *cut_off > 0 {
        text.push_str(&format!("; of {} the stream went on, or was left before its end", count(*cut_off)));
    }
    text
}

fn left_out(unrecordable: &[Unrecordable]) -> String {
    let all: u64 = unrecordable.iter().map(|one| one.count).sum();
    let named = unrecordable.iter().take(REASONS).map(|one| format!("{} ({})", one.why, count(one.count)));
    let more = (unrecordable.len() > REASONS).then(|| format!("{} other reasons", unrecordable.len() - REASONS));
    let reasons: Vec<String> = named.chain(more).collect();
    format!("{} that can't be written down: {}", of(all, "call"), reasons.join("; "))
}

/// What has calls recorded that were left out: a value that can't be written down is made anew, by who it belongs to.
fn recipe(unrecordable: &[Unrecordable]) -> Option<String> {
    let (path, what) = unrecordable
        .iter()
        .filter_map(|one| one.why.split_once(": "))
        .find(|(path, _)| path.starts_with("args[") || path.starts_with("kwargs."))?;
    // A type is a name; all else is a reason.
    let named = if what.contains([' ', '<']) { path } else { what };
    Some(format!(
        "what can't be written down may be made anew instead: --recipe '{named}=module:callable' names what makes it without arguments, such as \
         --recipe _thread.lock=threading:Lock"
    ))
}

fn cost(capture: &Capture) -> String {
    let call = seconds(capture.overhead.seconds);
    match capture.overhead.share {
        Some(share) => {
            format!("recording took {} of the processor time; looking at a call took {call}", part(share))
        }
        None => format!("looking at a call took {call}; the program ran too short to tell the share of its time"),
    }
}

fn replayed(purity: &Purity) -> String {
    let Purity { replayed, stable, difference, otherwise, mutates, reads, effects, .. } = purity;
    let twice = format!("{}, twice, with other hash seeds", of(*replayed, "call"));
    let mut found = Vec::new();
    match (stable, difference) {
        (true, _) => found.push("the same came of each both times".to_owned()),
        (false, Some(difference)) => {
            found.push(format!("not the same both times: call {}, {}", difference.call, difference.path));
        }
        (false, None) => found.push("not the same both times".to_owned()),
    }
    if *otherwise > 0 {
        found.push(format!("{} ended otherwise than in the program", of(*otherwise, "call")));
    }
    if *mutates {
        found.push("it changes its arguments".to_owned());
    }
    if !reads.is_empty() {
        found.push(format!("it reads {}", reads.join(", ")));
    }
    if !effects.is_empty() {
        found.push(format!("it {}", effects.join(", ")));
    }
    if purity.is_pure() {
        found.push("it is pure, as far as that shows".to_owned());
    }
    format!("{twice}: {}", found.join("; "))
}

/// What isn't as it should be.
pub(crate) fn warnings(capture: &Capture) -> Vec<String> {
    let mut warnings = Vec::new();
    if capture.kept == 0 {
        warnings.push(
            "no call can be written down: give the workload an input that is made, `input = \"module:callable\"`"
                .to_owned(),
        );
    }
    warnings.extend(recipe(&capture.unrecordable));
    if capture.full {
        warnings.push(
            "the room for what one process takes down was used up: later calls had no chance; --max-bytes gives more"
                .to_owned(),
        );
    }
    if !capture.all_timed {
        warnings.push(
            "its calls are so short that timing each would have slowed the program down: the slowest and the largest are those of \
             the calls that were looked at"
                .to_owned(),
        );
    }
    if let Some(share) = capture.overhead.share.filter(|&share| share > 0.05) {
        warnings.push(format!(
            "recording took {} of the processor time, more than it is to take: its calls are too short and too many",
            part(share)
        ));
    }
    if !capture.held_by.is_empty() {
        warnings.push(format!(
            "calls by way of what held the function itself weren't seen: {}",
            capture.held_by.join(", ")
        ));
    }
    if capture.pickled {
        warnings.push(
            "some values are pickled or made by recipes, which may run any code: compare takes --trust-pickles"
                .to_owned(),
        );
    }
    if let Some(purity) = &capture.purity
        && purity.redacted_otherwise > 0
    {
        warnings.push(format!(
            "{} took another way without the secrets than with them; --redact and names of keys decide what is one",
            of(purity.redacted_otherwise, "call")
        ));
    }
    warnings
}
