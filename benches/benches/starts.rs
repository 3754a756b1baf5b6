//! How long a worker takes to start in the user's own Python, and how long one that embeds it.
//!
//! `cargo bench --profile dev --workspace --bench starts -- SECONDS [PYTHON]` wants a built `rustworthy` of the same profile, and a
//! worker for that Python, which `harness/hosted/build PYTHON` puts beside it; without one named it's the Python that the program
//! was built with, the one that both can run. Workers of both hosts are started in turns, in an order drawn anew each time, up to
//! when they have answered.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64Mcg;
use rustworthy_engine::context::{Context, Notice};
use rustworthy_engine::environments::Needed;
use rustworthy_engine::host::Host;
use rustworthy_engine::manifest::{self, Limits, Origin, Project};
use rustworthy_engine::prepared::{Built, Prepared};
use rustworthy_engine::python::{Embedded, HostedWorkers};
use rustworthy_engine::request::PythonRequest;
use rustworthy_engine::workers::Laboratory;
use rustworthy_model::environment::PythonHost;
use rustworthy_stats::{Confidence, Resampling, geometric_mean};
use rustworthy_worker::libpython;

/// The fewest starts of each.
const FEWEST: usize = 20;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let Some(seconds) = arguments.next().and_then(|text| text.parse().ok()) else {
        println!("give the seconds to go on for");
        return Ok(());
    };
    let python = arguments.next().map_or_else(libpython::built_with, PathBuf::from);
    let folder = tempfile::tempdir()?;
    let manifest = folder.path().join("rustworthy.toml");
    let project = manifest::understand(&manifest, "[project]\n", Origin::User)?;
    let limits = project.limits;
    let prepared = [PythonHost::Embedded, PythonHost::Python]
        .map(|host| prepare(&Project { host: Some(host), ..project.clone() }, &python));
    let [embedded, hosted] = prepared;
    let prepared = [embedded?, hosted?];
    let mut took = [Vec::new(), Vec::new()];
    let mut random = Pcg64Mcg::seed_from_u64(1);
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs_f64(seconds) || took[0].len() < FEWEST {
        let mut order = [0, 1];
        order.shuffle(&mut random);
        for place in order {
            took[place].push(start(&prepared[place], limits)?);
        }
    }
    let ratios: Vec<f64> = took[1].iter().zip(&took[0]).map(|(hosted, embedded)| hosted / embedded).collect();
    let resampling = Resampling { confidence: Confidence::USUAL, resamples: 4_000, seed: 1 };
    let ratio = geometric_mean(&ratios, &resampling).context("no interval")?;
    let [embedded, hosted] = took.map(|mut seconds| {
        seconds.sort_by(f64::total_cmp);
        1e3 * seconds[seconds.len() / 2]
    });
    println!("| Python | starts of each | embedded, ms | hosted, ms | hosted over embedded |\n|---|--:|--:|--:|--:|");
    println!(
        "| {} | {} | {embedded:.1} | {hosted:.1} | {:.2}× ({:.2} to {:.2}) |",
        python.display(),
        ratios.len(),
        ratio.estimate,
        ratio.low,
        ratio.high
    );
    Ok(())
}

fn prepare(project: &Project, python: &Path) -> Result<Prepared> {
    let embedded = Embedded::new(&libpython::version(), libpython::file(), libpython::built_with())?;
    let program = program();
    let hosted = HostedWorkers::of(&program);
    let host = Host { program, hosted, ..Host::new(Some(embedded))? };
    let context = Context {
        host: &host,
        cancel: Arc::default(),
        command: Vec::new(),
        listener: &|_: Notice<'_>| (),
        save: &|_, _| Ok(()),
    };
    let request = PythonRequest { named: Some(python.to_owned()), ..PythonRequest::default() };
    let needed = Needed { requirements: vec![None], ..Needed::default() };
    Built::new(&context, project, &request, &needed)?.start(&context, project, &[])
}

/// The program that was built beside this benchmark.
fn program() -> PathBuf {
    let own = std::env::current_exe().expect("this program's own file");
    let program = own.ancestors().nth(2).unwrap_or(Path::new(".")).join("rustworthy");
    assert!(program.is_file(), "{}: build it first, with the same profile", program.display());
    program
}

/// Seconds until a worker has answered.
fn start(prepared: &Prepared, limits: Limits) -> Result<f64> {
    let workers = prepared.workers_for(None);
    let begun = Instant::now();
    let worker = workers.start(&Default::default(), limits, 1).map_err(|failure| anyhow!("{failure}"))?;
    let took = begun.elapsed().as_secs_f64();
    drop(worker);
    Ok(took)
}
