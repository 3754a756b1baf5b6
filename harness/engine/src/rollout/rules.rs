//! The rules of a rollout: from what is known of a switch to what is to be done. Pure.

use rustworthy_model::Estimate;
use rustworthy_model::rollout::{Reason, TimesOf, Verdict};

/// What a verdict rests on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Grounds {
    /// Calls on which both sides were compared.
    pub compared: u64,
    /// Those of them on which they differed.
    pub different: u64,
    /// Calls on which the candidate raised and the original didn't raise the same.
    pub failed: u64,
    /// Whether a process died in the candidate.
    pub has_died: bool,
    /// Whether the candidate didn't come back.
    pub hangs: bool,
    /// Calls that can't be copied or compared, as a share of those that were to be.
    pub unseen: f64,
    /// How many more calls have to be compared without a difference before the bound is met.
    pub more: u64,
    /// How many days that takes at the pace so far.
    pub days: Option<f64>,
    /// The rate of differences that has to be certain.
    pub bound: f64,
    /// The rate of differences.
    pub difference_rate: Estimate,
    /// How many times faster the candidate is.
    pub speedup: Option<Estimate>,
    /// Which times that is of.
    pub speedup_of: Option<TimesOf>,
    /// Change of the 99th percentile of requests.
    pub p99_change: Option<Estimate>,
}

/// What is to be done, and why: of the rules that apply, those of the most careful verdict.
pub fn judge(grounds: &Grounds) -> (Verdict, Vec<Reason>) {
    for (verdict, reasons) in [
        (Verdict::RollBack, against(grounds)),
        (Verdict::KeepShadowing, open(grounds)),
        (Verdict::Promote, in_favour(grounds)),
    ] {
        if !reasons.is_empty() {
            return (verdict, reasons);
        }
    }
    (Verdict::KeepShadowing, vec![Reason::NothingCompared])
}

