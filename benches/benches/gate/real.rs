//! The gate and its rivals on this machine, with a busy neighbour.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use rustworthy_model::gate::BenchmarkVerdict;
use serde::{Deserialize, Serialize};

use crate::load::Neighbour;
use crate::subject::Subject;

/// A question that every tool is asked repeatedly.
#[derive(Debug, Clone, Copy)]
struct Question {
    tool: &'static str,
    subject: &'static str,
    slower: f64,
    fail_over: f64,
    seconds: f64,
    times: usize,
}

/// One answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Answer {
    tool: String,
    subject: String,
    slower: f64,
    /// `slower`, `faster`, or nothing.
    alarm: Option<String>,
    change: Option<f64>,
    seconds: f64,
}

const RIVALS: [(&str, &str); 4] =
    [("pyperf", "python"), ("hyperfine", "python"), ("criterion", "rust"), ("tango", "rust")];

/// Unchanged code: what is asked of the gate is that it keeps quiet.
pub(crate) fn unchanged(times: usize) -> anyhow::Result<()> {
    let ours =
        |subject, fail_over| Question { tool: "rustworthy", subject, slower: 0.0, fail_over, seconds: 3.0, times };
    ask(vec![ours("python", 0.005), ours("rust", 0.0025)])
}

/// Slower code, all of it or one subject, where `fail-over` is half of the slowdown, and the rivals beside it, with and
/// without one.
pub(crate) fn power(times: usize, rivals: usize, subject: Option<&str>) -> anyhow::Result<()> {
    let ours = |subject, slower: f64, times| Question {
        tool: "rustworthy",
        subject,
        slower,
        fail_over: slower / 2.0,
        seconds: 8.5,
        times,
    };
    let mut questions = vec![
        ours("python", 0.02, times / 2),
        ours("python", 0.01, times),
        ours("rust", 0.01, times),
        ours("rust", 0.005, times),
    ];
    for (tool, subject) in RIVALS {
        for slower in [0.0, if subject == "python" { 0.02 } else { 0.01 }] {
            questions.push(Question { tool, subject, slower, fail_over: 0.0, seconds: 8.0, times: rivals });
        }
    }
    questions.retain(|question| subject.is_none_or(|subject| subject == question.subject));
    ask(questions)
}

/// Asks in random order, and keeps every answer as it comes.
fn ask(questions: Vec<Question>) -> anyhow::Result<()> {
    let mut order: Vec<Question> =
        questions.iter().flat_map(|question| std::iter::repeat_n(*question, question.times)).collect();
    let mut random = Pcg64Mcg::seed_from_u64(std::process::id().into());
    order.shuffle(&mut random);
    let mut kept = OpenOptions::new().create(true).append(true).open(file())?;
    let _neighbour = Neighbour::start()?;
    for (number, question) in order.iter().enumerate() {
        let answer = if question.tool == "rustworthy" { ours(question, random.random())? } else { rival(question)? };
        eprintln!("{}/{}: {answer:?}", number + 1, order.len());
        writeln!(kept, "{}", serde_json::to_string(&answer)?)?;
    }
    print()
}

fn ours(question: &Question, seed: u64) -> anyhow::Result<Answer> {
    let mut subject = Subject::new(question.slower, Duration::from_secs_f64(question.seconds))?;
    let (benchmark, took) = subject.compare(question.subject, question.fail_over, seed);
    if let Some(problem) = benchmark.problem {
        anyhow::bail!("{}: {}", question.subject, problem.detail);
    }
    let alarm = match benchmark.verdict {
        BenchmarkVerdict::Regressed => Some("slower"),
        BenchmarkVerdict::Improved => Some("faster"),
        _ => None,
    };
    Ok(Answer {
        tool: question.tool.to_owned(),
        subject: question.subject.to_owned(),
        slower: question.slower,
        alarm: alarm.map(str::to_owned),
        change: benchmark.change.map(|change| change.estimate),
        seconds: took.as_secs_f64(),
    })
}

fn rival(question: &Question) -> anyhow::Result<Answer> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/rivals/rivals.py");
    let [slower, seconds] = [question.slower, question.seconds].map(|number| number.to_string());
    let options = ["--tool", question.tool, "--subject", question.subject, "--slower", &slower, "--seconds", &seconds];
    let output = Command::new("python3").arg(script).arg("compare").args(options).output()?;
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout)
        .map_err(|error| anyhow::anyhow!("{}: {error}: {}", question.tool, String::from_utf8_lossy(&output.stderr)))?;
    Ok(Answer { slower: question.slower, ..serde_json::from_value(with_slower(answer))? })
}

fn with_slower(mut answer: serde_json::Value) -> serde_json::Value {
    answer["slower"] = 0.into();
    answer
}

/// Where answers are kept between runs.
fn file() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/results/gate-answers.jsonl"))
}

/// Prints a table of all answers so far.
pub(crate) fn print() -> anyhow::Result<()> {
    let lines = BufReader::new(File::open(file())?).lines();
    let answers: Vec<Answer> = lines.map(|line| Ok(serde_json::from_str(&line?)?)).collect::<anyhow::Result<_>>()?;
    let mut keys: Vec<(&str, &str, String)> =
        answers.iter().map(|answer| (&*answer.subject, &*answer.tool, answer.slower.to_string())).collect();
    keys.sort();
    keys.dedup();
    println!(
        "| subject | tool | really slower by | comparisons | called slower | called faster | spread of the change | seconds, mean | longest |"
    );
    println!("|---|---|--:|--:|--:|--:|--:|--:|--:|");
    for (subject, tool, slower) in keys {
        let of_key =
            |answer: &&Answer| answer.subject == subject && answer.tool == tool && answer.slower.to_string() == slower;
        let some: Vec<&Answer> = answers.iter().filter(of_key).collect();
        let called = |word: &str| some.iter().filter(|answer| answer.alarm.as_deref() == Some(word)).count();
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
        let changes: Vec<f64> = some.iter().filter_map(|answer| answer.change).collect();
        let centre = mean(&changes);
        let spread = mean(&changes.iter().map(|change| (change - centre).powi(2)).collect::<Vec<_>>()).sqrt();
        let seconds: Vec<f64> = some.iter().map(|answer| answer.seconds).collect();
        println!(
            "| {subject} | {tool} | {:.1} % | {} | {} | {} | {:.2} % | {:.1} | {:.1} |",
            100.0 * slower.parse::<f64>().unwrap_or_default(),
            some.len(),
            called("slower"),
            called("faster"),
            100.0 * spread,
            mean(&seconds),
            seconds.iter().copied().fold(0.0, f64::max),
        );
    }
    Ok(())
}
