//! What being timed in turns does to the time of a call, for every built-in contender.
//!
//! `cargo bench --profile dev --workspace --bench turns -- [SECONDS [WORKLOAD…]]` wants a built `rustworthy` of the same profile
//! and takes so many seconds for each contender. Two questions, a column each:
//!
//! - *Waiting*: whole calls, undisturbed. How much longer is their wall time, less the time for which others had the
//!   processor, than their processor time? That is what being judged by processor time leaves out.
//! - *Switching*: two processes of the same contender and one of the baseline, which is what fills the caches with other data, take turns on one
//!   processor. Turns of the one are as long as in a comparison, those of the other five times as long. How much longer do
//!   calls take in short turns? That is four fifths of what a switch costs.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail};
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use rustworthy_engine::context::{Context, Notice};
use rustworthy_engine::environments::Needed;
use rustworthy_engine::host::Host;
use rustworthy_engine::manifest::{self, Contender, Origin, Project, Workload};
use rustworthy_engine::plan;
use rustworthy_engine::prepared::{Built, Prepared};
use rustworthy_engine::python::Embedded;
use rustworthy_engine::request::PythonRequest;
use rustworthy_engine::workers::{Failure, Laboratory, Worker, WorkerProcess, Workers, allowed_cpus};
use rustworthy_model::Estimate;
use rustworthy_protocol::{Calibrated, Clock, Input, LoadRequest, Made, MakeRequest, TimeFor, Timed};
use rustworthy_stats::{Confidence, Resampling, geometric_mean};
use rustworthy_worker::libpython;
use rustworthy_workloads::registry;

/// The turn of a comparison, and how many of them the longer turns are.
const TURN: Duration = Duration::from_millis(50);
const LONGER: u32 = 5;

/// What is found of a contender.
struct Found {
    /// Wall time over processor time of whole calls, one number a stretch.
    waiting: Vec<f64>,
    /// Time of a call in short turns over that in long ones, one number a stretch.
    switching: Vec<f64>,
}

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let Some(seconds) = arguments.next().and_then(|text| text.parse().ok()) else {
        println!("give the seconds for each contender");
        return Ok(());
    };
    let wanted: Vec<String> = arguments.collect();
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../python_baselines/rustworthy.toml");
    let kernels: Vec<&str> = registry::kernels().map(|kernel| kernel.name).collect();
    let project = manifest::load(&manifest, Origin::BuiltIn { kernels: &kernels })?;
    let is_there = |name: &&String| project.workloads.iter().any(|workload| workload.name == **name);
    if let Some(unknown) = wanted.iter().find(|name| !is_there(name)) {
        bail!("there is no workload '{unknown}'");
    }
    println!("| workload | contender | waiting, % | switching, % |\n|---|---|--:|--:|");
    let mut all = Vec::new();
    for workload in &project.workloads {
        if !wanted.is_empty() && !wanted.contains(&workload.name) {
            continue;
        }
        let prepared = prepare(&project, workload)?;
        for contender in &workload.contenders {
            match measure(&prepared, workload, contender, Duration::from_secs_f64(seconds)) {
                Ok(Some(found)) => {
                    let [waiting, switching] = [&found.waiting, &found.switching].map(|values| percent(values));
                    println!("| {} | {} | {waiting} | {switching} |", workload.name, contender.name);
                    all.push(found);
                }
                Ok(None) => println!("| {} | {} | makes whole calls | |", workload.name, contender.name),
                Err(error) => println!("| {} | {} | {error:#} | |", workload.name, contender.name),
            }
        }
    }
    let centre = |values: &Vec<f64>| geometric_mean(values, &resampling()).map(|found| found.estimate);
    let [waiting, switching]: [Vec<f64>; 2] = [
        all.iter().filter_map(|found| centre(&found.waiting)).collect(),
        all.iter().filter_map(|found| centre(&found.switching)).collect(),
    ];
    println!("| all | {} contenders | {} | {} |", all.len(), percent(&waiting), percent(&switching));
    Ok(())
}

fn resampling() -> Resampling {
    Resampling { confidence: Confidence::USUAL, resamples: 4_000, seed: 1 }
}

/// By how much a ratio is above 1, with its interval.
fn percent(ratios: &[f64]) -> String {
    let of = |ratio: f64| 100.0 * (ratio - 1.0);
    match geometric_mean(ratios, &resampling()) {
        Some(Estimate { estimate, low, high }) => format!("{:+.2} ({:+.2} to {:+.2})", of(estimate), of(low), of(high)),
        None => String::new(),
    }
}

/// The environment of a workload, and its services.
fn prepare(project: &Project, workload: &Workload) -> Result<Prepared> {
    let embedded = Embedded::new(&libpython::version(), libpython::file(), libpython::built_with())?;
    let host = Host { program: program(), ..Host::new(Some(embedded))? };
    let context = Context {
        host: &host,
        cancel: Arc::default(),
        command: Vec::new(),
        listener: &|_: Notice<'_>| (),
        save: &|_, _| Ok(()),
    };
    let needed = Needed { requirements: vec![workload.requirements.as_deref()], ..Needed::default() };
    let built = Built::new(&context, project, &PythonRequest::default(), &needed)?;
    built.start(&context, project, &project.services)
}