/// What speaks against the candidate for sure.
fn against(grounds: &Grounds) -> Vec<Reason> {
    let Grounds { different, failed, .. } = *grounds;
    let is_slower = grounds.speedup.is_some_and(|speedup| speedup.high < 1.0);
    [
        (different > 0).then_some(Reason::Different { calls: different }),
        (failed > 0).then_some(Reason::Failed { calls: failed }),
        grounds.has_died.then_some(Reason::Died),
        grounds.hangs.then_some(Reason::Hangs),
        // In the shadow it looks slower than it is.
        (is_slower && grounds.speedup_of == Some(TimesOf::Answers)).then_some(Reason::Slower),
        grounds.p99_change.is_some_and(|change| change.low > 0.0).then_some(Reason::TailWorse),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What isn't known yet.
fn open(grounds: &Grounds) -> Vec<Reason> {
    let Grounds { compared, unseen, more, days, .. } = *grounds;
    [
        (compared == 0).then_some(Reason::NothingCompared),
        (grounds.difference_rate.high >= grounds.bound).then_some(Reason::TooFewCalls { more, days }),
        (unseen >= grounds.bound).then_some(Reason::Unseen { share: unseen }),
        match grounds.speedup {
            None => Some(Reason::SpeedupUnknown),
            Some(speedup) => (speedup.low <= 1.0).then_some(Reason::MaybeNotFaster),
        },
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What speaks for it, where nothing is open.
fn in_favour(grounds: &Grounds) -> Vec<Reason> {
    let tail = if grounds.p99_change.is_some() { Reason::TailNotWorse } else { Reason::TailUnknown };
    vec![Reason::Equal { calls: grounds.compared }, Reason::Faster, tail]
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_pcg::Pcg64Mcg;
    use rustworthy_stats::{Confidence, rare_rate, trials_without_event};

    use super::*;

    fn between(low: f64, high: f64) -> Estimate {
        Estimate { estimate: f64::midpoint(low, high), low, high }
    }

    /// A switch with nothing against it.
    fn fine() -> Grounds {
        Grounds {
            compared: 10_000,
            different: 0,
            failed: 0,
            has_died: false,
            hangs: false,
            unseen: 0.0,
            more: 0,
            days: None,
            bound: 1e-3,
            difference_rate: between(0.0, 3e-4),
            speedup: Some(between(2.0, 3.0)),
            speedup_of: Some(TimesOf::Answers),
            p99_change: None,
        }
    }

    /// The table of the book, row by row.
    #[test]
    fn every_rule_decides_what_it_says() {
        use Verdict::{KeepShadowing, Promote, RollBack};
        let shadow = Some(TimesOf::Shadow);
        for (what, grounds, verdict, reason) in [
            ("a difference", Grounds { different: 1, ..fine() }, RollBack, Reason::Different { calls: 1 }),
            ("an exception", Grounds { failed: 2, ..fine() }, RollBack, Reason::Failed { calls: 2 }),
            ("a death", Grounds { has_died: true, ..fine() }, RollBack, Reason::Died),
            ("no return", Grounds { hangs: true, ..fine() }, RollBack, Reason::Hangs),
            ("slower", Grounds { speedup: Some(between(0.5, 0.9)), ..fine() }, RollBack, Reason::Slower),
            ("a worse tail", Grounds { p99_change: Some(between(0.01, 0.2)), ..fine() }, RollBack, Reason::TailWorse),
            (
                "nothing",
                Grounds { compared: 0, difference_rate: between(0.0, 1.0), ..fine() },
                KeepShadowing,
                Reason::NothingCompared,
            ),
            (
                "too few",
                Grounds { difference_rate: between(0.0, 1e-3), more: 7, days: Some(0.5), ..fine() },
                KeepShadowing,
                Reason::TooFewCalls { more: 7, days: Some(0.5) },
            ),
            ("unseen", Grounds { unseen: 1e-3, ..fine() }, KeepShadowing, Reason::Unseen { share: 1e-3 }),
            ("no times", Grounds { speedup: None, speedup_of: None, ..fine() }, KeepShadowing, Reason::SpeedupUnknown),
            (
                "no faster",
                Grounds { speedup: Some(between(1.0, 3.0)), ..fine() },
                KeepShadowing,
                Reason::MaybeNotFaster,
            ),
            (
                "slower in the shadow alone",
                Grounds { speedup: Some(between(0.5, 0.9)), speedup_of: shadow, ..fine() },
                KeepShadowing,
                Reason::MaybeNotFaster,
            ),
            ("all well", fine(), Promote, Reason::TailUnknown),
            ("faster in the shadow", Grounds { speedup_of: shadow, ..fine() }, Promote, Reason::Faster),
            (
                "a tail that may be worse",
                Grounds { p99_change: Some(between(-0.1, 0.2)), ..fine() },
                Promote,
                Reason::TailNotWorse,
            ),
        ] {
            let (found, reasons) = judge(&grounds);
            assert_eq!(found, verdict, "{what}: {reasons:?}");
            assert!(reasons.contains(&reason), "{what}: {reasons:?}");
        }
    }

    #[test]
    fn the_most_careful_verdict_wins_and_only_its_reasons_are_told() {
        let grounds = Grounds { different: 3, failed: 1, speedup: None, unseen: 0.5, ..fine() };
        let expected = vec![Reason::Different { calls: 3 }, Reason::Failed { calls: 1 }];
        assert_eq!(judge(&grounds), (Verdict::RollBack, expected));
    }

    /// A rollout of 200 compared calls a day that is looked at every day for 60 days: how often a candidate that differs more
    /// often than the bound is ever promoted.
    #[test]
    fn a_candidate_beyond_the_bound_is_hardly_ever_promoted_however_often_one_looks() {
        let bound = 1e-3;
        let promoted = |rate: f64| {
            let promoted = (0..1_000).filter(|&seed| {
                let mut random = Pcg64Mcg::seed_from_u64(seed);
                // The call with the first difference.
                let first = (random.random::<f64>().ln() / (-rate).ln_1p()).floor() as u64 + 1;
                (1..=60_u64).any(|day| {
                    let compared = day * 200;
                    let different = u64::from(compared >= first);
                    let difference_rate = rare_rate(different, compared, Confidence::USUAL);
                    judge(&Grounds { compared, different, bound, difference_rate, ..fine() }).0 == Verdict::Promote
                })
            });
            promoted.count()
        };
        assert!(promoted(1e-3) <= 50, "{}", promoted(1e-3));
        assert!(promoted(3e-3) <= 2, "{}", promoted(3e-3));
        assert!(promoted(1e-5) >= 900, "{}", promoted(1e-5));
        assert!(trials_without_event(bound, Confidence::USUAL) < 200 * 60);
    }
}
