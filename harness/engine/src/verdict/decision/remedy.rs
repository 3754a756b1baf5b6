//! What would settle an inconclusive verdict: measuring what wasn't measured, or more of it. As a value, and as a command.

use rustworthy_model::attribution::Attribution;
use rustworthy_model::decision::{Obstacle, P99Doubt, Verdict};

use super::evidence::{Contender, Eligibility, Evidence, Incomparable, P99, P99Unknown};
use super::rules::{Judgement, Rule};
use super::subject::{Asked, Subject};
use crate::shell;

/// How many times as many requests make an interval half as wide.
const MORE_REQUESTS: u64 = 4;

/// Requests below which no tail is thick enough.
const FEWEST_REQUESTS: u64 = 1_000;

/// Half width of a speedup's interval, as a share of it, from which on it's not the comparison that leaves something open.
const NARROW: f64 = 0.05;

/// What makes a comparison more precise than the one before, each asked for once.
const MORE_PRECISE: [[&str; 4]; 3] = [
    ["--precision", "1%", "--budget", "300s"],
    ["--precision", "0.5%", "--budget", "1200s"],
    ["--precision", "0.2%", "--budget", "3600s"],
];

/// What lets contenders finish that took longer than they may.
const LONGER: [&str; 2] = ["--timeout", "600s"];

/// What waits until others leave the processors alone.
const WHEN_QUIET: &str = " --wait-for-quiet 5m";

/// A measurement that would settle an inconclusive verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remedy {
    /// A comparison.
    Compare {
        /// The workload.
        workload: String,
        /// Options that make it more precise than the one before, or let more of it finish.
        options: &'static [&'static str],
    },
    /// An attribution.
    Attribute {
        /// The scenario.
        scenario: String,
        /// How many requests, instead of what the manifest says.
        requests: Option<u64>,
        /// Whether it should wait until others leave the processors alone.
        when_quiet: bool,
    },
}

impl Remedy {
    /// The command that a user would give.
    pub(super) fn command(&self, asked: &Asked) -> String {
        let Asked { common, compare, sizes, .. } = asked;
        match self {
            Self::Compare { workload, options } => {
                let options: String = options.iter().map(|option| format!(" {option}")).collect();
                let size = sizes.get(workload).map(|size| format!(" --size {size}")).unwrap_or_default();
                format!("rustworthy compare {}{options}{compare}{size}{common}", shell::word(workload))
            }
            Self::Attribute { scenario, requests, when_quiet } => {
                let requests = requests.map(|requests| format!(" --requests {requests}")).unwrap_or_default();
                let quiet = if *when_quiet { WHEN_QUIET } else { "" };
                format!("rustworthy attribute {}{requests}{common}{quiet}", shell::word(scenario))
            }
        }
    }
}

/// What would settle a verdict; `None` where it's settled, or where no measurement alone would bring anything new: where the
/// manifest has to say more first, or code has to change, as the reason says.
pub(super) fn remedy(
    subject: &Subject<'_>,
    evidence: &Evidence,
    judgement: &Judgement,
    asked: &Asked,
) -> Option<Remedy> {
    if judgement.verdict != Verdict::Inconclusive {
        return None;
    }
    // Traces are measured elsewhere.
    let attribution = subject.in_scenario.map(|scenario| scenario.attribution);
    let attribution = attribution.filter(|attribution| attribution.trace.is_none());
    let remedies =
        Remedies { workload: subject.workload.map(|(workload, _)| workload.name.as_str()), attribution, asked };
    match (&judgement.rule, &evidence.p99) {
        (Rule::P99Unknown, P99::Unknown(P99Unknown::TooThin { requests_needed: Some(needed), .. })) => {
            remedies.attribute(*needed, false)
        }
        (
            Rule::P99Unknown,
            P99::Unknown(
                P99Unknown::NotWatched { .. } | P99Unknown::NotProjected { .. } | P99Unknown::NotInTrace { .. },
            ),
        ) => None,
        (Rule::P99Doubtful(P99Doubt::LoadMissed { .. }), _) => remedies.attribute_quietly(),
        (Rule::P99Doubtful(P99Doubt::Asleep { .. }), _) => None,
        (Rule::P99Doubtful(P99Doubt::IntervalTooWide { .. }), _) => remedies.more_requests(true),
        (Rule::P99Unknown | Rule::P99TooWide(_), _) => remedies.more_requests(false),
        (Rule::Incomparable, _) => remedies.comparable(evidence.incomparable.as_ref()?),
        // With the same Python it would be the same again; the reason says what to do.
        (Rule::Blocked, _) if evidence.is_blocked_by_embedding() => None,
        (Rule::Blocked, _) => evidence.contenders.iter().find_map(|contender| remedies.unblocked(contender)),
        (Rule::PaybackTooWide(_) | Rule::ShareOfRustTooWide(_), _) => {
            let considered = judgement.considered.and_then(|index| evidence.contenders.get(index));
            let by_requests = considered.filter(|one| is_narrow(one)).and_then(|_| remedies.more_requests(false));
            by_requests.or_else(|| remedies.more_precise())
        }
        (Rule::SpeedTooWide, _) => remedies.more_precise(),
        _ => None,
    }
}

