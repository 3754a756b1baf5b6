//! Reading traces, each in a process of its own.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use anyhow::{Context, bail};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;
use rustworthy_attribution::trace::{Imported, Options, TracedRequests, read};
use rustworthy_attribution::{RequestSource, totals};
use serde::{Deserialize, Serialize};

/// What a process that reads a file reports.
#[derive(Serialize, Deserialize)]
pub(crate) struct Reading {
    pub(crate) seconds: f64,
    /// Processor time in seconds.
    pub(crate) cpu: f64,
    pub(crate) requests: usize,
    pub(crate) spans: u64,
    pub(crate) peak: u64,
    /// The share of each operation in all exclusive time.
    pub(crate) exclusive: BTreeMap<String, f64>,
}

/// Reads a file or folder in a fresh process.
pub(crate) fn reading(path: &Path) -> anyhow::Result<Reading> {
    let this: PathBuf = std::env::current_exe()?;
    let output = Command::new(this).arg("read").arg(path).output()?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// Reads a file in this process, and prints what that took.
pub(crate) fn print_reading(path: &Path) -> anyhow::Result<()> {
    let start = Instant::now();
    let imported = read(&[path.to_owned()], &Options::default(), &AtomicBool::new(false))?;
    let seconds = start.elapsed().as_secs_f64();
    let (cpu, peak) = (cpu()?, peak()?);
    let Imported::Requests { requests, trace, .. } = &imported else { bail!("a profile") };
    let sums = exclusive(requests)?;
    let total: f64 = sums.values().sum();
    let exclusive = sums.into_iter().map(|(name, sum)| (name, sum / total)).collect();
    let reading = Reading { seconds, cpu, requests: requests.len(), spans: trace.spans, peak, exclusive };
    println!("{}", serde_json::to_string(&reading)?);
    Ok(())
}

/// Processor time of this process in seconds, all that it did included.
pub(crate) fn cpu() -> anyhow::Result<f64> {
    let usage = getrusage(UsageWho::RUSAGE_SELF)?;
    let seconds = |time: TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    Ok(seconds(usage.user_time()) + seconds(usage.system_time()))
}

/// The most memory that this process has had, which `exec` begins anew.
pub(crate) fn peak() -> anyhow::Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? * 1024)
}

/// Exclusive seconds of each operation.
pub(crate) fn exclusive(requests: &TracedRequests) -> anyhow::Result<BTreeMap<String, f64>> {
    let sums = totals(requests)?.into_iter().map(|total| total.exclusive);
    Ok(requests.functions().iter().map(|function| function.name.clone()).zip(sums).collect())
}
