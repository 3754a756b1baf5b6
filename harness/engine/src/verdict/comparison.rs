//! The conclusions from the results of a comparison.

use rustworthy_model::Estimate;
use rustworthy_model::comparison::Workload;
use rustworthy_model::equivalence::{Equivalence, EquivalenceStatus, Status};

/// Whether a contender may be given a speedup: no speedup without equality.
///
/// It must have been measured, its output must be known to be the baseline's, and the manifest must not
/// say that it `differs`, even where this input shows no difference. A workload is checked when its baseline
/// was found to agree with itself; without that nothing can be equal to it. The baseline itself has no speedup.
pub fn may_have_speedup(status: Status, equivalence: &Equivalence, workload_checked: bool) -> bool {
    status == Status::Measured
        && workload_checked
        && equivalence.expected.is_none()
        && matches!(equivalence.status, EquivalenceStatus::Equal | EquivalenceStatus::WithinTolerance)
}

/// Whether an interval is known and its half width at most `precision`, a share of the estimate (0.02 for 2 %).
pub fn converged(estimate: Option<&Estimate>, precision: f64) -> bool {
    estimate.is_some_and(|estimate| estimate.relative_half_width() <= precision)
}

/// How a comparison went as a whole; the command line has an exit code for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All that was run was measured, and nothing differed that wasn't declared to.
    Fine,
    /// A contender failed, timed out, or differed without the manifest saying so, or outputs couldn't be compared.
    ContenderFailed,
    /// No contender was run.
    NothingRun,
}

/// How a comparison went as a whole.
pub fn outcome(workloads: &[Workload]) -> Outcome {
    let mut contenders = workloads.iter().flat_map(|workload| &workload.contenders);
    if !failures(workloads).is_empty() {
        Outcome::ContenderFailed
    } else if contenders.all(|contender| contender.status == Status::Skipped) {
        Outcome::NothingRun
    } else {
        Outcome::Fine
    }
}

/// What went wrong with workloads and contenders, a line for each.
pub fn failures(workloads: &[Workload]) -> Vec<String> {
    let mut found = Vec::new();
    for Workload { name, error, contenders, sweep, .. } in workloads {
        found.extend(error.iter().map(|error| format!("workload {name}: {}", first_line(error))));
        for one in contenders.iter().filter(|one| went_wrong(one.status, &one.equivalence)) {
            let why = one.error.as_ref().or(one.equivalence.detail.as_ref());
            found.push(format!("workload {name}: {} {}", one.name, failed(one.status, why)));
        }
        for (sweep, one) in sweep.iter().flat_map(|sweep| sweep.contenders.iter().map(move |one| (sweep, one))) {
            let wrong = one.points.iter().enumerate().filter(|(_, one)| went_wrong(one.status, &one.equivalence));
            found.extend(wrong.map(|(index, point)| {
                let size = sweep.sizes.get(index).map_or(String::new(), |size| format!(" at size {}", size.size));
                let how = failed(point.status, point.equivalence.detail.as_ref());
                format!("workload {name}{size}: {} {how}", one.name)
            }));
        }
    }
    found
}

