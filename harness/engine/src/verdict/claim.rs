//! Checking published figures against measured ones.

use rustworthy_model::comparison::{Claim, ClaimVerdict, Contender, Published, Quantity};
use rustworthy_model::equivalence::{EquivalenceStatus, Status};
use rustworthy_model::{Estimate, figures};

use super::comparison::may_have_speedup;
use crate::manifest;

/// An interval whose ends are further apart than this factor is too wide to confirm a claim.
const TELLING: f64 = 2.0;

/// Another machine can't be expected to give the same figure: what lies within this factor of the interval still counts as the same.
const NEAR: f64 = 1.2;

/// The verdict on a published ratio, given the measured one.
///
/// A claim that isn't a positive number can't be compared with anything, and an interval that would hold almost any
/// claim confirms none.
pub fn claim_verdict(claimed: f64, measured: Option<&Estimate>) -> ClaimVerdict {
    match measured {
        Some(measured) if is_sensible(claimed) => {
            if measured.low > NEAR * claimed {
                ClaimVerdict::Exceeded
            } else if measured.high * NEAR < claimed {
                ClaimVerdict::NotReproduced
            } else if measured.high <= TELLING * measured.low {
                ClaimVerdict::Reproduced
            } else {
                ClaimVerdict::NotComparable
            }
        }
        _ => ClaimVerdict::NotComparable,
    }
}

fn is_sensible(claimed: f64) -> bool {
    claimed.is_finite() && claimed > 0.0
}

/// What a claim is held against: two contenders of one workload, and the ratios between them.
pub(super) struct ClaimedPair<'a> {
    /// The one that the claim is held against.
    pub(super) against: &'a Contender,
    /// The one that the claim is about.
    pub(super) contender: &'a Contender,
    /// Whether the baseline agrees with itself, so that anything can be equal to it.
    pub(super) checked: bool,
    /// The size that was measured.
    pub(super) size: u64,
    /// Time of `against` over that of `contender`.
    pub(super) speedup: Option<Estimate>,
    /// Peak memory of `against` over that of `contender`.
    pub(super) memory: Option<Estimate>,
}

impl ClaimedPair<'_> {
    /// The findings on a claim: one for each quantity that it has figures of.
    pub(super) fn findings(&self, claim: &manifest::Claim) -> Vec<Claim> {
        let times = claim.seconds.map(|figures| (Quantity::Time, figures, self.speedup));
        let memory = claim.bytes.map(|figures| (Quantity::PeakMemory, figures, self.memory));
        let finding = |(quantity, figures, measured)| self.finding(claim, quantity, figures, measured);
        times.into_iter().chain(memory).map(finding).collect()
    }

    fn finding(
        &self,
        claim: &manifest::Claim,
        quantity: Quantity,
        figures: manifest::Published,
        measured: Option<Estimate>,
    ) -> Claim {
        let published = Published { against: figures.baseline, contender: figures.contender };
        let claimed = published.against / published.contender;
        let obstacle = self.obstacle();
        let measured = measured.filter(|_| obstacle.is_none());
        let reason = obstacle.or_else(|| self.other_size(claim));
        let verdict = match reason {
            Some(_) => ClaimVerdict::NotComparable,
            None => claim_verdict(claimed, measured.as_ref()),
        };
        let untold =
            || (verdict == ClaimVerdict::NotComparable).then(|| why_untold(claimed, measured.as_ref()).to_owned());
        let is_time = quantity == Quantity::Time;
        Claim {
            source: claim.source.clone(),
            contender: self.contender.name.clone(),
            against: self.against.name.clone(),
            quantity,
            published,
            size: claim.size,
            claimed_speedup: is_time.then_some(claimed),
            measured_speedup: measured.filter(|_| is_time),
            measured_memory_ratio: measured.filter(|_| !is_time),
            verdict,
            reason: reason.or_else(untold),
        }
    }

    /// Why no ratio between the two would mean anything.
    fn obstacle(&self) -> Option<String> {
        [self.contender, self.against].into_iter().find_map(|contender| {
            let Contender { name, status, equivalence, .. } = contender;
            let fit = may_have_speedup(*status, equivalence, self.checked)
                || (*status == Status::Measured && equivalence.status == EquivalenceStatus::Baseline && self.checked);
            (!fit).then(|| match (status, equivalence.status) {
                (Status::Failed, _) => format!("{name} failed"),
                (Status::TimedOut, _) => format!("{name} timed out"),
                (Status::Skipped, _) => format!("{name} wasn't timed"),
                (Status::Measured, EquivalenceStatus::Unchecked) => format!("the output of {name} couldn't be checked"),
                (Status::Measured, _) => format!("{name} computes something else than the baseline"),
            })
        })
    }

    /// Where the claim is about another size than the one that was measured.
    fn other_size(&self, claim: &manifest::Claim) -> Option<String> {
        let size = claim.size.filter(|&size| size != self.size)?;
        Some(format!("it is about n = {}, and n = {} was measured", figures::count(size), figures::count(self.size)))
    }
}

/// Why there is no verdict on figures that could have been compared.
fn why_untold(claimed: f64, measured: Option<&Estimate>) -> &'static str {
    match measured {
        _ if !is_sensible(claimed) => "its figures make no ratio",
        None => "too few processes were measured",
        Some(_) => "the measured interval is too wide to confirm it",
    }
}

#[cfg(test)]
mod tests {
    use rustworthy_model::equivalence::Equivalence;

    use super::super::comparison::tests::{contender, equivalence};
    use super::*;

