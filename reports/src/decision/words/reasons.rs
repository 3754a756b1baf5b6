//! Why a verdict is what it is: a sentence for each reason.

use rustworthy_model::Estimate;
use rustworthy_model::decision::{
    Gone, InProduction, InputSize, NEVER, Obstacle, P99Doubt, P99Threshold, Payback, Reason, Saving, Speed,
};
use rustworthy_model::figures::{count, seconds};

use super::super::phrases::{amount, at, called, change, months, number_of_months, percent, share, times};
use crate::rollout;
use crate::words::Worded as _;

/// A reason in a sentence, with the size of the input that speedups and prices are of.
pub(super) fn reason(reason: &Reason, size: Option<&InputSize>) -> String {
    match reason {
        Reason::GoalMet { p99_seconds, goal_seconds } => goal_met(p99_seconds, *goal_seconds),
        Reason::AlreadyNative => {
            "Its time is spent in native code already: a rewrite has nothing to take out of the interpreter.".into()
        }
        Reason::Asleep { seconds_per_request, share_of_p99, waits } => {
            asleep(*seconds_per_request, share_of_p99.as_ref(), *waits)
        }
        Reason::P99Ceiling { gone, change, threshold } => p99_ceiling(*gone, change, threshold),
        Reason::SavingCeiling(saving) => format!("At most it would save {}", saved(saving, size)),
        Reason::NoneLeft => "No contender is left that could be chosen.".into(),
        Reason::NoneFaster { fastest } => none_faster(fastest, size),
        Reason::Speed { contender, route, speedup, baseline } => format!(
            "{} is {} as fast as {baseline}{}, call and conversion included, with equal output.",
            called(contender, *route),
            times(speedup),
            at(size)
        ),
        Reason::P99Effect { p99_seconds, after_seconds, change, threshold } => {
            p99_effect(p99_seconds, after_seconds, change, threshold)
        }
        Reason::P99WithPlan { p99_seconds, goal_seconds } => format!(
            "With the others of the plan p99 is {}, within {}.",
            seconds(p99_seconds.estimate),
            seconds(*goal_seconds)
        ),
        Reason::Saving(saving) => format!("It saves {}", saved(saving, size)),
        Reason::SpeedAlone => {
            "This goes by speed alone: there is no scenario to show its effect on p99, and no price to show what it saves."
                .into()
        }
        Reason::WithoutRust { contender, route, share, enough } => format!(
            "Without Rust, {} brings {} of that; {} would be enough.",
            called(contender, *route),
            self::share(share),
            percent(*enough)
        ),
        Reason::ShareOfRust { rust, share, enough } => {
            let rust = rust.as_ref().map_or("the best Rust".to_owned(), |rust| called(&rust.contender, rust.route));
            format!("That is {} of what {rust} brings; {} is enough.", self::share(share), percent(*enough))
        }
        Reason::BaselineUnstable { difference } => format!(
            "No output can be held against the baseline's{}.",
            after_colon(difference.as_deref())
        ),
        Reason::BaselineFailed { is_in_run, error } => {
            let error = error.as_deref();
            let error = error.unwrap_or(if *is_in_run { "it wasn't timed" } else { "it isn't in the run" });
            format!("The baseline couldn't be measured: {error}.")
        }
        Reason::NoWorkload => "No workload stands for it, so no contender of it has been measured: add one to the \
                               manifest, with a contender and `replaces` naming the function."
            .into(),
        Reason::WorkloadNotMeasured { workload } => {
            format!("Workload {workload} stands for it, but has not been measured.")
        }
        Reason::KernelOnly { .. } => "Only a kernel was measured, which nobody can call.".into(),
        Reason::NoContender { tried: false } => "It has no contender: `rustworthy try` finds what costs nothing, and `rustworthy new` writes one in Rust.".into(),
        Reason::NoContender { tried: true } => "It has no contender, and nothing that `rustworthy try` found is surely faster: `rustworthy new` writes one in Rust.".into(),
        Reason::BoundaryCeiling { argument, result, speedup, p99_change } => {
            let p99 = p99_change.as_ref().map(|to| format!(", which changes p99 by {} at most", change(to)));
            format!(
                "No Rust behind {argument} → {result} that reads all of its argument can be more than {} as fast{}{}: that is \
                 what crossing the boundary costs.",
                times(speedup),
                at(size),
                p99.unwrap_or_default()
            )
        }
        Reason::InProduction(found) => in_production(found),
        Reason::TailTooThin { detail, .. } => format!("Too few requests tell of p99: {detail}."),
        Reason::ModelRejected { detail } => {
            let detail = detail.as_deref().unwrap_or("replayed, the requests don't give what was observed");
            let end = if detail.ends_with(['.', '?', '!']) { "" } else { "." };
            format!("The model of the queue was rejected, so p99 can't be projected: {detail}{end}")
        }
        Reason::NotWatched { function, scenario: Some(scenario) } => format!(
            "{function} isn't among the functions that were watched in {scenario}, so its part in p99 isn't known: name it \
             among the `candidates` of the scenario."
        ),
        Reason::NotWatched { function, scenario: None } => format!(
            "No scenario has seen {function}, so its part in p99 isn't known: name it among the `candidates` of the one that \
             calls it."
        ),
        Reason::NotProjected { share_of_p99 } => format!(
            "What becomes of p99 was projected for those operations alone that have the largest shares of it{}.",
            share_of_p99.as_ref().map(|share| format!("; this one has {}", self::share(share))).unwrap_or_default()
        ),
        Reason::NotInTrace { function, trace } => format!(
            "No span of {trace} is a call of {function}, so its part in p99 isn't known: `code.function.name` says what a span is a \
             call of. Spans of kind CLIENT keep their names."
        ),
        Reason::GoalWithoutPrices => {
            "The goal is a payback, which can't be determined without [cost] and a volume.".into()
        }
        Reason::GoalWithoutScenario => "The goal is p99, and it's in no scenario that was attributed.".into(),
        Reason::P99Doubtful { doubt } => p99_doubtful(doubt),
        Reason::P99TooWide { .. } => "The interval of p99 is too wide: it reaches over what would count.".into(),
        Reason::PaybackTooWide { .. } => "The interval of the payback is too wide: it reaches over the horizon.".into(),
        Reason::SpeedTooWide { contender, route, speedup } => {
            let (contender, speedup) = (called(contender, *route), times(speedup));
            format!("{contender} is {speedup} as fast{}: the interval is too wide to tell.", at(size))
        }
        Reason::ShareOfRustTooWide { contender, route, share, enough } => format!(
            "{} brings {} of what the best Rust does: whether that is {} can't be determined.",
            called(contender, *route),
            self::share(share),
            percent(*enough)
        ),
        Reason::Blocked { contender, route, obstacle }
            if !matches!(
                obstacle,
                Obstacle::Embedding { .. } | Obstacle::TooFewSamples | Obstacle::Remembers { .. }
            ) =>
        {
            format!("{} {}; no speedup without equality.", called(contender, *route), self::obstacle(obstacle))
        }
        Reason::Blocked { contender, route, obstacle } | Reason::NotChosen { contender, route, obstacle } => {
            format!("{} {}.", called(contender, *route), self::obstacle(obstacle))
        }
        Reason::ShareOfP99 { share, with_callees, others_wait } => share_of_p99(share, *with_callees, *others_wait),
        Reason::P99MadeBy { row, share } => p99_made_by(row.as_deref(), share),
        Reason::KernelFaster { kernel, speedup } => format!(
            "The kernel {kernel} alone is {} as fast{}, without its boundary: nobody can call it at that price.",
            times(speedup),
            at(size)
        ),
        Reason::P99Interpolated { contender } => format!(
            "p99 with {contender} lies between speedups that were replayed, by the share of time that it saves."
        ),
        Reason::Version1 { words } => words.clone(),
    }
}

