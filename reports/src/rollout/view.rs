//! What a reader sees of a rollout.

use rustworthy_model::Estimate;
use rustworthy_model::figures::{self, count, factor};
use rustworthy_model::rollout::{Reason, Rollout, Switch, TimesOf, Trip, Verdict};

use crate::measure::Measure;
use crate::verdict::{Tone, Toned};
use crate::visible;
use crate::words::{self, Worded, heading};

/// Headings of the columns.
pub(crate) const HEADINGS: [&str; 8] = [
    heading::SWITCH,
    heading::VERDICT,
    heading::CALLS,
    heading::COMPARED,
    heading::DIFFERENT,
    heading::DIFFERENCE_RATE,
    heading::SPEEDUP,
    heading::P99,
];

/// Days from which on a time is told in days.
const A_DAY: f64 = 1.5;

impl Worded for Verdict {
    fn word(self) -> &'static str {
        match self {
            Self::Promote => "promote",
            Self::KeepShadowing => "keep shadowing",
            Self::RollBack => "roll back",
        }
    }
}

impl Toned for Verdict {
    fn tone(self) -> Tone {
        match self {
            Self::Promote => Tone::Good,
            Self::KeepShadowing => Tone::Plain,
            Self::RollBack => Tone::Problem,
        }
    }
}

/// A rollout.
pub(crate) struct RolloutView {
    pub(crate) rows: Vec<Row>,
    pub(crate) warnings: Vec<String>,
    /// How to read it.
    pub(crate) rule: String,
}

/// A switch.
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) verdict: Verdict,
    pub(crate) calls: String,
    pub(crate) compared: String,
    pub(crate) different: String,
    /// The upper bound of the rate of differences, `< 1 in 3,100`.
    pub(crate) bound: String,
    pub(crate) speedup: Option<Measure>,
    pub(crate) p99: String,
    pub(crate) notes: Vec<String>,
    /// What to do next, to be typed.
    pub(crate) command: Option<String>,
}

impl RolloutView {
    pub(crate) fn new(rollout: &Rollout) -> Self {
        let skipped = (rollout.skipped_lines > 0).then(|| {
            let lines = if rollout.skipped_lines == 1 { "line is" } else { "lines are" };
            format!("{} {lines} cut off or no telemetry, and left out", count(rollout.skipped_lines))
        });
        let salts = (rollout.salts > 1).then(|| {
            format!(
                "digests were made with {} salts, so that those of different processes can't be compared: \
                 have all processes run as one user, or let all of them read the file 'salt'",
                count(rollout.salts)
            )
        });
        Self {
            rows: rollout.switches.iter().map(Row::new).collect(),
            warnings: skipped.into_iter().chain(salts).collect(),
            rule: format!(
                "promote: no difference, at most {} of calls by the {} bound, faster for sure, p99 of requests not worse for sure. \
                 The bound holds however often one looks.",
                one_in(rollout.bound),
                figures::chosen_percent(rollout.confidence),
            ),
        }
    }
}

impl Row {
    fn new(switch: &Switch) -> Self {
        let compared = switch.equal.saturating_add(switch.different);
        let rate = switch.difference_rate;
        Self {
            name: visible::line(&switch.name),
            verdict: switch.verdict,
            calls: count(switch.calls),
            compared: count(compared),
            different: count(switch.different),
            bound: if compared == 0 { words::NOTHING.into() } else { format!("< {}", one_in(rate.high)) },
            speedup: switch.speedup.map(|speedup| Measure::new(speedup, factor)),
            p99: switch.p99_change.map_or_else(|| words::NOTHING.into(), change),
            notes: notes(switch),
            command: (switch.verdict == Verdict::RollBack).then(|| command(switch)).flatten(),
        }
    }
}

fn change(change: Estimate) -> String {
    let (figure, interval) = figures::change(&change);
    format!("{figure} {interval}")
}

/// A small share: `1 in 3,100`.
pub(crate) fn one_in(share: f64) -> String {
    if share <= 0.0 {
        return "0".into();
    }
    let calls = (1.0 / share).floor();
    if calls < 10.0 { format!("{}%", figures::percent(share)) } else { format!("1 in {}", count(calls as u64)) }
}

