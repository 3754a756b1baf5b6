//! Traces that are sent at a rate to `attribute --listen`: whether all arrive, what that costs, and in how much memory.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use nix::sched::{CpuSet, sched_setaffinity};
use nix::unistd::Pid;

use super::protobuf;
use super::writer::{Trace, Traces};

/// As many traces as make the 512 spans of a message of OpenTelemetry's exporters.
const BATCH: usize = 34;

/// Ticks of the kernel's clock for processes in a second, on every Linux.
const TICKS: f64 = 100.0;

/// Sends so many spans a second for so long, and prints a table of what came of it.
pub(super) fn listening(spans_a_second: u64, seconds: u64) -> Result<()> {
    // The program has one processor, which this one leaves to it.
    on_processor(0)?;
    let folder = tempfile::tempdir()?;
    let mut program = Command::new(program()?)
        .args(["attribute", "--listen", "0", "--for", &format!("{}s", seconds + 2), "--format", "json"])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    on_processor(1)?;
    let mut said = BufReader::new(program.stderr.take().context("no standard error")?);
    let address = address(&mut said)?;
    let rest = thread::spawn(move || {
        let mut text = String::new();
        said.read_to_string(&mut text).map(|_| text)
    });
    let sent = send(&address, spans_a_second, Duration::from_secs(seconds), &program)?;
    let (peak, text) = result(program)?;
    let rest = rest.join().map_err(|_| anyhow::anyhow!("nothing said"))??;
    let received = rest.lines().find(|line| line.contains("received")).unwrap_or_default().trim().to_owned();
    let json: serde_json::Value = serde_json::from_str(&text)?;
    println!("| | |\n|---|--:|");
    println!("| asked for | {spans_a_second} spans/s for {seconds} s |");
    println!(
        "| sent | {} spans in {} messages, {:.0} MB, in {:.1} s |",
        sent.spans, sent.messages, sent.megabytes, sent.seconds
    );
    println!("| answers that weren't 200 | {} |", sent.refused);
    println!("| the slowest answer | {:.1} ms |", 1e3 * sent.slowest);
    println!("| the program says | {received} |");
    println!(
        "| spans in the result, orphans, p99 told | {}, {}, {} |",
        json["trace"]["spans"],
        json["trace"]["orphans"],
        !json["latency"]["p99"].is_null()
    );
    println!(
        "| processor while listening | {:.1} s, {:.0} % of one |",
        sent.processor,
        100.0 * sent.processor / sent.seconds
    );
    for (second, kilobytes) in &sent.memory {
        println!("| memory after {second} s | {:.1} MB |", *kilobytes as f64 / 1e3);
    }
    println!("| highest memory, with the attribution after it | {:.1} MB |", peak as f64 / 1e3);
    ensure!(json["trace"]["spans"] == sent.spans, "spans were lost");
    Ok(())
}

/// What was sent, and what that took of the program.
struct Sent {
    spans: u64,
    messages: u64,
    megabytes: f64,
    seconds: f64,
    refused: u64,
    slowest: f64,
    processor: f64,
    /// Resident kilobytes after so many seconds.
    memory: Vec<(u64, u64)>,
}