fn goal_met(p99: &Estimate, goal: f64) -> String {
    format!(
        "p99 is {} ({} to {}) and has to be {}: there is nothing to do.",
        seconds(p99.estimate),
        seconds(p99.low),
        seconds(p99.high),
        seconds(goal)
    )
}

fn p99_doubtful(doubt: &P99Doubt) -> String {
    let why = match doubt {
        P99Doubt::Asleep { share_of_p99 } => {
            let share = share_of_p99.as_ref().map_or("much".to_owned(), share);
            return format!(
                "The function slept, or waited for I/O, for {share} of p99, which the replay keeps and a contender may do without: \
                 name what replaces it in the scenario's `migrated`, so that it is measured."
            );
        }
        P99Doubt::LoadMissed { utilization, asked } => {
            format!("utilisation was {} where {} was asked for", share(utilization), percent(*asked))
        }
        P99Doubt::IntervalTooWide { p99_seconds: Estimate { estimate, low, high } } => {
            format!("it is {} ({} to {})", seconds(*estimate), seconds(*low), seconds(*high))
        }
    };
    format!(
        "What was measured of p99 decides nothing: {why}. `--wait-for-quiet` waits until others leave the processors alone."
    )
}

fn asleep(seconds_per_request: f64, share_of_p99: Option<&Estimate>, waits: bool) -> String {
    let share = share_of_p99.map(|share| format!(", {} of p99", self::share(share))).unwrap_or_default();
    let seconds = seconds(seconds_per_request);
    match waits {
        true => format!(
            "It waits for another service (kind CLIENT) for {seconds} of a request{share}: that is to be made faster there, or called \
             less often."
        ),
        false => format!(
            "It sleeps, or waits for I/O, for {seconds} of a request{share}: what saves that is not to wait, which no rewrite does by \
             itself."
        ),
    }
}

