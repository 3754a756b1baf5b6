//! The boundary to Rust as contenders: so that it is timed in the same rounds and turns as the baseline.

use anyhow::{Result, bail};
use rustworthy_model::comparison::{Kind, Route};
use rustworthy_model::tried::Form;
use rustworthy_protocol::{BoundaryForm, BoundaryTypes, Input, LoadRequest, MakeRequest};

use super::TryRequest;
use super::candidates::like_baseline;
use crate::context::{Context, Notice};
use crate::manifest::{Code, Contender, Project, Workload};
use crate::plan::{self, Filter};
use crate::prepared::Prepared;
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

/// Adds the ways across the boundary to the contenders; `None` where it isn't to be tried.
///
/// # Errors
/// When the user interrupts.
pub(super) fn add(
    context: &Context<'_>,
    project: &mut Project,
    prepared: &Prepared,
    request: &TryRequest,
    filter: &Filter,
) -> Result<Option<Found>> {
    let Some(workload) = project.workloads.first_mut() else { return Ok(None) };
    if !filter.lets_pass(&workload.name, NAME) {
        return Ok(None);
    }
    let unpriced = |why: String| Ok(Some(Found { types: Err(why), contenders: Vec::new() }));
    let Code::Python(target) = workload.baseline().code.clone() else { return Ok(None) };
    context.tell(Notice::Step("looking at what crosses the boundary".to_owned()));
    let (size, _) = plan::size(workload, request.size.as_deref(), request.effort.quick)?;
    let types = match types(
        workload,
        prepared,
        &Code::Boundary(target.clone(), BoundaryForm::Cheapest),
        size,
        request.common.seed,
    ) {
        Ok(types) => types,
        Err(Failure::Interrupted) => bail!("interrupted"),
        Err(failure) => return unpriced(reason(&failure)),
    };
    let mut contenders = Vec::new();
    for (name, form, crosses) in [
        ("boundary-cheapest", Form::Cheapest, BoundaryForm::Cheapest),
        ("boundary-owned", Form::Owned, BoundaryForm::Owned),
        ("boundary-bytes", Form::Bytes, BoundaryForm::Bytes),
    ] {
        let contender = crossing(workload, name, Code::Boundary(target.clone(), crosses));
        contenders.push((contender.name.clone(), form));
        workload.contenders.push(contender);
    }
    Ok(Some(Found { types: Ok(types), contenders }))
}

/// A way across the boundary of the baseline as a contender, by a name that is free.
pub(crate) fn crossing(workload: &Workload, name: &str, code: Code) -> Contender {
    Contender { kind: Kind::Rust, route: Route::Kernel, code, ..like_baseline(workload, name) }
}

/// What crosses the boundary of the baseline on the input that is measured.
fn types(
    workload: &Workload,
    prepared: &Prepared,
    code: &Code,
    size: u64,
    seed: u64,
) -> Result<BoundaryTypes, Failure> {
    let workers = prepared.workers_for(workload.requirements.as_deref());
    let baseline = workload.baseline();
    let make = MakeRequest {
        input: Input::from(&workload.input),
        bytes: None,
        size,
        seed,
        file: prepared.scratch().join("boundary-input"),
    };
    let made = workers.start(&Default::default(), baseline.limits, 1)?.make(make.clone())?;
    let mut worker = workers.start(&baseline.env, baseline.limits, 1)?;
    if !worker.ready().optimised {
        return Err(Failure::Harness(UNOPTIMISED.to_owned()));
    }
    worker.import(code)?;
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
