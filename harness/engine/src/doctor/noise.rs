//! `rustworthy doctor --noise`: built-in code against itself, by the gate's own measuring and verdicts.

use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use rustworthy_model::environment::{Detectable, Noise};

use crate::context::{Context, Notice};
use crate::gate::{Effort, Event, Next, Paired, Record, Records, Session, Settings, SideSettings, pair};
use crate::host::BuiltIn;
use crate::plan::{WorkloadSelection, plan};
use crate::python::cache_directory;
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

/// Finds out how small a change can be detected on this machine.
pub(super) fn measure(context: &Context<'_>, built_in: &BuiltIn, workers: &Workers) -> Result<Noise> {
    let rule = Rule {
        resampling: Resampling { confidence: Confidence::USUAL, resamples: 4_096, seed: 1 },
        false_alarms: 0.05,
        changes: 1,
    };
    let mut records = [Vec::new(), Vec::new()];
    for number in 0..COMPARISONS {
        for (place, subject) in SUBJECTS.iter().enumerate() {
            let [workload, contender, _] = subject;
            let step = format!("comparing {workload}:{contender} with itself, {} of {COMPARISONS}", number + 1);
            context.tell(Notice::Step(step));
            records[place].push(compare(built_in, workers, *subject, number)?);
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
    })
}

/// One comparison of a built-in contender with itself, to its end.
fn compare(built_in: &BuiltIn, workers: &Workers, [workload, contender, size]: [&str; 3], seed: u64) -> Result<Record> {
    let cache = cache_directory()?;
    let project = built_in.load(&built_in.unpack(&cache).with_context(|| cache.display().to_string())?)?;
    let selection = WorkloadSelection {
        workloads: vec![workload.to_owned()],
        filter: vec![contender.to_owned()],
        size: Some(size.to_owned()),
        without_baseline: true,
        ..WorkloadSelection::default()
    };
    let planned = plan(&project, &selection)?;
    let scratch = tempfile::tempdir().context("can't create a temporary folder")?;
    let side = |name: &str| SideSettings {
        workers: Workers { folder: project.root.clone(), python_path: project.python_path.clone(), ..workers.clone() },
        scratch: scratch.path().join(name),
    };
    let settings = Settings {
        effort: Effort { budget: BUDGET },
        seed,
        cpus: allowed_cpus(),
        latencies: false,
        ownership: None,
        sides: [side("old"), side("new")],
    };
    let mut records = Records::default();
    let to_the_end = |_: &Paired<'_>, record: &Record| if record.first_over { Next::SecondPart } else { Next::GoOn };
    let mut nobody = |_: &Event| ();
    let mut session = Session::new(&settings, &mut records, &to_the_end, &mut nobody);
    pair(&planned, &planned).paired.iter().for_each(|paired| session.measure(paired));
    if workers.cancel.load(Ordering::Relaxed) {
        bail!("interrupted");
    }
    let record = records.get(workload, contender).cloned().unwrap_or_default();
    match record.failures.values().next() {
        Some(failure) => bail!("{workload}:{contender}: {failure}"),
        None => Ok(record),
    }
}