/// What is gone is said as exactly as it is known.
fn p99_ceiling(gone: Option<Gone>, change: &Estimate, threshold: &P99Threshold) -> String {
    let gone = match gone {
        Some(Gone::Everything) => "it and all that it calls took no time",
        Some(Gone::ProcessorTime) => {
            "it took no time on the processor (its sleep, and other functions listed that it calls, as before)"
        }
        Some(Gone::OwnTime) => "it took no time of its own (other operations that it calls as before)",
        None => "nothing were left of what a speedup can save",
    };
    format!("Even if {gone}, p99 would change by {}; {}.", self::change(change), self::threshold(threshold))
}

fn p99_effect(before: &Estimate, after: &Estimate, change: &Estimate, threshold: &P99Threshold) -> String {
    format!(
        "p99 goes from {} to {}: {}; {}.",
        seconds(before.estimate),
        seconds(after.estimate),
        self::change(change),
        self::threshold(threshold)
    )
}

fn threshold(threshold: &P99Threshold) -> String {
    match threshold {
        P99Threshold::GoalSeconds(goal) => format!("the goal is {}", seconds(*goal)),
        P99Threshold::LowerByShare(share) => format!("{} lower is what counts", percent(*share)),
    }
}

/// What is saved, and when that has paid for a migration.
fn saved(saving: &Saving, size: Option<&InputSize>) -> String {
    let Saving { saving_per_month, currency, payback } = saving;
    let Estimate { estimate, low, high } = *saving_per_month;
    let saved = format!("{} {currency} a month ({} to {}){}", amount(estimate), amount(low), amount(high), at(size));
    let Some(Payback { migration, months: payback, horizon_months }) = payback else {
        return format!("{saved}; engineer-day and migration-days in [cost] would tell when that pays.");
    };
    let when = match payback.low >= NEVER {
        true => "are never paid back".to_owned(),
        false => format!(
            "are paid back in {} ({} to {})",
            months(payback.estimate),
            number_of_months(payback.low),
            number_of_months(payback.high)
        ),
    };
    format!(
        "{saved}: {} {currency} of migration {when}; within {} is what counts.",
        amount(*migration),
        months(*horizon_months)
    )
}

