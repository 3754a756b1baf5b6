//! Measuring again, once each, what leaves verdicts open.
//!
//! Whoever looks again until the answer is clear is wrong more often than the intervals say. A verdict is wrong where an
//! interval lies on one side of what counts and the truth on the other, which one in forty do at 95 %; the second look is at
//! measurements of its own. So one look more than usual keeps the promise of one in twenty, and there is no third.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::verdict::decision::Remedy;

/// How many times as much as before has to be measured for the second look to tell more than the first.
const WORTHWHILE: f64 = 1.5;

/// How many times as many requests are made at most as the remedy asks for.
const AMPLE: u64 = 4;

/// The shortest time in which a comparison of one workload tells more than one that shared a run with others.
const SHORTEST: Duration = Duration::from_secs(20);

/// Share of a follow-up's time that it waits for others to leave the processors alone.
const WAITING: f64 = 0.25;

/// The requests of an attribution that was made, and how long it took.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Past {
    pub(super) requests: u64,
    pub(super) took: Duration,
}

/// One measurement more.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum FollowUp {
    /// A comparison of a workload that takes so long.
    Compare { workload: String, budget: Duration },
    /// An attribution of a scenario by so many requests, which may first wait so long for quiet.
    Attribute { scenario: String, requests: u64, wait_for_quiet: Option<Duration> },
}

impl FollowUp {
    /// What is measured, and how much of it.
    pub(super) fn label(&self) -> String {
        match self {
            Self::Compare { workload, budget } => format!("{workload} for {} s", budget.as_secs()),
            Self::Attribute { scenario, requests, .. } => format!("scenario {scenario} by {requests} requests"),
        }
    }
}

/// What to measure again within that time: comparisons first, since attributions go by their speedups. Every subject has the same
/// share; what that is too short for is left out, and its share is the others'.
pub(super) fn follow_ups(remedies: &[Remedy], past: &dyn Fn(&str) -> Option<Past>, time: Duration) -> Vec<FollowUp> {
    let mut asked: Vec<Asked> = asked(remedies);
    loop {
        let share = time / u32::try_from(asked.len()).unwrap_or(u32::MAX).max(1);
        let planned: Vec<Option<FollowUp>> = asked.iter().map(|one| one.within(share, past)).collect();
        if planned.iter().all(Option::is_some) {
            return planned.into_iter().flatten().collect();
        }
        // One at a time: what the last of them leaves may do for another.
        let left_out = planned.iter().rposition(Option::is_none).unwrap_or_default();
        asked.remove(left_out);
    }
}

/// What remedies ask for of one subject, taken together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Asked {
    Compare { workload: String },
    Attribute { scenario: String, requests: Option<u64>, when_quiet: bool },
}

/// Each subject once, by the most that is asked for of it.
fn asked(remedies: &[Remedy]) -> Vec<Asked> {
    let of = |remedy: &Remedy| match remedy {
        Remedy::Compare { workload, .. } => Asked::Compare { workload: workload.clone() },
        Remedy::Attribute { scenario, .. } => {
            let same = remedies.iter().filter_map(|other| match other {
                Remedy::Attribute { scenario: other, requests, when_quiet } if other == scenario => {
                    Some((*requests, *when_quiet))
                }
                _ => None,
            });
            let (requests, when_quiet) =
                same.fold((None, false), |(most, any), (requests, quiet)| (most.max(requests), any || quiet));
            Asked::Attribute { scenario: scenario.clone(), requests, when_quiet }
        }
    };
    remedies.iter().map(of).collect::<BTreeSet<_>>().into_iter().collect()
}

impl Asked {
    /// The follow-up that fits into that time; `None` if it would tell too little.
    fn within(&self, time: Duration, past: &dyn Fn(&str) -> Option<Past>) -> Option<FollowUp> {
        match self {
            Self::Compare { workload } => {
                (time >= SHORTEST).then(|| FollowUp::Compare { workload: workload.clone(), budget: time })
            }
            Self::Attribute { scenario, requests: wanted, when_quiet } => {
                let past = past(scenario)?;
                let wait_for_quiet = when_quiet.then(|| time.mul_f64(WAITING));
                let left = time - wait_for_quiet.unwrap_or_default();
                let pace = past.took.as_secs_f64() / past.requests.max(1) as f64;
                let possible = (left.as_secs_f64() / pace.max(1e-9)) as u64;
                let requests = possible.min(wanted.unwrap_or(past.requests).saturating_mul(AMPLE));
                // The same once more helps only where it was the load that spoilt it.
                let least = if wanted.is_some() { WORTHWHILE } else { 1.0 };
                let is_worthwhile = requests as f64 >= least * past.requests as f64;
                is_worthwhile.then(|| FollowUp::Attribute { scenario: scenario.clone(), requests, wait_for_quiet })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compare(workload: &str) -> Remedy {
        Remedy::Compare { workload: workload.to_owned(), options: &[] }
    }

    fn attribute(requests: Option<u64>, when_quiet: bool) -> Remedy {
        Remedy::Attribute { scenario: "api".to_owned(), requests, when_quiet }
    }

    /// The scenario has had 1,000 requests in 50 s.
    fn planned(remedies: &[Remedy], seconds: u64) -> Vec<FollowUp> {
        let past = |_: &str| Some(Past { requests: 1_000, took: Duration::from_secs(50) });
        follow_ups(remedies, &past, Duration::from_secs(seconds))
    }

    fn requests(follow_ups: &[FollowUp]) -> Option<u64> {
        follow_ups.iter().find_map(|one| match one {
            FollowUp::Attribute { requests, .. } => Some(*requests),
            FollowUp::Compare { .. } => None,
        })
    }

    #[test]
    fn subjects_share_the_time_and_each_is_measured_once() {
        let found = planned(&[attribute(Some(4_000), false), compare("w"), attribute(Some(2_000), false)], 400);
        assert_eq!(
            found,
            [
                FollowUp::Compare { workload: "w".to_owned(), budget: Duration::from_secs(200) },
                FollowUp::Attribute { scenario: "api".to_owned(), requests: 4_000, wait_for_quiet: None },
            ]
        );
    }

    #[test]
    fn what_there_is_no_time_for_leaves_its_share_to_the_others() {
        let found = planned(&[compare("a"), compare("b"), attribute(Some(4_000), false)], 50);
        assert_eq!(
            found,
            ["a", "b"].map(|workload| {
                FollowUp::Compare { workload: workload.to_owned(), budget: Duration::from_secs(25) }
            })
        );
        assert_eq!(planned(&[compare("a"), attribute(Some(4_000), false)], 10), []);
    }

    #[test]
    fn requests_are_as_many_as_there_is_time_for_but_no_more_than_are_of_use() {
        assert_eq!(requests(&planned(&[attribute(Some(4_000), false)], 100)), Some(2_000));
        assert_eq!(requests(&planned(&[attribute(Some(4_000), false)], 60)), None, "hardly more than before");
        assert_eq!(requests(&planned(&[attribute(Some(4_000), false)], 100_000)), Some(16_000));
        assert_eq!(requests(&planned(&[attribute(None, false)], 50)), Some(1_000), "the same once more");
    }

    #[test]
    fn waiting_for_quiet_is_part_of_the_time() {
        let found = planned(&[attribute(Some(4_000), true)], 200);
        assert_eq!(
            found,
            [FollowUp::Attribute {
                scenario: "api".to_owned(),
                requests: 3_000,
                wait_for_quiet: Some(Duration::from_secs(50)),
            }]
        );
    }
}
