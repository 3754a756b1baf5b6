//! Whether what the boundary costs by `try` is a bound: how fast functions in Rust are that do little behind it, and how fast at
//! most they could be.
//!
//! `cargo bench --profile dev --workspace --bench ceilings -- SECONDS [FUNCTION…]` takes so many seconds for each function and
//! size. Each process of five sets has a hash seed and an address space of its own; the functions of a set take turns, in an
//! order drawn anew each time. The intervals are those over sets.

mod hand_written;

use std::fs;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail};
use pyo3::append_to_inittab;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64Mcg;
use rustworthy_engine::context::{Context, Notice};
use rustworthy_engine::environments::Needed;
use rustworthy_engine::host::Host;
use rustworthy_engine::manifest::{self, Code, Origin, Project, Workload};
use rustworthy_engine::prepared::{Built, Prepared};
use rustworthy_engine::python::Embedded;
use rustworthy_engine::request::PythonRequest;
use rustworthy_engine::workers::{self, Failure, Laboratory, Worker, WorkerProcess, allowed_cpus};
use rustworthy_model::Estimate;
use rustworthy_protocol::{
    BoundaryForm, Clock, Comparison, Equality, Exceptions, Input, InputAfter, Judgement, Judging, LoadRequest, Made,
    MakeRequest, Mode, TimeFor,
};
use rustworthy_stats::{Confidence, Resampling, geometric_mean};
use rustworthy_worker::libpython;

use hand_written::by_hand;

/// What stands behind a boundary: a function, what makes its argument, and the types on both sides.
const SHAPES: [(&str, &str, &str); 8] = [
    ("decode", "polylines", "str → list[tuple[float, float]]"),
    ("total", "floats", "list[float] → float"),
    ("tripled", "ints", "list[int] → list[int]"),
    ("longest", "records", "list[dict[str, str]] → list[str]"),
    ("length", "data", "bytes → int"),
    ("raised", "prices", "dict[str, float] → dict[str, float]"),
    ("copied", "text", "str → str"),
    ("lengths", "texts", "list[str] → dict[str, int]"),
];

/// Elements of an argument. With few of them it's the call itself that counts.
const SIZES: [u64; 2] = [1_000, 5];

/// Sets of processes.
const SETS: u32 = 5;

/// Time that a function is timed at once.
const TURN: Duration = Duration::from_millis(20);

/// What is timed: the baseline, the boundary, and two functions in Rust.
const TIMED: usize = 4;

fn main() -> ExitCode {
    // This program is that of its own workers, so that the functions are built into them.
    if let Some(ended) = workers::run_if_asked(serve) {
        return ended.map_or(ExitCode::FAILURE, |code| ExitCode::from(u8::try_from(code).unwrap_or(1)));
    }
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn serve(socket: UnixStream) -> std::io::Result<i32> {
    append_to_inittab!(by_hand);
    rustworthy_worker::main(socket)
}

fn run() -> Result<()> {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let Some(seconds) = arguments.next().and_then(|text| text.parse().ok()) else {
        println!("give the seconds for each function and size");
        return Ok(());
    };
    let wanted: Vec<String> = arguments.collect();
    if let Some(unknown) = wanted.iter().find(|name| !SHAPES.iter().any(|(known, ..)| known == name)) {
        bail!("there is no function '{unknown}'");
    }
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("shapes.py"), include_str!("shapes.py"))?;
    let project = project(folder.path())?;
    let prepared = prepare(&project)?;
    println!("| types | n | ceiling | by hand | of the ceiling | usual PyO3 |\n|---|--:|--:|--:|--:|--:|");
    let mut broken = 0;
    for (workload, (name, _, types)) in project.workloads.iter().zip(SHAPES) {
        if !wanted.is_empty() && !wanted.iter().any(|one| one == name) {
            continue;
        }
        for size in SIZES {
            let found = measure(&prepared, workload, size, Duration::from_secs_f64(seconds))?;
            let [ceiling, by_hand, usual, share] = found.speedups()?;
            let holds = by_hand.estimate.max(usual.estimate) <= ceiling.high;
            broken += usize::from(!holds);
            println!(
                "| `{types}` | {size} | {} | {} | {:.1} % ({:.1} to {:.1}){} | {} |",
                factor(&ceiling),
                factor(&by_hand),
                100.0 * share.estimate,
                100.0 * share.low,
                100.0 * share.high,
                if holds { "" } else { ", **above it**" },
                factor(&usual),
            );
        }
    }
    println!(
        "\n{}",
        if broken == 0 { "every ceiling holds".to_owned() } else { format!("{broken} ceilings don't hold") }
    );
    Ok(())
}

/// A project of nothing but these functions.
fn project(folder: &Path) -> Result<Project> {
    let mut text = "[project]\npython-path = [\".\"]\n".to_owned();
    for (name, input, _) in SHAPES {
        text.push_str(&format!("\n[workload.{name}]\ninput = \"shapes:{input}\"\nsizes = {{ default = 1000 }}\n"));
        for (contender, target, more) in [
            ("python", format!("shapes:{name}"), "baseline = true"),
            ("by-hand", format!("by_hand:{name}"), "kind = \"rust\""),
            ("usual", format!("by_hand:{name}_usual"), "kind = \"rust\""),
        ] {
            text.push_str(&format!("[workload.{name}.contender.{contender}]\npython = \"{target}\"\n{more}\n"));
        }
    }
    Ok(manifest::understand(&folder.join("rustworthy.toml"), &text, Origin::User)?)
}

