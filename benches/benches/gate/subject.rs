//! Real code to gate: a Python function of about 10 ms and a Rust kernel of about 150 µs, each of which may do so much more
//! work on the new side.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustworthy_engine::gate::{Effort, Paired, Record, Records, Session, Settings, SideSettings, pair};
use rustworthy_engine::manifest::{self, Origin, Project};

use rustworthy_engine::plan::{WorkloadSelection, plan};
use rustworthy_engine::python::{Embedded, Supported, select};
use rustworthy_engine::verdict::gate::{Rule, judge, next};
use rustworthy_engine::workers::{Hosting, Workers, allowed_cpus};
use rustworthy_model::gate::{Benchmark, Metric};
use rustworthy_stats::{Confidence, Resampling};
use rustworthy_worker::libpython;
use tempfile::TempDir;

/// Both sides differ in one number, so the outputs differ too: that's for the check to find, not for this.
const MANIFEST: &str = r#"
[project]
python-path = ["."]

[workload.bench]
input = "impls:count"
sizes = { default = 1 }
equal = "impls:always"

[workload.bench.contender.python]
python = "impls:python"
baseline = true

[workload.bench.contender.rust]
python = "impls:rust"
kind = "rust"
route = "pyo3"
"#;

const MODULE: &str = r#"
from rustworthy_workloads import sum_squares

def count(size, seed):
    return size

def always(expected, got):
    return True

def python(_):
    n = int(20_000 * (1 + SLOWER))
    d = {}
    s = []
    for i in range(n):
        k = "k%d" % (i % 97)
        d[k] = d.get(k, 0) + i * i
        s.append((k, d[k]))
    return len(s) + sum(d.values())

N = int(300_000 * (1 + SLOWER))
serial = sum_squares.serial

def rust(_):
    return serial(N)
"#;

/// Two versions of a project.
pub(crate) struct Subject {
    projects: [Project; 2],
    settings: Settings,
    _folders: [TempDir; 2],
}

impl Subject {
    /// The old side as it is, the new one with that share more work.
    pub(crate) fn new(slower: f64, budget: Duration) -> anyhow::Result<Self> {
        let [old, new] = [version(0.0)?, version(slower)?];
        let embedded = Embedded::new(&libpython::version(), libpython::file(), libpython::built_with())?;
        let interpreter = select(None, Supported::Embedded(&embedded))?.interpreter;
        let side = |(project, folder): &(Project, TempDir)| SideSettings {
            workers: Workers {
                program: program(),
                python: interpreter.executable.clone(),
                hosting: Hosting::Embedded { library_path: embedded.library_path(&interpreter) },
                folder: project.root.clone(),
                python_path: project.python_path.clone(),
                env: Default::default(),
                others: Default::default(),
                callgrind: None,
                cancel: Default::default(),
            },
            scratch: folder.path().join("scratch"),
            counting: None,
        };
        let settings = Settings {
            effort: Effort { budget },
            seed: 0,
            cpus: allowed_cpus(),
            latencies: false,
            ownership: None,
            sides: [side(&old), side(&new)],
        };
        let [(old, old_folder), (new, new_folder)] = [old, new];
        Ok(Self { projects: [old, new], settings, _folders: [old_folder, new_folder] })
    }

    /// One comparison of one contender, and the wall time that it took.
    pub(crate) fn compare(&mut self, contender: &str, fail_over: f64, seed: u64) -> (Benchmark, Duration) {
        self.settings.seed = seed;
        let selection = WorkloadSelection {
            workloads: vec!["all".to_owned()],
            filter: vec![contender.to_owned()],
            without_baseline: true,
            ..WorkloadSelection::default()
        };
        let [old, new] = self.projects.each_ref().map(|project| plan(project, &selection).expect("a plan"));
        let pairing = pair(&old, &new);
        let rule = Rule {
            resampling: Resampling { confidence: Confidence::USUAL, resamples: 4_096, seed },
            false_alarms: 0.05,
            changes: 1,
        };
        let mut records = Records::default();
        let next = |_: &Paired<'_>, record: &Record| next(record, &[(Metric::Time, fail_over)], &rule);
        let start = Instant::now();
        Session::new(&self.settings, &mut records, &next, &mut |_| ()).measure(&pairing.paired[0]);
        let took = start.elapsed();
        let record = records.get("bench", contender).cloned().unwrap_or_default();
        (judge("bench", contender, &record, Metric::Time, fail_over, &rule), took)
    }
}

fn version(slower: f64) -> anyhow::Result<(Project, TempDir)> {
    let folder = tempfile::tempdir()?;
    std::fs::create_dir(folder.path().join("scratch"))?;
    std::fs::write(folder.path().join("rustworthy.toml"), MANIFEST)?;
    std::fs::write(folder.path().join("impls.py"), format!("SLOWER = {slower}\n{MODULE}"))?;
    let project = manifest::load(&folder.path().join("rustworthy.toml"), Origin::User)?;
    Ok((project, folder))
}

/// The program whose workers are measured: the one that was built beside this benchmark.
pub(crate) fn program() -> PathBuf {
    let own = std::env::current_exe().expect("this program's own file");
    let target = own.ancestors().nth(2).unwrap_or(Path::new("."));
    let program = target.join("rustworthy");
    assert!(program.is_file(), "{}: build it first, with the same profile", program.display());
    program
}
