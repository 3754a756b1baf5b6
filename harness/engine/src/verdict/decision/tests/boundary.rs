//! What crossing the boundary to Rust costs, where no Rust is written yet.

use rustworthy_model::tried::{Boundary, Crossing, Form};

use super::*;

fn boundary(ceiling: f64) -> Boundary {
    let (argument, result) = (Some("list[str]".to_owned()), Some("int".to_owned()));
    let crossing = Crossing {
        form: Form::Cheapest,
        seconds: around(0.001, 0.0001),
        ceiling: Some(around(ceiling, 0.01 * ceiling)),
    };
    Boundary { argument, result, opaque: Vec::new(), failure: None, crossings: vec![crossing] }
}

/// A hot function of which nothing but the baseline was measured.
fn alone() -> Known {
    let mut known = named("clear win");
    let workload = &mut comparison_of(&mut known).workloads[0];
    let baseline = workload.baseline.clone();
    workload.contenders.retain(|contender| contender.name == baseline);
    known
}

fn decided_behind(known: &Known, boundary: &Boundary) -> Candidate {
    let project = project(&known.manifest);
    let workloads = known.comparison.iter().flat_map(|comparison| &comparison.workloads);
    let measured = Measured {
        project: &project,
        workloads: workloads.map(|workload| (workload, 0.95)).collect(),
        attributions: known.attribution.iter().collect(),
        boundaries: vec![("validate", boundary)],
        switches: &[],
        asked: Asked::default(),
    };
    decide(&measured, &Terms::of(&project), &[]).candidates.remove(0)
}

#[test]
fn a_boundary_that_leaves_no_benefit_leaves_the_function() {
    let found = decided_behind(&alone(), &boundary(1.02));
    assert_eq!(found.verdict, Verdict::Leave, "{found:#?}");
    assert!(matches!(reasons(&found)[0], Reason::BoundaryCeiling { .. }), "{found:#?}");
}

#[test]
fn a_boundary_that_leaves_room_is_a_reason_beside_others() {
    let found = decided_behind(&alone(), &boundary(30.0));
    assert_eq!(found.verdict, Verdict::Inconclusive, "{found:#?}");
    let ceiling = reasons(&found).into_iter().find_map(|reason| match reason {
        Reason::BoundaryCeiling { speedup, .. } => Some(speedup.estimate),
        _ => None,
    });
    assert_eq!(ceiling, Some(30.0), "{found:#?}");
}

#[test]
fn rust_that_was_measured_counts_and_not_its_ceiling() {
    let known = named("clear win");
    let found = decided_behind(&known, &boundary(1.02));
    assert_eq!(found.verdict, Verdict::Migrate, "{found:#?}");
    assert!(!reasons(&found).iter().any(|reason| matches!(reason, Reason::BoundaryCeiling { .. })), "{found:#?}");
}