/// The program whose workers are measured: the one that was built beside this benchmark.
fn program() -> PathBuf {
    let own = std::env::current_exe().expect("this program's own file");
    let program = own.ancestors().nth(2).unwrap_or(Path::new(".")).join("rustworthy");
    assert!(program.is_file(), "{}: build it first, with the same profile", program.display());
    program
}

/// `None` where the contender isn't timed in turns.
fn measure(prepared: &Prepared, workload: &Workload, contender: &Contender, time: Duration) -> Result<Option<Found>> {
    let workers = prepared.workers_for(workload.requirements.as_deref());
    let (size, _) = plan::size(workload, None, false)?;
    let make = MakeRequest {
        input: Input::from(&workload.input),
        bytes: None,
        size,
        seed: 1,
        file: prepared.scratch().join(&workload.name),
    };
    let mut maker = workers.start(&Default::default(), contender.limits, 1).map_err(explained)?;
    let made = maker.make(make.clone()).map_err(explained)?;
    drop(maker);
    let cpu = *allowed_cpus().first().context("no processor")?;
    let start = |contender: &Contender, seed| {
        start(&workers, workload, contender, (&make, &made), seed, cpu).map_err(explained)
    };
    let (mut short, calibrated) = start(contender, 1)?;
    if calibrated.is_waiting() || calibrated.is_parallel() {
        return Ok(None);
    }
    let (mut long, _) = start(contender, 1)?;
    let (worker, beside) = start(workload.baseline(), 2)?;
    let mut neighbour = Neighbour { worker, calibrated: beside, has_begun: false };
    let mut random = Pcg64Mcg::seed_from_u64(1);
    let mut found = Found { waiting: Vec::new(), switching: Vec::new() };
    let begun = Instant::now();
    while begun.elapsed() < time || found.switching.len() < 4 {
        let whole = whole_calls(&mut short, &calibrated).map_err(explained)?;
        found.waiting.push(whole.wall_ns.saturating_sub(whole.delay_ns) as f64 / whole.cpu_ns as f64);
        let mut times = [0.0; 2];
        let mut order = [true, false];
        order.shuffle(&mut random);
        for is_short in order {
            let (worker, turn, place) = if is_short { (&mut short, TURN, 0) } else { (&mut long, TURN * LONGER, 1) };
            times[place] = in_turns(worker, &calibrated, turn, &mut neighbour).map_err(explained)?;
        }
        found.switching.push(times[0] / times[1]);
        // Not in step with anything that comes and goes.
        std::thread::sleep(Duration::from_millis(random.random_range(0..20)));
    }
    Ok(Some(found))
}

fn explained(failure: Failure) -> anyhow::Error {
    anyhow!("{failure}")
}

/// A process that has made a few calls, on one processor.
fn start(
    workers: &Workers,
    workload: &Workload,
    contender: &Contender,
    (make, made): (&MakeRequest, &Made),
    seed: u32,
    cpu: usize,
) -> Result<(WorkerProcess, Calibrated), Failure> {
    let mut worker = workers.start(&contender.env, contender.limits, seed)?;
    worker.import(&contender.code)?;
    let load =
        LoadRequest { make: make.clone(), made: made.clone(), copies: made.copies(), fresh: workload.fresh_input };
    worker.load(load)?;
    worker.call()?;
    worker.pin(&[cpu]).expect("a processor of one's own");
    let calibrated = worker.calibrate(Duration::from_millis(20))?;
    Ok((worker, calibrated))
}

fn calls_in(time: Duration, calibrated: &Calibrated) -> u64 {
    (time.as_secs_f64() / calibrated.seconds / 20.0).max(1.0) as u64
}

fn whole_calls(worker: &mut WorkerProcess, calibrated: &Calibrated) -> Result<Timed, Failure> {
    let calls = calls_in(TURN, calibrated);
    worker.time_for(TimeFor { calls, lead: Duration::ZERO, duration: TURN * 2, clock: Clock::Wall, each: false })
}

/// What has the processor between the turns of others.
struct Neighbour {
    worker: WorkerProcess,
    calibrated: Calibrated,
    has_begun: bool,
}

impl Neighbour {
    fn take_turn(&mut self) -> Result<(), Failure> {
        if !self.has_begun {
            begin(&mut self.worker, &self.calibrated)?;
        }
        self.has_begun = self.worker.turn_of_time_for(TURN, TURN * LONGER)?.is_none();
        Ok(())
    }
}

fn begin(worker: &mut WorkerProcess, calibrated: &Calibrated) -> Result<(), Failure> {
    let calls = calls_in(TURN, calibrated);
    let (duration, clock) = (TURN * LONGER, Clock::Processor);
    worker.begin_time_for(TimeFor { calls, lead: Duration::ZERO, duration, clock, each: false })
}

/// Processor time of a call, over turns that a neighbour has its own between.
fn in_turns(
    worker: &mut WorkerProcess,
    calibrated: &Calibrated,
    turn: Duration,
    neighbour: &mut Neighbour,
) -> Result<f64, Failure> {
    begin(worker, calibrated)?;
    loop {
        neighbour.take_turn()?;
        if let Some(timed) = worker.turn_of_time_for(turn, TURN * LONGER)? {
            return Ok(timed.cpu_ns as f64 / timed.calls as f64);
        }
    }
}
