//! The command that would settle an inconclusive verdict: one that measures what wasn't measured, or more of it.

use rustworthy_model::attribution::Attribution;
use rustworthy_model::decision::Verdict;

use super::evidence::{Evidence, Incomparable, P99, P99Unknown};
use super::rules::{Judgement, Rule};
use super::subject::Subject;
use crate::shell;

/// How many times as many requests make an interval half as wide.
const MORE_REQUESTS: u64 = 4;

/// Requests below which no tail is thick enough.
const FEWEST_REQUESTS: u64 = 1_000;

/// What would settle a verdict; `None` where it's settled, or where no command alone would.
pub(super) fn command(subject: &Subject<'_>, evidence: &Evidence, judgement: &Judgement) -> Option<String> {
    if judgement.verdict != Verdict::Inconclusive {
        return None;
    }
    let workload = subject.workload.map(|(workload, _)| workload.name.as_str());
    let attribution = subject.in_scenario.map(|scenario| scenario.attribution);
    match (&judgement.rule, &evidence.incomparable, &evidence.p99) {
        (Rule::P99Unknown, _, P99::Unknown(P99Unknown::TooThin { requests_needed: Some(needed), .. })) => {
            Some(attribute(attribution?, *needed))
        }
        // The manifest has to say more first, as the reason does: no command alone would bring anything new.
        (Rule::P99Unknown, _, P99::Unknown(P99Unknown::NotWatched { .. })) | (Rule::GoalUnknown, ..) => None,
        (Rule::Incomparable, Some(Incomparable::NoWorkload), _) => None,
        (Rule::P99Unknown | Rule::P99TooWide(_), ..) => {
            let attribution = attribution?;
            Some(attribute(attribution, more_requests(attribution)))
        }
        (Rule::Incomparable | Rule::Blocked, Some(Incomparable::Unmeasured(name)), _) => Some(compare(name, "")),
        (Rule::Incomparable | Rule::Blocked, ..) => Some(compare(workload?, "")),
        (Rule::PaybackTooWide(_) | Rule::SpeedTooWide | Rule::ShareOfRustTooWide(_), ..) => {
            Some(compare(workload?, " --precision 1% --budget 300s"))
        }
        _ => None,
    }
}

fn compare(workload: &str, options: &str) -> String {
    format!("rustworthy compare {}{options}", shell::word(workload))
}

fn attribute(attribution: &Attribution, requests: u64) -> String {
    format!("rustworthy attribute {} --requests {requests}", shell::word(&attribution.scenario))
}

fn more_requests(attribution: &Attribution) -> u64 {
    attribution.requests.saturating_mul(MORE_REQUESTS).max(FEWEST_REQUESTS)
}
