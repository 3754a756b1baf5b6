//! `rustworthy doctor --noise`: built-in code against itself, by the gate's own measuring and verdicts.

use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use rustworthy_model::environment::{Detectable, Noise};

use crate::context::{Context, Notice};
use crate::gate::{Effort, Event, Next, Paired, Record, Records, Session, Settings, SideSettings, lay_over, pair};
use crate::host::BuiltIn;
use crate::manifest::Project;
use crate::plan::{WorkloadSelection, plan};
use crate::prepared::{Prepared, inherited_search_path};
use crate::project::Loaded;
use crate::python::cache_directory;
use crate::revision::{Repository, RevisionError, Worktree};
use crate::verdict::gate::Rule;
use crate::verdict::noise::{detectable, is_alarm};
use crate::workers::{Workers, allowed_cpus};
use rustworthy_stats::{Confidence, Resampling};

/// Comparisons of each kind: together they take about a minute.
const COMPARISONS: u64 = 3;

/// Wall time of a comparison.
const BUDGET: Duration = Duration::from_secs(10);

/// A Python function of some 10 ms and a Rust kernel of some 200 µs: workload, contender, size.
const SUBJECTS: [[&str; 3]; 2] = [["sum-squares", "python", "100000"], ["sum-squares", "kernel-serial", "300000"]];

/// The old and the new side: how to start the workers of either, and its copy of the built-in project.
pub(super) struct Sides {
    workers: [Workers; 2],
    projects: [Project; 2],
    /// Removed when this is dropped; none where both sides share one folder.
    worktrees: Option<[Worktree; 2]>,
}

impl Sides {
    /// Sides as a gate of the project has them: in worktrees of its repository, whose paths are as long as each other, each with
    /// an environment of its own. Where there is no repository, or none that worktrees can be made of, both share what there is.
    fn of(context: &Context<'_>, built_in: &BuiltIn, loaded: &Loaded, prepared: &Prepared) -> Result<Self> {
        match check_out(context, loaded) {
            Ok(worktrees) => Self::in_worktrees(context, built_in, loaded, prepared, worktrees),
            Err(RevisionError::Interrupted) => bail!("interrupted"),
            Err(error) => {
                if !matches!(error, RevisionError::NotARepository { .. }) {
                    context.warn(format!(
                        "code is compared with itself in one folder, not in worktrees as by a gate: {error}"
                    ));
                }
                Self::in_one_folder(built_in, [prepared.workers.clone(), prepared.workers.clone()])
            }
        }
    }

    /// Sides that share one copy of the built-in project, each with workers of its own.
    pub(super) fn in_one_folder(built_in: &BuiltIn, workers: [Workers; 2]) -> Result<Self> {
        let project = unpacked(built_in, &cache_directory()?)?;
        Ok(Self { workers, projects: [project.clone(), project], worktrees: None })
    }

    fn in_worktrees(
        context: &Context<'_>,
        built_in: &BuiltIn,
        loaded: &Loaded,
        prepared: &Prepared,
        worktrees: [Worktree; 2],
    ) -> Result<Self> {
        let side = |worktree: &Worktree| -> Result<(Workers, Project)> {
            let environment = lay_over(context, worktree, &loaded.project.root, 0, prepared.interpreter())?;
            let mut workers = prepared.workers.within(&environment.interpreter);
            workers.env.extend(inherited_search_path(&|folder| worktree.moved(folder)));
            Ok((workers, unpacked(built_in, &worktree.companion("built-in")?)?))
        };
        let [(old, old_project), (new, new_project)] = [side(&worktrees[0])?, side(&worktrees[1])?];
        Ok(Self { workers: [old, new], projects: [old_project, new_project], worktrees: Some(worktrees) })
    }
}

