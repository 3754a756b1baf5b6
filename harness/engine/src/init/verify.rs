//! Seeing that what is proposed runs, before it is written.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use rustworthy_protocol::{LoadRequest, MakeRequest};

use super::recorded::LeftOut;
use crate::context::{Context, Notice};
use crate::environments::Environments;
use crate::manifest::{Code, Origin, Project, understand};
use crate::measure::Planned;
use crate::plan::{WorkloadSelection, needed, plan};
use crate::prepared::Built;
use crate::request::PythonRequest;
use crate::targets::Codes;
use crate::workers::{Failure, Laboratory, Worker, Workers};

/// The project that a manifest describes once it's written.
///
/// # Errors
/// When it describes none: then something of the project has a name that was never thought of.
pub(super) fn understood(manifest: &Path, text: &str) -> Result<Project> {
    understand(manifest, text, Origin::User)
        .with_context(|| format!("what is proposed isn't valid, which is a mistake here:\n{text}"))
}

/// Calls the baseline of every workload once, as measuring does: functions that can't be called so, and why.
///
/// # Errors
/// When there is no Python to call them in, or the user interrupts.
pub(super) fn called(context: &Context<'_>, project: Project, python: &PythonRequest) -> Result<Vec<LeftOut>> {
    // Requests of scenarios have no module yet.
    let project = Project { scenarios: Vec::new(), ..project };
    let selection =
        WorkloadSelection { workloads: vec!["all".to_owned()], quick: true, ..WorkloadSelection::default() };
    let planned = plan(&project, &selection)?;
    if planned.is_empty() {
        return Ok(Vec::new());
    }
    context.tell(Notice::Step("calling each function once, as it will be measured".to_owned()));
    let environments = Environments::provide(context, &project, python, &needed(&planned))?;
    let prepared = Built::with(context, &project, environments).start_checked(&project, &[], Codes::new())?;
    let mut failed = Vec::new();
    for planned in &planned {
        let workers = prepared.workers_for(planned.workload.requirements.as_deref());
        match call(&workers, planned, prepared.scratch()) {
            Ok(()) => {}
            Err(Failure::Interrupted) => bail!("interrupted"),
            Err(failure) => {
                let Code::Python(function) = &planned.workload.baseline().code else { continue };
                let why = failure.to_string().lines().next().unwrap_or_default().to_owned();
                failed.push(LeftOut { function: function.to_string(), why: format!("called by itself, {why}") });
            }
        }
    }
    Ok(failed)
}

fn call(workers: &Workers, planned: &Planned<'_>, scratch: &Path) -> Result<(), Failure> {
    let Planned { workload, size, .. } = planned;
    let baseline = workload.baseline();
    let file = scratch.join(&workload.name);
    let make = MakeRequest { input: (&workload.input).into(), bytes: None, size: *size, seed: 1, file };
    let made = workers.start(&Default::default(), baseline.limits, 1)?.make(make.clone())?;
    let copies = made.copies();
    let mut worker = workers.start(&baseline.env, baseline.limits, 1)?;
    worker.import(&baseline.code)?;
    worker.load(LoadRequest { make, made, copies, fresh: workload.fresh_input })?;
    worker.call()?;
    Ok(())
}
