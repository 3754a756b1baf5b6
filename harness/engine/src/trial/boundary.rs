//! The boundary to Rust as contenders: so that it is timed in the same rounds and turns as the baseline.

use anyhow::{Result, bail};
use rustworthy_model::comparison::{Kind, Route};
use rustworthy_model::tried::Form;
use rustworthy_protocol::{BoundaryForm, BoundaryTypes, Input, LoadRequest, MakeRequest};

use super::TryRequest;
use super::subject::{Subject, like_baseline};
use crate::context::Context;
use crate::manifest::{Code, Contender, Workload};
use crate::plan::{self, Filter};
use crate::prepared::Prepared;
use crate::side_by_side::side_by_side;
use crate::workers::{Failure, Laboratory, Worker};

/// What a filter knows the boundary by.
const NAME: &str = "boundary";
/// Why there is no price where the worker wouldn't tell the one of a crate that is shipped.
const UNOPTIMISED: &str = "the worker was built without optimisation, in which crossing takes longer than it has to; build it \
    by a profile with `opt-level = 3`";

/// The boundary of a workload, as far as it's known before it's timed.
#[derive(Debug)]
pub(super) struct Found {
    /// What crosses it, or why nothing can.
    pub(super) types: Result<BoundaryTypes, String>,
    /// The contenders that are ways across it.
    pub(super) contenders: Vec<(String, Form)>,
}

/// Adds the ways across the boundary to the contenders of subjects, unless they aren't to be tried.
///
/// # Errors
/// When the user interrupts.
pub(super) fn add_to(
    context: &Context<'_>,
    request: &TryRequest,
    filter: &Filter,
    subjects: &mut [Subject],
    prepared: &Prepared,
) -> Result<()> {
    let tried = subjects.iter().enumerate().filter(|(_, subject)| filter.lets_pass(&subject.workload().name, NAME));
    let tried: Vec<(String, (usize, &Subject))> =
        tried.map(|(place, subject)| (subject.workload().name.clone(), (place, subject))).collect();
    let found = side_by_side(context, "looking at what crosses the boundary", &tried, |(place, subject), _| {
        types(subject, prepared, request, *place)
    });
    let places: Vec<usize> = tried.into_iter().map(|(_, (place, _))| place).collect();
    for (place, types) in places.into_iter().zip(found) {
        let subject = &mut subjects[place];
        subject.boundary = Some(match types {
            Ok(types) => Found { types: Ok(types), contenders: add_ways(subject) },
            Err(Failure::Interrupted) => bail!("interrupted"),
            Err(failure) => Found { types: Err(reason(&failure)), contenders: Vec::new() },
        });
    }
    Ok(())
}

/// Adds the ways across the boundary of a subject.
fn add_ways(subject: &mut Subject) -> Vec<(String, Form)> {
    let ways = [
        ("boundary-cheapest", Form::Cheapest, BoundaryForm::Cheapest),
        ("boundary-owned", Form::Owned, BoundaryForm::Owned),
        ("boundary-bytes", Form::Bytes, BoundaryForm::Bytes),
    ];
    let added = ways.map(|(name, form, crosses)| {
        let contender = crossing(subject.workload(), name, Code::Boundary(subject.function.clone(), crosses));
        let name = contender.name.clone();
        subject.project.workloads[0].contenders.push(contender);
        (name, form)
    });
    added.into()
}

/// A way across the boundary of the baseline as a contender, by a name that is free.
pub(crate) fn crossing(workload: &Workload, name: &str, code: Code) -> Contender {
    Contender { kind: Kind::Rust, route: Route::Kernel, code, ..like_baseline(workload, name) }
}

/// What crosses the boundary of the baseline on the input that is measured.
fn types(subject: &Subject, prepared: &Prepared, request: &TryRequest, place: usize) -> Result<BoundaryTypes, Failure> {
    let workload = subject.workload();
    let workers = prepared.workers_for(workload.requirements.as_deref());
    let baseline = workload.baseline();
    let (size, _) = plan::size(workload, request.size.as_deref(), request.effort.quick)
        .map_err(|error| Failure::Harness(error.to_string()))?;
    let make = MakeRequest {
        input: Input::from(&workload.input),
        bytes: None,
        size,
        seed: request.common.seed,
        file: prepared.scratch().join(format!("boundary-input-{place}")),
    };
    let made = workers.start(&Default::default(), baseline.limits, 1)?.make(make.clone())?;
    let mut worker = workers.start(&baseline.env, baseline.limits, 1)?;
    if !worker.ready().optimised {
        return Err(Failure::Harness(UNOPTIMISED.to_owned()));
    }
    worker.import(&Code::Boundary(subject.function.clone(), BoundaryForm::Cheapest))?;
    worker.load(LoadRequest { make, made, copies: 1, fresh: false })?;
    worker.boundary_types()
}

/// A failure in a line: types that can't be converted are raised by their names.
fn reason(failure: &Failure) -> String {
    let text = failure.to_string();
    let line = text.lines().next().unwrap_or_default();
    match line.strip_prefix("raised TypeError: ") {
        Some(unfit) => format!("{unfit}: the converter here knows no such type"),
        None => line.to_owned(),
    }
}