    const MEASURED: Estimate = Estimate { estimate: 10.0, low: 8.0, high: 13.0 };

    #[test]
    fn a_claim_is_held_against_the_whole_interval() {
        assert_eq!(claim_verdict(8.0, Some(&MEASURED)), ClaimVerdict::Reproduced);
        assert_eq!(claim_verdict(13.0, Some(&MEASURED)), ClaimVerdict::Reproduced);
        assert_eq!(claim_verdict(7.0, Some(&MEASURED)), ClaimVerdict::Reproduced);
        assert_eq!(claim_verdict(15.0, Some(&MEASURED)), ClaimVerdict::Reproduced);
        assert_eq!(claim_verdict(6.5, Some(&MEASURED)), ClaimVerdict::Exceeded);
        assert_eq!(claim_verdict(16.0, Some(&MEASURED)), ClaimVerdict::NotReproduced);
        assert_eq!(claim_verdict(100.0, Some(&MEASURED)), ClaimVerdict::NotReproduced);
    }

    #[test]
    fn a_wide_interval_can_refute_a_claim_but_not_confirm_one() {
        let wide = Estimate { estimate: 20.0, low: 2.0, high: 150.0 };
        assert_eq!(claim_verdict(112.0, Some(&wide)), ClaimVerdict::NotComparable);
        assert_eq!(claim_verdict(200.0, Some(&wide)), ClaimVerdict::NotReproduced);
        assert_eq!(claim_verdict(1.5, Some(&wide)), ClaimVerdict::Exceeded);
    }

    #[test]
    fn without_a_speedup_or_a_sensible_claim_nothing_is_compared() {
        assert_eq!(claim_verdict(8.0, None), ClaimVerdict::NotComparable);
        for claimed in [0.0, -3.0, f64::NAN, f64::INFINITY] {
            assert_eq!(claim_verdict(claimed, Some(&MEASURED)), ClaimVerdict::NotComparable);
        }
    }

    fn claim(size: Option<u64>) -> manifest::Claim {
        manifest::Claim {
            source: "a post".to_owned(),
            contender: "rust".to_owned(),
            against: None,
            size,
            seconds: Some(manifest::Published { baseline: 5.0, contender: 0.5 }),
            bytes: Some(manifest::Published { baseline: 200e6, contender: 20e6 }),
        }
    }

    /// The findings where the contender has that status and equivalence, the baseline is measured and both have ratios.
    fn findings(status: Status, equivalence: Equivalence, checked: bool, size: Option<u64>) -> Vec<Claim> {
        let against = contender(Status::Measured, self::equivalence(EquivalenceStatus::Baseline, None));
        let contender = contender(status, equivalence);
        let memory = Some(Estimate { estimate: 1.0, low: 0.9, high: 1.1 });
        let pair =
            ClaimedPair { against: &against, contender: &contender, checked, size: 7, speedup: Some(MEASURED), memory };
        pair.findings(&claim(size))
    }

    #[test]
    fn times_and_memory_are_two_findings() {
        let equal = equivalence(EquivalenceStatus::Equal, None);
        let findings = findings(Status::Measured, equal, true, Some(7));
        let [times, memory] = findings.as_slice() else { panic!("two findings") };
        assert_eq!((times.claimed_speedup, times.measured_speedup), (Some(10.0), Some(MEASURED)));
        assert_eq!((times.verdict, &times.reason), (ClaimVerdict::Reproduced, &None));
        assert_eq!((memory.claimed_speedup, memory.measured_speedup, memory.claimed()), (None, None, 10.0));
        assert_eq!((memory.verdict, &memory.reason), (ClaimVerdict::NotReproduced, &None));
    }

    #[test]
    fn another_size_is_not_comparable_and_shows_what_was_measured() {
        let finding =
            &findings(Status::Measured, equivalence(EquivalenceStatus::Equal, None), true, Some(5_000_000))[0];
        assert_eq!((finding.verdict, finding.measured_speedup), (ClaimVerdict::NotComparable, Some(MEASURED)));
        assert_eq!(finding.reason.as_deref(), Some("it is about n = 5,000,000, and n = 7 was measured"));
    }

    #[test]
    fn what_failed_or_differs_has_no_ratio_and_says_why() {
        use EquivalenceStatus::*;
        let cases = [
            (Status::Failed, equivalence(Unchecked, None), true, "rust failed"),
            (Status::TimedOut, equivalence(Equal, None), true, "rust timed out"),
            (Status::Skipped, equivalence(Equal, None), true, "rust wasn't timed"),
            (Status::Measured, equivalence(Different, None), true, "rust computes something else than the baseline"),
            (
                Status::Measured,
                equivalence(Equal, Some("bytes")),
                true,
                "rust computes something else than the baseline",
            ),
            (Status::Measured, equivalence(Unchecked, None), false, "the output of rust couldn't be checked"),
        ];
        for (status, equivalence, checked, reason) in cases {
            let finding = &findings(status, equivalence, checked, None)[0];
            assert_eq!((finding.verdict, finding.measured_speedup), (ClaimVerdict::NotComparable, None), "{reason}");
            assert_eq!(finding.reason.as_deref(), Some(reason));
        }
    }

    #[test]
    fn what_tells_too_little_says_so() {
        let wide = Estimate { estimate: 20.0, low: 2.0, high: 150.0 };
        assert_eq!(why_untold(112.0, Some(&wide)), "the measured interval is too wide to confirm it");
        assert_eq!(why_untold(112.0, None), "too few processes were measured");
        assert_eq!(why_untold(f64::INFINITY, Some(&wide)), "its figures make no ratio");
    }
}
