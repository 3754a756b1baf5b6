//! How fast traces are read, and in how much memory; CRISP beside it.
//!
//! `cargo bench --profile dev -p rustworthy-benches --bench traces -- [MEGABYTES…]` writes OTLP JSON of each size (300
//! and 1000 unless told) into a temporary folder, as one object, as lines, and compressed; and the same traces in the
//! other formats. Each is read by fresh processes, three times in turn; the table has the median and the highest peak
//! memory.
//!
//! CRISP reads the first traces, as a file each, if `python3 benches/traces/crisp.py prepare` was called before.
//!
//! `-- exclusive FILE` prints the exclusive time of each operation.

mod crisp;
mod writer;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use anyhow::{Context, bail};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;
use rustworthy_engine::attribution::Requests;
use rustworthy_engine::attribution::trace::{Imported, Options, read};
use serde::{Deserialize, Serialize};

use writer::{Format, write};

const ROUNDS: usize = 3;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match &arguments[..] {
        [command, path] if command == "read" => print_reading(Path::new(path)),
        [command, path] if command == "exclusive" => print_exclusive(Path::new(path)),
        sizes => {
            let is_bench = std::env::args().any(|argument| argument == "--bench");
            let sizes: Vec<u64> = match sizes {
                [] if is_bench => vec![300, 1000],
                // As a test: does it run?
                [] => vec![1],
                sizes => sizes.iter().map(|size| size.parse()).collect::<Result<_, _>>()?,
            };
            table(&sizes)
        }
    }
}

/// What a process that reads a file has to tell.
#[derive(Serialize, Deserialize)]
struct Reading {
    seconds: f64,
    /// Of the processor.
    cpu: f64,
    requests: usize,
    spans: u64,
    peak: u64,
    /// Of each operation its part of all exclusive time.
    exclusive: BTreeMap<String, f64>,
}

fn print_reading(path: &Path) -> anyhow::Result<()> {
    let start = Instant::now();
    let imported = read(&[path.to_owned()], &Options::default(), &AtomicBool::new(false))?;
    let seconds = start.elapsed().as_secs_f64();
    let (cpu, peak) = (cpu()?, peak()?);
    let Imported::Requests { requests, trace, .. } = &imported else { bail!("a profile") };
    let sums = exclusive(requests);
    let total: f64 = sums.values().sum();
    let exclusive = sums.into_iter().map(|(name, sum)| (name, sum / total)).collect();
    let reading = Reading { seconds, cpu, requests: requests.requests.len(), spans: trace.spans, peak, exclusive };
    println!("{}", serde_json::to_string(&reading)?);
    Ok(())
}

/// Processor time of this process in seconds, all that it did included.
fn cpu() -> anyhow::Result<f64> {
    let usage = getrusage(UsageWho::RUSAGE_SELF)?;
    let seconds = |time: TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    Ok(seconds(usage.user_time()) + seconds(usage.system_time()))
}

/// The most memory that this process has had, which `exec` begins anew.
fn peak() -> anyhow::Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? * 1024)
}

fn print_exclusive(path: &Path) -> anyhow::Result<()> {
    let imported = read(&[path.to_owned()], &Options::default(), &AtomicBool::new(false))?;
    let Imported::Requests { requests, trace, skipped, .. } = imported else { bail!("a profile") };
    for (name, sum) in exclusive(&requests) {
        println!("{sum:.9} {name}");
    }
    eprintln!("{trace:?} {skipped:?}");
    Ok(())
}

/// Exclusive seconds of each operation.
fn exclusive(requests: &Requests) -> BTreeMap<String, f64> {
    let mut sums = BTreeMap::new();
    for part in requests.requests.iter().flat_map(|request| &request.parts) {
        let name = &requests.functions[part.function as usize].name;
        *sums.entry(name.clone()).or_insert(0.0) += part.exclusive;
    }
    sums
}

fn table(sizes: &[u64]) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    println!("| file | MB | spans | requests | seconds | MB/s | processor, seconds | MB/s of it | peak memory, MB |");
    println!("|---|--:|--:|--:|--:|--:|--:|--:|--:|");
    for size in sizes {
        let bytes = size * 1_000_000;
        for format in
            [Format::Otlp, Format::OtlpLines, Format::Jaeger, Format::Chrome, Format::OtlpGzip, Format::OtlpZstd]
        {
            // Beyond the first size only what was asked of it.
            if size != &sizes[0] && format != Format::Otlp {
                continue;
            }
            let file = folder.path().join(format.file_name());
            let unpacked = write(&file, format, bytes)?;
            row(&file, format, unpacked)?;
            fs::remove_file(file)?;
        }
    }
    crisp::compare(folder.path())
}

fn row(file: &Path, format: Format, bytes: u64) -> anyhow::Result<()> {
    let mut readings = (0..ROUNDS).map(|_| reading(file)).collect::<anyhow::Result<Vec<_>>>()?;
    readings.sort_by(|one, other| one.seconds.total_cmp(&other.seconds));
    let (median, megabytes) = (&readings[ROUNDS / 2], bytes as f64 / 1e6);
    let mut cpus: Vec<f64> = readings.iter().map(|reading| reading.cpu).collect();
    cpus.sort_by(f64::total_cmp);
    let cpu = cpus[ROUNDS / 2];
    let peak = readings.iter().map(|reading| reading.peak).max().unwrap_or_default();
    println!(
        "| {} | {megabytes:.0} | {} | {} | {:.2} | {:.0} | {cpu:.2} | {:.0} | {:.0} |",
        format.name(),
        median.spans,
        median.requests,
        median.seconds,
        megabytes / median.seconds,
        megabytes / cpu,
        peak as f64 / 1e6
    );
    Ok(())
}

/// Reads a file or folder in a fresh process.
fn reading(path: &Path) -> anyhow::Result<Reading> {
    let this: PathBuf = std::env::current_exe()?;
    let output = Command::new(this).arg("read").arg(path).output()?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}
