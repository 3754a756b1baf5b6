//! From what was measured to what was found: a pure function.

use rustworthy_model::comparison::{Contender, Kind, Workload};
use rustworthy_model::equivalence::{EquivalenceStatus, Status};
use rustworthy_model::tried::{Boundary, Candidate, Crossing, Form, PassedOver, Tried};

use super::boundary::Found;

/// What is known beside times.
#[derive(Debug)]
pub(super) struct Findings<'a> {
    pub(super) candidates: &'a [Candidate],
    pub(super) passed_over: &'a [PassedOver],
    pub(super) boundary: Option<&'a Found>,
}

impl Findings<'_> {
    /// The result with what was found: ways across the boundary are no contenders, and what can't be tried has no row.
    pub(super) fn added_to(&self, workload: Workload) -> Workload {
        let ways = self.boundary.iter().flat_map(|boundary| &boundary.contenders);
        let is_way = |one: &Contender| ways.clone().any(|(name, _)| *name == one.name);
        let (crossed, mut contenders): (Vec<Contender>, Vec<Contender>) =
            workload.contenders.iter().cloned().partition(is_way);
        let candidates: Vec<Candidate> =
            self.candidates.iter().map(|candidate| with_failure(candidate, &contenders)).collect();
        contenders.retain(|one| !candidates.iter().any(|known| known.name == one.name && known.failure.is_some()));
        let tried = Tried {
            candidates,
            passed_over: self.passed_over.to_vec(),
            boundary: self.boundary.map(|boundary| boundary_of(boundary, &crossed)),
        };
        Workload { contenders, tried: Some(tried), ..workload }
    }
}

/// A candidate with the reason why its contender has failed, if it has.
fn with_failure(candidate: &Candidate, contenders: &[Contender]) -> Candidate {
    let row = contenders.iter().find(|one| one.name == candidate.name);
    let failed = row.filter(|row| matches!(row.status, Status::Failed | Status::TimedOut));
    let failure = failed.map(|row| {
        let line = in_a_line(row.error.as_deref().unwrap_or("it failed"));
        match missing_module(&line).filter(|_| row.kind == Kind::Interpreter) {
            Some(module) => format!("it has no module '{module}', and would get one by `requirements` in the manifest"),
            None => line,
        }
    });
    Candidate { failure: candidate.failure.clone().or(failure), ..candidate.clone() }
}

/// The module that an error says isn't there.
fn missing_module(line: &str) -> Option<&str> {
    line.strip_prefix("ModuleNotFoundError: No module named '")?.split('\'').next()
}

/// Begins the reason of Numba, as its exception does.
const NUMBA: &str = "rustworthy_numba.CannotCompile: ";

/// The first line of an error; of an exception without what says that it is one.
fn in_a_line(error: &str) -> String {
    let line = error.lines().next().unwrap_or_default();
    let line = line.strip_prefix("raised ").unwrap_or(line);
    // What follows a colon stands on further lines.
    line.strip_prefix(NUMBA).unwrap_or(line).trim_end_matches(':').to_owned()
}

fn boundary_of(found: &Found, crossed: &[Contender]) -> Boundary {
    let types = match &found.types {
        Ok(types) => types,
        Err(why) => {
            return Boundary {
                argument: None,
                result: None,
                opaque: Vec::new(),
                failure: Some(why.clone()),
                crossings: Vec::new(),
            };
        }
    };
    let row = |name: &str| crossed.iter().find(|one| one.name == name);
    let crossing = |(name, form): &(String, Form)| {
        let row = row(name)?;
        Some(Crossing { form: *form, seconds: row.seconds?, ceiling: row.speedup })
    };
    let cheapest = found.contenders.iter().find(|(_, form)| *form == Form::Cheapest).and_then(|(name, _)| row(name));
    Boundary {
        argument: Some(types.argument.clone()),
        result: Some(types.result.clone()),
        opaque: types.opaque.clone(),
        failure: cheapest.and_then(unpriced),
        crossings: found.contenders.iter().filter_map(crossing).collect(),
    }
}

/// Why a way across the boundary has no price, where that is the way's own doing.
fn unpriced(row: &Contender) -> Option<String> {
    match (row.status, row.equivalence.status) {
        (Status::Failed | Status::TimedOut, _) => {
            Some(format!("crossing it fails: {}", in_a_line(row.error.as_deref().unwrap_or("it failed"))))
        }
        (_, EquivalenceStatus::Different) => {
            let detail = row.equivalence.detail.as_deref().unwrap_or("it differs");
            Some(format!("what comes back isn't what the baseline returns: {detail}"))
        }
        _ => None,
    }
}