/// The commit of the project's checkout, twice: once by itself, once with what isn't committed.
fn check_out(context: &Context<'_>, loaded: &Loaded) -> Result<[Worktree; 2], RevisionError> {
    let repository = Repository::around(&loaded.home, &context.cancel)?;
    let head = repository.head()?;
    context.tell(Notice::Step(format!("checking {} out twice", head.short())));
    Ok([repository.check_out(&head, &loaded.home)?, repository.check_out_changes(&loaded.home)?])
}

fn unpacked(built_in: &BuiltIn, folder: &Path) -> Result<Project> {
    Ok(built_in.load(&built_in.unpack(folder).with_context(|| folder.display().to_string())?)?)
}

/// How comparisons are judged.
pub(super) fn rule() -> Rule {
    Rule {
        resampling: Resampling { confidence: Confidence::USUAL, resamples: 4_096, seed: 1 },
        false_alarms: 0.05,
        changes: 1,
    }
}

/// Finds out how small a change can be detected on this machine.
pub(super) fn measure(
    context: &Context<'_>,
    built_in: &BuiltIn,
    loaded: &Loaded,
    prepared: &Prepared,
) -> Result<Noise> {
    let sides = Sides::of(context, built_in, loaded, prepared)?;
    let rule = rule();
    let mut records = [Vec::new(), Vec::new()];
    for number in 0..COMPARISONS {
        for (place, subject) in SUBJECTS.iter().enumerate() {
            let [workload, contender, _] = subject;
            let step = format!("comparing {workload}:{contender} with itself, {} of {COMPARISONS}", number + 1);
            context.tell(Notice::Step(step));
            records[place].push(compare(&sides, *subject, number, BUDGET)?);
        }
    }
    let alarms = records.iter().flatten().filter(|record| is_alarm(record, &rule)).count();
    let [python, rust] = records.map(|records| detectable(&records.iter().collect::<Vec<_>>(), &rule));
    Ok(Noise {
        seconds_per_benchmark: BUDGET.as_secs_f64(),
        detectable: Detectable { python, rust },
        false_alarm_rate: rule.false_alarms_of_one(),
        comparisons: COMPARISONS * SUBJECTS.len() as u64,
        alarms: alarms as u64,
        worktrees: sides.worktrees.is_some(),
    })
}

/// One comparison of a built-in contender with itself on either side, to its end.
pub(super) fn compare(
    sides: &Sides,
    [workload, contender, size]: [&str; 3],
    seed: u64,
    budget: Duration,
) -> Result<Record> {
    let selection = WorkloadSelection {
        workloads: vec![workload.to_owned()],
        filter: vec![contender.to_owned()],
        size: Some(size.to_owned()),
        without_baseline: true,
        ..WorkloadSelection::default()
    };
    let [old, new] = &sides.projects;
    let planned = [plan(old, &selection)?, plan(new, &selection)?];
    let scratch = tempfile::tempdir().context("can't create a temporary folder")?;
    let side = |place: usize, name: &str| {
        let (project, workers) = (&sides.projects[place], sides.workers[place].clone());
        let workers = Workers { folder: project.root.clone(), python_path: project.python_path.clone(), ..workers };
        SideSettings { workers, scratch: scratch.path().join(name), counting: None }
    };
    let settings = Settings {
        effort: Effort { budget },
        seed,
        cpus: allowed_cpus(),
        latencies: false,
        ownership: None,
        sides: [side(0, "old"), side(1, "new")],
    };
    let mut records = Records::default();
    let to_the_end = |_: &Paired<'_>, record: &Record| if record.first_over { Next::SecondPart } else { Next::GoOn };
    let mut nobody = |_: &Event| ();
    let mut session = Session::new(&settings, &mut records, &to_the_end, &mut nobody);
    pair(&planned[0], &planned[1]).paired.iter().for_each(|paired| session.measure(paired));
    if sides.workers[0].cancel.load(Ordering::Relaxed) {
        bail!("interrupted");
    }
    let record = records.get(workload, contender).cloned().unwrap_or_default();
    match record.failures.values().next() {
        Some(failure) => bail!("{workload}:{contender}: {failure}"),
        None => Ok(record),
    }
}