fn prepare(project: &Project) -> Result<Prepared> {
    let embedded = Embedded::new(&libpython::version(), libpython::file(), libpython::built_with())?;
    let host = Host::new(Some(embedded))?;
    let context = Context {
        host: &host,
        cancel: Arc::default(),
        command: Vec::new(),
        listener: &|_: Notice<'_>| (),
        save: &|_, _| Ok(()),
    };
    let built = Built::new(
        &context,
        project,
        &PythonRequest::default(),
        &Needed { requirements: vec![None], ..Needed::default() },
    )?;
    built.start(&context, project, &[])
}

/// Seconds of a call by what is timed, one number a set.
struct Found([Vec<f64>; TIMED]);

impl Found {
    /// The ceiling, what functions reach by hand and as usual, and how much of the ceiling the former is.
    fn speedups(&self) -> Result<[Estimate; 4]> {
        let [python, boundary, by_hand, usual] = &self.0;
        let over = |one: &[f64], other: &[f64]| {
            let ratios: Vec<f64> = one.iter().zip(other).map(|(one, other)| one / other).collect();
            geometric_mean(&ratios, &resampling()).context("no interval")
        };
        Ok([over(python, boundary)?, over(python, by_hand)?, over(python, usual)?, over(boundary, by_hand)?])
    }
}

fn resampling() -> Resampling {
    Resampling { confidence: Confidence::USUAL, resamples: 4_000, seed: 1 }
}

fn factor(found: &Estimate) -> String {
    format!("{:.3}× ({:.3} to {:.3})", found.estimate, found.low, found.high)
}

fn measure(prepared: &Prepared, workload: &Workload, size: u64, time: Duration) -> Result<Found> {
    let file = prepared.scratch().join(format!("{}-{size}", workload.name));
    let make = MakeRequest { input: Input::from(&workload.input), bytes: None, size, seed: 1, file };
    let workers = prepared.workers_for(None);
    let limits = workload.baseline().limits;
    let made = workers.start(&Default::default(), limits, 1).and_then(|mut maker| maker.make(make.clone()));
    let made = made.map_err(explained)?;
    let Code::Python(target) = &workload.baseline().code else { bail!("the baseline isn't Python") };
    let mut codes = vec![workload.baseline().code.clone(), Code::Boundary(target.clone(), BoundaryForm::Cheapest)];
    codes.extend(workload.contenders.iter().filter(|one| !one.baseline).map(|one| one.code.clone()));
    let output = prepared.scratch().join(format!("{}-{size}-output", workload.name));
    let mut found = Found(std::array::from_fn(|_| Vec::new()));
    for seed in 1..=SETS {
        let started = codes.iter().map(|code| {
            let mut worker = workers.start(&Default::default(), limits, seed)?;
            worker.import(code)?;
            worker.load(load(&make, &made))?;
            worker.call()?;
            Ok(worker)
        });
        let mut set = started.collect::<Result<Vec<WorkerProcess>, Failure>>().map_err(explained)?;
        judge(&mut set, &output)?;
        for (seconds, of_all) in time_set(&mut set, seed, time / SETS)?.into_iter().zip(&mut found.0) {
            of_all.push(seconds);
        }
    }
    Ok(found)
}

fn load(make: &MakeRequest, made: &Made) -> LoadRequest {
    LoadRequest { make: make.clone(), made: made.clone(), copies: made.copies(), fresh: false }
}

/// Holds the outputs against that of the first.
fn judge(set: &mut [WorkerProcess], output: &Path) -> Result<()> {
    for (place, worker) in set.iter_mut().enumerate() {
        let against = (place > 0).then(|| Comparison {
            expected: output.to_owned(),
            equality: Equality::Structural(Mode::Value),
            except: Exceptions::default(),
            of_other_python: false,
        });
        let keep = (place == 0).then(|| output.to_owned());
        let judged = worker.judge(Judging { keep, against, input: InputAfter::Unchanged }).map_err(explained)?;
        if place > 0 && judged.verdict != Judgement::Equal {
            bail!("the output of number {place} isn't that of the baseline: {:?}", judged.verdict);
        }
    }
    Ok(())
}

/// Seconds of a call by each of a set: the median of its turns.
fn time_set(set: &mut [WorkerProcess], seed: u32, time: Duration) -> Result<Vec<f64>> {
    let cpu = *allowed_cpus().last().context("no processor")?;
    let mut calls = Vec::new();
    for worker in &mut *set {
        worker.pin(&[cpu])?;
        let calibrated = worker.calibrate(TURN).map_err(explained)?;
        calls.push((TURN.as_secs_f64() / calibrated.seconds / 10.0).max(1.0) as u64);
    }
    let mut turns: Vec<Vec<f64>> = set.iter().map(|_| Vec::new()).collect();
    let mut order: Vec<usize> = (0..set.len()).collect();
    let mut random = Pcg64Mcg::seed_from_u64(seed.into());
    let begun = Instant::now();
    while begun.elapsed() < time || turns[0].len() < 5 {
        order.shuffle(&mut random);
        for &place in &order {
            let (calls, clock) = (calls[place], Clock::Processor);
            let order = TimeFor { calls, lead: TURN / 10, duration: TURN, clock, each: false };
            let timed = set[place].time_for(order).map_err(explained)?;
            turns[place].push(timed.cpu_ns as f64 * 1e-9 / timed.calls as f64);
        }
    }
    let median = |turns: &mut Vec<f64>| {
        turns.sort_by(f64::total_cmp);
        turns[turns.len() / 2]
    };
    Ok(turns.iter_mut().map(median).collect())
}

fn explained(failure: Failure) -> anyhow::Error {
    anyhow!("{failure}")
}