fn none_faster(fastest: &[Speed], size: Option<&InputSize>) -> String {
    let speeds =
        fastest.iter().map(|speed| format!("{} {}", called(&speed.contender, speed.route), times(&speed.speedup)));
    let speeds = speeds.collect::<Vec<_>>().join(", ");
    format!("No route is faster than the baseline{}, call and conversion included: {speeds}.", at(size))
}

/// What stands in the way of a contender, as the rest of a sentence about it.
fn obstacle(obstacle: &Obstacle) -> String {
    match obstacle {
        Obstacle::Failed { error } => format!("failed ({})", error.as_deref().unwrap_or("it isn't known why")),
        Obstacle::TimedOut => "took longer than it may".into(),
        Obstacle::NotMeasured => "wasn't measured".into(),
        Obstacle::Different { difference } => format!("computes something else{}", after_colon(difference.as_deref())),
        Obstacle::Unchecked { detail } => {
            format!("has an output that couldn't be checked{}", after_colon(detail.as_deref()))
        }
        Obstacle::TooFewSamples => "was timed too few times".into(),
        Obstacle::Embedding { embedded_over_executable } => format!(
            "has its speedup withheld, since the embedded Python takes {} of the executable's time; compare with a Python whose \
             executable runs its shared library: --python PATH",
            times(embedded_over_executable)
        ),
        Obstacle::Remembers { first_over_repeat } => format!(
            "remembers results from call to call: only repeats were timed, and the first call on an input took {} times as long",
            amount(*first_over_repeat)
        ),
        Obstacle::RolledBack { switch, reason, difference } => format!(
            "is Rust, and switch {switch} says to roll that back: {}{}",
            rollout::words_of(reason, true),
            after_colon(difference.as_deref())
        ),
        Obstacle::NotIsolated => "has no process of its own, which was asked for".into(),
        Obstacle::TooBusy { processors_share } => format!(
            "can't keep up: at this rate it would need {} of all processors",
            percent(processors_share.estimate)
        ),
    }
}

/// What production has shown.
fn in_production(found: &InProduction) -> String {
    let month =
        found.calls_per_month.map_or(String::new(), |calls| format!(", {} a month", count(calls.round() as u64)));
    let differences = match found.compared {
        0 => "none compared".to_owned(),
        compared => {
            format!(
                "{} compared, and differences on fewer than {}",
                count(compared),
                rollout::one_in(found.difference_rate.high)
            )
        }
    };
    let speedup = found.speedup.as_ref().map_or(String::new(), |speedup| format!("; {} as fast", times(speedup)));
    format!(
        "In production switch {} has counted {} calls{month}, {differences}{speedup}: {}.",
        found.switch,
        count(found.calls),
        found.verdict.word()
    )
}

/// A detail that ends a sentence, whose full stop is to come.
fn after_colon(detail: Option<&str>) -> String {
    detail.map(|detail| format!(": {}", detail.trim_end_matches('.'))).unwrap_or_default()
}

/// A small share with a large effect, or the share where that is what there is.
fn share_of_p99(share: &Estimate, with_callees: bool, others_wait: bool) -> String {
    let it = if with_callees { "With all that it calls, it" } else { "It" };
    let queue = match others_wait {
        true => ", but others wait in the queue behind it: faster, it shortens their waiting too",
        false => "",
    };
    format!("{it} takes {} of p99{queue}.", self::share(share))
}

/// The row in which an attribution counts the time that a request waits for others, such as a database.
const ASLEEP: &str = "(asleep)";

fn p99_made_by(row: Option<&str>, share: &Estimate) -> String {
    let name = row.map_or("waiting in the queue", |row| row.trim_matches(['(', ')']));
    let remark = if row == Some(ASLEEP) { ": waiting for others, which no rewrite shortens" } else { "" };
    format!("What makes p99 is {name}, {} of it{remark}.", self::share(share))
}