fn send(address: &str, spans_a_second: u64, duration: Duration, program: &Child) -> Result<Sent> {
    let connection = TcpStream::connect(address)?;
    connection.set_nodelay(true)?;
    let mut answers = BufReader::new(connection.try_clone()?);
    let mut connection = connection;
    let mut traces = Traces::new();
    let mut sent = Sent {
        spans: 0,
        messages: 0,
        megabytes: 0.0,
        seconds: 0.0,
        refused: 0,
        slowest: 0.0,
        processor: 0.0,
        memory: Vec::new(),
    };
    let (start, before) = (Instant::now(), processor(program)?);
    while start.elapsed() < duration {
        let batch: Vec<Trace> = traces.by_ref().take(BATCH).collect();
        let message = protobuf::request(&batch);
        let due = Duration::from_secs_f64(sent.spans as f64 / spans_a_second as f64);
        thread::sleep(due.saturating_sub(start.elapsed()));
        let head = format!(
            "POST /v1/traces HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/x-protobuf\r\nContent-Length: {}\r\n\r\n",
            message.len()
        );
        let asked = Instant::now();
        connection.write_all(&[head.as_bytes(), &message].concat())?;
        sent.refused += u64::from(!is_fine(&mut answers)?);
        sent.slowest = sent.slowest.max(asked.elapsed().as_secs_f64());
        sent.spans += batch.iter().map(|trace| trace.spans.len() as u64).sum::<u64>();
        sent.messages += 1;
        sent.megabytes += message.len() as f64 / 1e6;
        let second = start.elapsed().as_secs();
        if second.is_multiple_of(10) && second > 0 && sent.memory.last().is_none_or(|(last, _)| *last != second) {
            sent.memory.push((second, memory(program.id(), "VmRSS:").context("the program has gone")?));
        }
    }
    sent.seconds = start.elapsed().as_secs_f64();
    sent.memory.push((duration.as_secs(), memory(program.id(), "VmRSS:").context("the program has gone")?));
    sent.processor = processor(program)? - before;
    Ok(sent)
}

/// Reads an answer, and says whether it is one that took the message in.
fn is_fine(answers: &mut BufReader<TcpStream>) -> Result<bool> {
    let mut line = String::new();
    answers.read_line(&mut line)?;
    let is_fine = line.starts_with("HTTP/1.1 200");
    let mut length = 0;
    loop {
        let mut header = String::new();
        if answers.read_line(&mut header)? == 0 {
            bail!("the connection has ended after '{}'", line.trim());
        }
        if header == "\r\n" {
            break;
        }
        if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse()?;
        }
    }
    answers.read_exact(&mut vec![0; length])?;
    Ok(is_fine)
}

/// The address that the program says it listens on.
fn address(said: &mut impl BufRead) -> Result<String> {
    for line in said.lines() {
        let line = line?;
        if let Some((_, rest)) = line.split_once("listening on http://") {
            return Ok(rest.split(' ').next().unwrap_or_default().to_owned());
        }
    }
    bail!("the program has ended before it listened")
}

/// The highest memory of the program in kilobytes, and its result, once it has ended.
fn result(mut program: Child) -> Result<(u64, String)> {
    let id = program.id();
    let mut out = program.stdout.take().context("no standard output")?;
    let reading = thread::spawn(move || {
        let mut text = String::new();
        out.read_to_string(&mut text).map(|_| text)
    });
    let mut peak = 0;
    while program.try_wait()?.is_none() {
        peak = memory(id, "VmHWM:").unwrap_or(peak).max(peak);
        thread::sleep(Duration::from_millis(20));
    }
    Ok((peak, reading.join().map_err(|_| anyhow::anyhow!("no result"))??))
}

/// Kilobytes of a process; `None` once it has ended.
fn memory(process: u32, which: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix(which))?.trim().split(' ').next()?.parse().ok()
}

/// Seconds of the processor that a process has had.
fn processor(process: &Child) -> Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{}/stat", process.id()))?;
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
    let ticks = [11, 12].map(|field| fields.get(field).and_then(|ticks| ticks.parse::<f64>().ok()).unwrap_or(0.0));
    Ok(ticks.iter().sum::<f64>() / TICKS)
}

fn on_processor(processor: usize) -> Result<()> {
    let mut set = CpuSet::new();
    set.set(processor)?;
    sched_setaffinity(Pid::from_raw(0), &set).context("two processors are needed")
}

/// The program that was built with the same profile.
fn program() -> Result<std::path::PathBuf> {
    let own = std::env::current_exe()?;
    let program = own.parent().and_then(|folder| folder.parent()).map(|folder| folder.join("rustworthy"));
    program.filter(|program| program.exists()).context("build it first: cargo build --workspace")
}
