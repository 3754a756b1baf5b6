//! Which contenders need no more rounds: their time goes to those whose answer still hangs.
//!
//! It is asked after planned rounds alone, and judged by the intervals that a run reports which stops there, so whoever is
//! settled keeps an interval that holds the truth as often as promised (see [`rustworthy_stats::early_confidence`]).

use rustworthy_model::comparison::{Contender, Settled, Stopped, Workload};
use rustworthy_model::equivalence::Status;

use super::summary::summarise;
use crate::measure::{Effort, Planned, Record};
use rustworthy_stats::Resampling;

/// Half width, as a share of the estimate, up to which an interval is narrow enough for a contender that won't be chosen.
const ROUGHLY: f64 = 0.1;

/// Processes without which no interval is precise: of a contender that is now fast, now slow, three are of one kind in every fourth
/// run, five in every sixteenth.
const FEWEST: u64 = 5;

/// How much faster another contender of the same kind and route has to be for certain.
const MARGIN: f64 = 1.25;

/// Those of a workload that are settled by what is known so far, and weren't before.
pub fn settled(
    planned: &Planned<'_>,
    record: &Record,
    effort: &Effort,
    resampling: &Resampling,
) -> Vec<(String, Settled)> {
    let workload =
        summarise(planned, &Record { stopped: Some(Stopped::Precision), ..record.clone() }, effort, resampling);
    let open = |contender: &&Contender| contender.status == Status::Measured && record.is_open(&contender.name);
    let found = |contender: &Contender| Some((contender.name.clone(), why(contender, &workload)?));
    workload.contenders.iter().filter(open).filter_map(found).collect()
}

fn why(contender: &Contender, workload: &Workload) -> Option<Settled> {
    let comparable = workload.contenders.iter().any(|contender| contender.speedup.is_some());
    let Some(speedup) = contender.speedup else {
        // On a machine of changing speed a ratio is known long before a time is, so times aren't waited for.
        let is_known = contender.seconds.is_some_and(|seconds| seconds.relative_half_width() <= ROUGHLY);
        return match comparable {
            false => is_precise(contender).then_some(Settled::Precise),
            true if contender.name == workload.baseline => None,
            true => is_known.then_some(Settled::NotCompared),
        };
    };
    let is_beaten_by = |other: &Contender| {
        (other.kind, other.route) == (contender.kind, contender.route)
            && other.speedup.is_some_and(|other| other.low > MARGIN * speedup.high)
    };
    if is_precise(contender) {
        return Some(Settled::Precise);
    }
    if speedup.relative_half_width() > ROUGHLY {
        return None;
    }
    if speedup.high < 1.0 {
        return Some(Settled::Slower);
    }
    workload.contenders.iter().any(is_beaten_by).then_some(Settled::Beaten)
}

fn is_precise(contender: &Contender) -> bool {
    contender.converged && contender.processes >= FEWEST
}

#[cfg(test)]
mod tests {
    use rustworthy_model::Estimate;
    use rustworthy_model::comparison::{Kind, Route};
    use rustworthy_model::equivalence::EquivalenceStatus;

    use super::super::comparison::tests::{contender, equivalence, workload};
    use super::*;

    fn around(estimate: f64, half_width: f64) -> Option<Estimate> {
        Some(Estimate { estimate, low: estimate * (1.0 - half_width), high: estimate * (1.0 + half_width) })
    }

    fn compared(name: &str, kind: Kind, speedup: f64, half_width: f64) -> Contender {
        Contender {
            name: name.to_owned(),
            kind,
            route: Route::InProcess,
            speedup: around(speedup, half_width),
            seconds: around(1.0 / speedup, half_width),
            converged: half_width <= 0.02,
            processes: 5,
            ..contender(Status::Measured, equivalence(EquivalenceStatus::Equal, None))
        }
    }

    fn baseline() -> Contender {
        Contender { name: "python".to_owned(), speedup: None, ..compared("python", Kind::Python, 1.0, 0.01) }
    }

    /// Why each of these is settled, beside a baseline.
    fn found(others: Vec<Contender>) -> Vec<Option<Settled>> {
        let workload = workload([vec![baseline()], others].concat());
        workload.contenders.iter().map(|contender| why(contender, &workload)).collect()
    }

    #[test]
    fn those_near_a_threshold_and_the_baseline_go_on() {
        let near = compared("near", Kind::Rust, 1.03, 0.05);
        let wide = compared("wide", Kind::Rust, 0.5, 0.3);
        assert_eq!(found(vec![near, wide]), [None, None, None]);
    }

    #[test]
    fn what_can_not_be_chosen_any_more_gives_its_time_to_the_others() {
        let fast = compared("fast", Kind::Library, 5.0, 0.05);
        let beaten = compared("beaten", Kind::Library, 2.0, 0.05);
        let on_another_route = Contender { route: Route::Http, ..compared("other", Kind::Library, 2.0, 0.05) };
        let slow = compared("slow", Kind::Python, 0.5, 0.05);
        let precise = compared("precise", Kind::Rust, 3.0, 0.01);
        assert_eq!(
            found(vec![fast, beaten, on_another_route, slow, precise]),
            [None, None, Some(Settled::Beaten), None, Some(Settled::Slower), Some(Settled::Precise)]
        );
    }

    #[test]
    fn few_processes_are_not_precise_however_much_they_agree() {
        let agreed = |processes| Contender { processes, ..compared("rust", Kind::Rust, 3.0, 0.01) };
        assert_eq!(found(vec![agreed(4)])[1], None);
        assert_eq!(found(vec![agreed(5)])[1], Some(Settled::Precise));
    }

    #[test]
    fn a_time_without_a_speedup_has_to_be_known_roughly() {
        let fast = compared("fast", Kind::Library, 5.0, 0.05);
        let different = |half_width| Contender { speedup: None, ..compared("different", Kind::Rust, 9.0, half_width) };
        assert_eq!(found(vec![fast.clone(), different(0.05)])[2], Some(Settled::NotCompared));
        assert_eq!(found(vec![fast, different(0.2)])[2], None);
        assert_eq!(found(vec![different(0.01)]), [Some(Settled::Precise); 2], "times are all there is");
    }
}