fn notes(switch: &Switch) -> Vec<String> {
    let was_given = switch.shadowed > 0 || switch.answered_by_rust > 0;
    let reasons = switch.reasons.iter().map(|reason| words_of(reason, was_given));
    let place = switch.first_difference.as_ref().filter(|_| switch.different > 0).map(|first| {
        format!(
            "first difference: {} ({}), arguments {}",
            visible::line(&first.path),
            visible::line(&first.why),
            visible::line(&first.arguments)
        )
    });
    let breakers = switch.breakers.iter().map(|breaker| {
        let often = if breaker.times == 1 { "once".into() } else { format!("{} times", count(breaker.times)) };
        format!("breaker open {often}: {}", word_of(breaker.why))
    });
    let shadow = (switch.speedup_of == Some(TimesOf::Shadow)).then(|| {
        "speedup in the shadow, where the candidate shares the interpreter with the service: a share such as 5% tells the true one".to_owned()
    });
    let unshadowed = &switch.unshadowed;
    let left_out = [
        (unshadowed.uncopyable, "can't be copied"),
        (unshadowed.suspended, "were over the budget"),
        (unshadowed.busy, "found the process never idle"),
        (unshadowed.impure, "change their arguments"),
        (switch.unchecked, "have results that can't be compared"),
    ];
    let left_out =
        left_out.iter().filter(|(calls, _)| *calls > 0).map(|(calls, why)| format!("{} {why}", count(*calls)));
    let left_out = left_out.collect::<Vec<_>>();
    let left_out = (!left_out.is_empty()).then(|| format!("not compared: {}", left_out.join(", ")));
    let passed = (switch.passed > 0).then(|| {
        let calls = if switch.passed == 1 { "call" } else { "calls" };
        format!(
            "{} {calls} ended by what passes through, such as KeyboardInterrupt or a cancellation",
            count(switch.passed)
        )
    });
    let ended = (switch.ended_within > 0).then(|| {
        let processes = if switch.ended_within == 1 { "process" } else { "processes" };
        format!("{} {processes} ended in the candidate without the report of a crash", count(switch.ended_within))
    });
    reasons.chain(place).chain(breakers).chain(ended).chain(passed).chain(shadow).chain(left_out).collect()
}

fn word_of(why: Trip) -> &'static str {
    match why {
        Trip::Raised => "the candidate raised",
        Trip::Differed => "a difference while the candidate answered",
        Trip::Died => "a process died in the candidate",
        Trip::Hangs => "the candidate didn't come back",
    }
}

/// A reason in words, of a switch whose candidate `was_given` any call.
pub(crate) fn words_of(reason: &Reason, was_given: bool) -> String {
    match *reason {
        Reason::Different { calls: 1 } => "the two sides differ on 1 call".into(),
        Reason::Different { calls } => format!("the two sides differ on {} calls", count(calls)),
        Reason::Failed { calls: 1 } => "the candidate raised on 1 call what Python doesn't".into(),
        Reason::Failed { calls } => format!("the candidate raised on {} calls what Python doesn't", count(calls)),
        Reason::Died => {
            "a process died in the candidate; the switch stays on Python until the file NAME.died is removed".into()
        }
        Reason::Hangs => "the candidate doesn't come back".into(),
        Reason::Slower => "the candidate is slower for sure".into(),
        Reason::TailWorse => "p99 of requests is worse for sure".into(),
        Reason::NothingCompared if !was_given => "no call was given to both sides: set the mode to shadow".into(),
        Reason::NothingCompared => "no call was compared".into(),
        Reason::TooFewCalls { more, days } => {
            let time = match days {
                Some(days) if days >= A_DAY => format!(", {days:.0} days at this pace"),
                Some(days) if days * 24.0 >= A_DAY => format!(", {:.0} hours at this pace", days * 24.0),
                Some(days) => format!(", {:.0} minutes at this pace", (days * 24.0 * 60.0).ceil()),
                None => String::new(),
            };
            format!("{} more calls have to be equal{time}", count(more))
        }
        Reason::Unseen { share } => format!("{}% of calls can't be copied or compared", figures::percent(share)),
        Reason::SpeedupUnknown => "too few times of both sides for a speedup".into(),
        Reason::MaybeNotFaster => "the candidate may be no faster".into(),
        Reason::Equal { calls } => format!("equal on {} calls", count(calls)),
        Reason::Faster => "faster for sure".into(),
        Reason::TailUnknown => {
            "p99 of requests isn't known: no rustworthy.span around them, or too few with either side".into()
        }
        Reason::TailNotWorse => "p99 of requests isn't worse for sure".into(),
    }
}

/// The command that records calls such as the one that differed, from which a test is made.
fn command(switch: &Switch) -> Option<String> {
    let function = switch.function.as_deref().filter(|_| switch.different > 0 || switch.failed > 0)?;
    // It goes into a shell.
    let is_plain = function.chars().all(|character| character.is_alphanumeric() || "._:".contains(character));
    is_plain.then(|| format!("rustworthy capture {function} -- python app.py"))
}