fn is_narrow(contender: &Contender) -> bool {
    let speedup = contender.speedup;
    speedup.high - speedup.low <= 2.0 * NARROW * speedup.estimate
}

/// The measurements that there are for a subject.
struct Remedies<'a> {
    workload: Option<&'a str>,
    attribution: Option<&'a Attribution>,
    asked: &'a Asked,
}

impl Remedies<'_> {
    /// What makes a comparison of something that has none.
    fn comparable(&self, incomparable: &Incomparable) -> Option<Remedy> {
        match incomparable {
            Incomparable::Unmeasured(workload) => Some(self.compare(workload, &[])),
            Incomparable::BaselineFailed { is_in_run: false, .. } => Some(self.compare(self.workload?, &[])),
            Incomparable::BaselineFailed { .. }
            | Incomparable::BaselineUnstable(_)
            | Incomparable::NoWorkload
            | Incomparable::NoContender { .. } => None,
        }
    }

    /// What takes an obstacle out of a contender's way, where that isn't its code.
    fn unblocked(&self, contender: &Contender) -> Option<Remedy> {
        let Eligibility::Blocked(obstacle) = &contender.eligibility else { return None };
        match obstacle {
            Obstacle::NotMeasured => Some(self.compare(self.workload?, &[])),
            Obstacle::TooFewSamples => self.more_precise(),
            Obstacle::TimedOut if !self.was_run(&LONGER) => Some(self.compare(self.workload?, &LONGER)),
            _ => None,
        }
    }

    /// A more precise comparison than those that there are.
    fn more_precise(&self) -> Option<Remedy> {
        let workload = self.workload?;
        let options = MORE_PRECISE.iter().find(|options| !self.was_run(&options[2..]))?;
        Some(self.compare(workload, options))
    }

    /// Whether this was asked for of the workload already.
    fn was_run(&self, option: &[&str]) -> bool {
        let is_of_it =
            |run: &&Vec<String>| run.iter().any(|word| word == "all" || Some(word.as_str()) == self.workload);
        let has_option = |run: &Vec<String>| {
            run.windows(option.len()).any(|words| words == option) || run.contains(&option.join("="))
        };
        self.asked.runs.iter().filter(is_of_it).any(has_option)
    }

    fn compare(&self, workload: &str, options: &'static [&'static str]) -> Remedy {
        Remedy::Compare { workload: workload.to_owned(), options }
    }

    fn more_requests(&self, when_quiet: bool) -> Option<Remedy> {
        self.attribute(self.attribution?.requests.saturating_mul(MORE_REQUESTS).max(FEWEST_REQUESTS), when_quiet)
    }

    /// The same requests once more, when others leave the processors alone.
    fn attribute_quietly(&self) -> Option<Remedy> {
        let scenario = self.attribution?.scenario.clone();
        Some(Remedy::Attribute { scenario, requests: None, when_quiet: true })
    }

    fn attribute(&self, requests: u64, when_quiet: bool) -> Option<Remedy> {
        let scenario = self.attribution?.scenario.clone();
        Some(Remedy::Attribute { scenario, requests: Some(requests), when_quiet })
    }
}
