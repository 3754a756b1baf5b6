//! What becomes of latency with each function faster, and with several together.

use rustworthy_model::attribution as report;
use rustworthy_model::attribution::{NamedSpeedup, Set, Speedup, WhatIf};

use super::evidence::RowKind;
use super::gains::gone;
use super::order::larger_first;
use super::projector::Projector;
use rustworthy_attribution::FasterFunction;

/// The speedup of functions of which none was measured, where they are chosen together.
pub(super) const SUPPOSED: f64 = 10.0;

/// Adds projections to the rows of candidates, and chooses the best of these together.
pub(super) fn project(projector: &Projector<'_>, functions: &mut [report::Function], speedups: &[Speedup]) -> Vec<Set> {
    let candidates = candidates(projector, functions);
    for &function in &candidates {
        functions[function].what_if = what_if(projector, function, speedups);
    }
    sets(projector, &candidates)
}

/// The candidates of a service.
fn candidates(projector: &Projector<'_>, functions: &[report::Function]) -> Vec<usize> {
    let rows = &projector.evidence.rows;
    let has_gain = |function: usize| projector.gain(function).is_some();
    chosen(functions, |function| rows[function].is_function(), projector.evidence.most_candidates, has_gain)
}

/// Functions by their share, the largest first, and those of the others whose speedup was measured.
pub(super) fn chosen(
    functions: &[report::Function],
    is_function: impl Fn(usize) -> bool,
    most: usize,
    has_gain: impl Fn(usize) -> bool,
) -> Vec<usize> {
    let mut candidates: Vec<usize> = (0..functions.len()).filter(|&index| is_function(index)).collect();
    candidates.sort_by(|&one, &other| larger_first(&functions[one], &functions[other]));
    let others = candidates.split_off(candidates.len().min(most));
    candidates.extend(others.into_iter().filter(|&function| has_gain(function)));
    candidates
}

/// What becomes of latency with a function faster.
fn what_if(projector: &Projector<'_>, function: usize, speedups: &[Speedup]) -> Vec<WhatIf> {
    let asked = asked(function, projector.gain(function).map(|gain| gain.of(function)), speedups);
    asked.into_iter().map(|(speedup, faster)| projector.model.what_if(speedup, &[faster])).collect()
}

/// By how much a function gets faster: by what was measured of it, if it was, and by all that is asked about.
pub(super) fn asked<'g>(
    function: usize,
    gain: Option<FasterFunction<'g>>,
    speedups: &[Speedup],
) -> Vec<(Speedup, FasterFunction<'g>)> {
    let measured = gain.map(|gain| (Speedup::Named(NamedSpeedup::Measured), gain));
    let supposed = speedups.iter().filter_map(|&speedup| {
        let factor = match speedup {
            Speedup::Factor(factor) => factor,
            Speedup::Named(NamedSpeedup::Infinite) => f64::INFINITY,
            Speedup::Named(NamedSpeedup::Measured) => return None,
        };
        // What something is known to stand in for goes with all that it calls.
        let faster = FasterFunction { is_inclusive: gain.is_some(), ..FasterFunction::times(function, factor) };
        Some((speedup, faster))
    });
    measured.into_iter().chain(supposed).collect()
}

/// Candidates that lower p99 most together.
fn sets(projector: &Projector<'_>, candidates: &[usize]) -> Vec<Set> {
    let gone = gone(projector.evidence);
    let faster = candidates.iter().filter_map(|&function| match projector.gain(function) {
        Some(gain) => Some(gain.of(function)),
        // What is native already gets no faster for being rewritten.
        None if projector.evidence.rows[function] != RowKind::Native && !gone[function] => {
            Some(FasterFunction::times(function, SUPPOSED))
        }
        None => None,
    });
    let faster: Vec<FasterFunction<'_>> = faster.filter(|faster| faster.speedup.estimate > 1.0).collect();
    projector.model.sets(&faster, &projector.names)
}
