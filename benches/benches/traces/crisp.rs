//! CRISP on the same traces.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::Command;

use anyhow::bail;
use serde::Deserialize;

use super::reading::reading;
use super::writer::Traces;

const TRACES: usize = 2_000;
const ROUNDS: usize = 3;

#[derive(Deserialize)]
struct Answer {
    seconds: f64,
    peak: u64,
    exclusive: BTreeMap<String, f64>,
}

/// Prints a table of both on a folder of Jaeger's JSON, a file a trace.
pub(super) fn compare(folder: &Path) -> anyhow::Result<()> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("traces/crisp.py");
    if !script.with_file_name("target").join("CRISP").exists() {
        println!("\nCRISP isn't prepared: python3 benches/traces/crisp.py prepare");
        return Ok(());
    }
    let folder = folder.join("crisp");
    fs::create_dir(&folder)?;
    let mut bytes = 0;
    for (index, trace) in Traces::new().take(TRACES).enumerate() {
        let file = folder.join(format!("{index}.json"));
        let mut out = BufWriter::new(File::create(&file)?);
        out.write_all(b"{\"data\":[")?;
        trace.write_jaeger(&mut out)?;
        out.write_all(b"]}")?;
        out.into_inner()?;
        bytes += fs::metadata(file)?.len();
    }
    let megabytes = bytes as f64 / 1e6;
    println!("\nJaeger's JSON, {TRACES} traces in a file each, {megabytes:.1} MB:\n");
    println!("| program | seconds | MB/s | peak memory, MB |\n|---|--:|--:|--:|");
    let mut times = [Vec::new(), Vec::new()];
    let mut peaks = [0, 0];
    let mut shares = [BTreeMap::new(), BTreeMap::new()];
    // In turn, so that both see the same machine.
    for _ in 0..ROUNDS {
        let ours = reading(&folder)?;
        let output = Command::new("python3").arg(&script).arg("run").arg(&folder).output()?;
        if !output.status.success() {
            bail!("CRISP: {}", String::from_utf8_lossy(&output.stderr));
        }
        let theirs: Answer = serde_json::from_slice(&output.stdout)?;
        for (which, (seconds, peak)) in
            [(ours.seconds, ours.peak), (theirs.seconds, theirs.peak)].into_iter().enumerate()
        {
            times[which].push(seconds);
            peaks[which] = peak.max(peaks[which]);
        }
        shares = [ours.exclusive, theirs.exclusive];
    }
    for (which, name) in ["rustworthy", "CRISP, light mode"].into_iter().enumerate() {
        times[which].sort_by(f64::total_cmp);
        let median = times[which][ROUNDS / 2];
        println!("| {name} | {median:.3} | {:.1} | {:.0} |", megabytes / median, peaks[which] as f64 / 1e6);
    }
    println!("\n| operation | share of exclusive time, rustworthy | CRISP |\n|---|--:|--:|");
    let names: BTreeSet<_> = shares.iter().flat_map(BTreeMap::keys).collect();
    for name in names {
        let [ours, theirs] = shares.each_ref().map(|shares| shares.get(name).copied().unwrap_or(0.0) * 100.0);
        println!("| {name} | {ours:.2} % | {theirs:.2} % |");
    }
    Ok(())
}
