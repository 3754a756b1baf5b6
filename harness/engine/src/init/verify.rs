//! Seeing that what is proposed runs, before it is written.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use super::recorded::LeftOut;
use crate::context::{Context, Notice};
use crate::environments::Environments;
use crate::manifest::{Code, Origin, Project, understand};
use crate::measure::{Effort, Event, Flaw, Planned, Record, Records, Session};
use crate::plan::{WorkloadSelection, needed, plan};
use crate::prepared::Built;
use crate::request::PythonRequest;
use crate::targets::Codes;

/// How long each workload is measured for; three rounds are always made.
const MOMENT: Duration = Duration::from_secs(1);

/// Longest that all recorded calls of one size may take. Those that take longer are no first look.
const LONGEST: Duration = Duration::from_secs(10);

/// How long all of them may take; on a busy machine starting processes alone takes a while.
const ALL: Duration = Duration::from_secs(90);

/// The project that a manifest describes once it's written.
///
/// # Errors
/// When it describes none: then something of the project has a name that was never thought of.
pub(super) fn understood(manifest: &Path, text: &str) -> Result<Project> {
    understand(manifest, text, Origin::User)
        .with_context(|| format!("what is proposed isn't valid, which is a mistake here:\n{text}"))
}

/// Measures every workload for a moment, as `compare` does: functions that can't be measured so, and why.
///
/// # Errors
/// When there is no Python to call them in, or the user interrupts.
pub(super) fn measured(context: &Context<'_>, mut project: Project, python: &PythonRequest) -> Result<Vec<LeftOut>> {
    // Requests of scenarios have no module yet.
    project.scenarios.clear();
    for contender in project.workloads.iter_mut().flat_map(|workload| &mut workload.contenders) {
        contender.limits.timeout = LONGEST;
    }
    let selection =
        WorkloadSelection { workloads: vec!["all".to_owned()], quick: true, ..WorkloadSelection::default() };
    let planned = plan(&project, &selection)?;
    if planned.is_empty() {
        return Ok(Vec::new());
    }
    context.tell(Notice::Step("seeing that each workload can be measured".to_owned()));
    let environments = Environments::provide(context, &project, python, &needed(&planned))?;
    let prepared = Built::with(context, &project, environments).start_checked(&project, &[], Codes::new())?;
    let mut settings = prepared.settings(Effort::QUICK.with_budget(MOMENT), 1);
    let mut records = Records::default();
    let settles_nobody = |_: &Planned<'_>, _: &Record| Vec::new();
    let mut failed = Vec::new();
    let start = Instant::now();
    for planned in &planned {
        if start.elapsed() > ALL {
            context.tell(Notice::Remark(format!(
                "there was no time to see that workload '{}' and those after it can be measured",
                planned.workload.name
            )));
            break;
        }
        settings.workers = prepared.workers_for(planned.workload.requirements.as_deref());
        Session::new(&settings, &mut records, &settles_nobody, &mut |_: &Event| ()).measure(planned);
        if context.is_cancelled() {
            bail!("interrupted");
        }
        let record = records.get(&planned.workload.name, planned.size);
        let Code::Python(function) = &planned.workload.baseline().code else { continue };
        if let Some(why) = record.map_or(Some("it wasn't called".to_owned()), why_not) {
            failed.push(LeftOut { function: function.to_string(), why: format!("as `compare` calls it, {why}") });
        }
    }
    Ok(failed)
}

/// Why a workload of one contender can't be measured, or nothing be compared with it.
fn why_not(record: &Record) -> Option<String> {
    let failure = record.input_failure.as_ref().or_else(|| record.failures.values().next());
    let failure = failure.map(|failure| failure.to_string().lines().next().unwrap_or_default().to_owned());
    failure.or_else(|| {
        Some(match record.flaw.as_ref()? {
            Flaw::ChangesInput(change) => format!("it changes its input: {change}"),
            Flaw::Unstable(difference) => format!("what comes of it varies: {difference}"),
            Flaw::Unchecked(why) => format!("what comes of it can't be looked into: {why}"),
        })
    })
}