fn failed(status: Status, why: Option<&String>) -> String {
    let how = match status {
        Status::Failed => "failed",
        Status::TimedOut => "timed out",
        Status::Measured | Status::Skipped => "differs",
    };
    why.map_or_else(|| how.to_owned(), |why| format!("{how}: {}", first_line(why)))
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

fn went_wrong(status: Status, equivalence: &Equivalence) -> bool {
    matches!(status, Status::Failed | Status::TimedOut)
        || (equivalence.status == EquivalenceStatus::Different && equivalence.expected.is_none())
}

#[cfg(test)]
pub(super) mod tests {
    use rustworthy_model::comparison::{Contender, Input, Kind, Route, Stopped};
    use rustworthy_model::sweep::{Sweep, SweptContender, SweptPoint};

    use super::*;

    const MEASURED: Estimate = Estimate { estimate: 10.0, low: 8.0, high: 13.0 };

    pub(in crate::verdict) fn equivalence(status: EquivalenceStatus, expected: Option<&str>) -> Equivalence {
        Equivalence { status, detail: None, expected: expected.map(str::to_owned), hint: None, test: None }
    }

    pub(in crate::verdict) fn contender(status: Status, equivalence: Equivalence) -> Contender {
        Contender {
            name: "rust".to_owned(),
            kind: Kind::Rust,
            route: Route::Pyo3,
            status,
            error: None,
            equivalence,
            seconds: None,
            scheme: None,
            system_seconds: None,
            page_faults: None,
            cpu_over_wall: None,
            latency: None,
            peak_memory_bytes: None,
            speedup: None,
            interpreter: None,
            speedup_withheld: None,
            remembers: None,
            samples: 0,
            processes: 0,
            converged: false,
            settled: None,
            throughput: None,
            distribution: None,
            sources: Vec::new(),
            warnings: Vec::new(),
        }
    }

    pub(in crate::verdict) fn workload(contenders: Vec<Contender>) -> Workload {
        Workload {
            name: "validate".to_owned(),
            description: None,
            size: 1,
            size_name: None,
            input: Input { sha256: None, bytes: None },
            baseline: "python".to_owned(),
            stopped: Stopped::Precision,
            error: None,
            warnings: Vec::new(),
            contenders,
            claims: Vec::new(),
            sweep: None,
            tried: None,
        }
    }

    fn outcome_of(status: Status, equivalence: Equivalence) -> Outcome {
        use EquivalenceStatus::Baseline;
        let baseline = contender(Status::Measured, self::equivalence(Baseline, None));
        outcome(&[workload(vec![baseline, contender(status, equivalence)])])
    }

    #[test]
    fn only_a_measured_contender_known_to_be_equal_may_have_a_speedup() {
        use EquivalenceStatus::*;
        for (status, allowed) in
            [(Baseline, false), (Equal, true), (WithinTolerance, true), (Different, false), (Unchecked, false)]
        {
            assert_eq!(may_have_speedup(Status::Measured, &equivalence(status, None), true), allowed, "{status:?}");
            assert!(!may_have_speedup(Status::Measured, &equivalence(status, None), false));
            for unmeasured in [Status::Failed, Status::TimedOut, Status::Skipped] {
                assert!(!may_have_speedup(unmeasured, &equivalence(status, None), true));
            }
        }
    }

    #[test]
    fn a_declared_difference_withholds_the_speedup_even_where_outputs_are_equal() {
        let declared = equivalence(EquivalenceStatus::Equal, Some("counts bytes"));
        assert!(!may_have_speedup(Status::Measured, &declared, true));
    }

    #[test]
    fn an_interval_converges_at_the_precision_asked() {
        assert!(converged(Some(&MEASURED), 0.25));
        assert!(!converged(Some(&MEASURED), 0.24));
        assert!(!converged(None, f64::INFINITY));
    }

    #[test]
    fn failures_and_undeclared_differences_show_in_the_outcome() {
        use EquivalenceStatus::*;
        assert_eq!(outcome_of(Status::Measured, equivalence(Equal, None)), Outcome::Fine);
        assert_eq!(outcome_of(Status::Skipped, equivalence(Unchecked, None)), Outcome::Fine);
        assert_eq!(outcome_of(Status::Measured, equivalence(Different, Some("rounds"))), Outcome::Fine);
        assert_eq!(outcome_of(Status::Measured, equivalence(Different, None)), Outcome::ContenderFailed);
        assert_eq!(outcome_of(Status::Failed, equivalence(Unchecked, None)), Outcome::ContenderFailed);
        assert_eq!(outcome_of(Status::TimedOut, equivalence(Unchecked, Some("rounds"))), Outcome::ContenderFailed);
    }

    #[test]
    fn an_error_of_the_workload_shows_in_the_outcome() {
        let good = contender(Status::Measured, equivalence(EquivalenceStatus::Unchecked, None));
        let unstable = Workload { error: Some("the baseline differs from itself".to_owned()), ..workload(vec![good]) };
        assert_eq!(outcome(&[Workload { error: None, ..unstable.clone() }]), Outcome::Fine);
        assert_eq!(outcome(&[unstable]), Outcome::ContenderFailed);
    }

    #[test]
    fn what_goes_wrong_at_one_size_of_a_sweep_shows_in_the_outcome() {
        let equal = equivalence(EquivalenceStatus::Equal, None);
        let outcome_with = |status| {
            let point = SweptPoint { status, error: None, equivalence: equal.clone(), seconds: None, speedup: None };
            let swept = SweptContender { name: "rust".to_owned(), points: vec![point], break_even: None, cost: None };
            let sweep = Some(Sweep { sizes: Vec::new(), contenders: vec![swept] });
            outcome(&[Workload { sweep, ..workload(vec![contender(Status::Measured, equal.clone())]) }])
        };
        assert_eq!(outcome_with(Status::Measured), Outcome::Fine);
        assert_eq!(outcome_with(Status::Skipped), Outcome::Fine, "a size without an input");
        assert_eq!(outcome_with(Status::Failed), Outcome::ContenderFailed);
    }

    #[test]
    fn a_comparison_that_ran_no_contender_says_so() {
        let skipped = contender(Status::Skipped, equivalence(EquivalenceStatus::Unchecked, None));
        assert_eq!(outcome(&[]), Outcome::NothingRun);
        assert_eq!(outcome(&[workload(vec![skipped])]), Outcome::NothingRun);
    }
}
