//! Where the time of a running process goes: samples of its Python and native stacks, taken from outside.
//!
//! A thread of its own [samples](sampler): it [stops](stop) the target for some microseconds, has the Python frames
//! [read](python) by the `py-spy` crate, and copies registers and stacks. What those mean is worked out
//! [meanwhile](collect), while the target runs on: native frames are [unwound and named](native) and
//! [merged](merge) with the Python frames.
//!
//! Nothing is ever put into the target. It needs the permission to trace it, Linux on x86-64, and CPython.

mod collect;
mod error;
mod merge;
mod native;
mod python;
mod sampler;
mod state;
mod stop;

use std::sync::atomic::AtomicBool;
use std::sync::mpsc::channel;
use std::time::Duration;

use nix::unistd::Pid;
use rustworthy_model::profile::{Stacks, Target};

use collect::{Collected, Collector};
pub use error::ProfileError;
use merge::Detail;
use rustworthy_stats::{Confidence, of_independent};
use sampler::{Sampled, SamplerSettings};

/// Share of failed samples beyond which a note reports it.
const FAILED: f64 = 0.01;

/// Share of mismatched or truncated stacks beyond which a note reports it.
const DOUBTFUL: f64 = 0.05;

/// A process that is to be sampled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampledProcess {
    /// What it's called.
    pub name: String,
    /// The first part of the names of its files.
    pub files: String,
    /// Its process.
    pub pid: u32,
    /// Whether it's a child of this process. Nobody may wait for it while it's sampled.
    pub own_child: bool,
}

/// How it's sampled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Samples a second.
    pub rate: f64,
    /// How long; until the target ends if `None`.
    pub duration: Option<Duration>,
    /// Whether stacks that wait are kept too.
    pub idle: bool,
    /// Whether native functions are shown one by one, those of threads without Python too.
    pub native: bool,
    /// How sure shares are to be.
    pub confidence: Confidence,
}

/// What was found.
#[derive(Debug, Clone)]
pub struct Profiled {
    /// The result.
    pub target: Target,
    /// What it was made from.
    pub stacks: Stacks,
    /// The beginning by the monotonic clock of the system, in nanoseconds.
    pub began_ns: u64,
}

/// Samples until the time is up, the target has ended, or `stop` is set.
///
/// # Errors
/// When the target can't be sampled, or nothing was seen of it.
pub fn profile(aim: &SampledProcess, settings: &Settings, stop: &AtomicBool) -> Result<Profiled, ProfileError> {
    let pid = Pid::from_raw(aim.pid as i32);
    let interval = Duration::from_secs_f64(1.0 / settings.rate);
    let order = SamplerSettings { pid, own_child: aim.own_child, interval, duration: settings.duration };
    let detail = if settings.native { Detail::Functions } else { Detail::Libraries };
    let collector = Collector::new(pid, interval.as_secs_f64(), detail, settings.idle);
    let (sender, events) = channel();
    let (sampled, collected) = std::thread::scope(|scope| {
        // The channel closes with the sampler's end.
        let sampler = scope.spawn(move || sampler::run(&order, stop, &sender));
        let collected = collector.collect(&events);
        let sampled = sampler.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        sampled.map(|sampled| (sampled, collected))
    })?;
    if collected.samples.taken == 0 {
        return Err(ProfileError::TooShort(aim.pid as i32));
    }
    Ok(found(aim, settings, &sampled, collected))
}

fn found(aim: &SampledProcess, settings: &Settings, sampled: &Sampled, mut collected: Collected) -> Profiled {
    let seconds = sampled.seconds;
    let (kinds, functions) =
        (collected.kinds(seconds, settings.confidence), collected.functions(seconds, settings.confidence));
    let notes = notes(&collected);
    let mut threads = std::mem::take(&mut collected.threads);
    threads.sort_by_key(|thread| std::cmp::Reverse((thread.active, thread.waiting)));
    let target = Target {
        name: aim.name.clone(),
        files: aim.files.clone(),
        python: collected.python,
        seconds,
        rate: settings.rate,
        samples: collected.samples,
        one_percent: (collected.samples.active > 0)
            .then(|| of_independent(0.01, collected.samples.active, settings.confidence)),
        seconds_per_call: None,
        exit_code: None,
        threads,
        kinds,
        functions,
        notes,
    };
    Profiled { target, stacks: collected.stacks, began_ns: sampled.began_ns }
}

/// What one should know before believing the rest.
fn notes(collected: &Collected) -> Vec<String> {
    let samples = &collected.samples;
    let all = samples.active + samples.waiting;
    let share = |part: u64, of: u64| part as f64 / of.max(1) as f64;
    let percent = |share: f64| format!("{:.1} %", 100.0 * share);
    let mut notes = Vec::new();
    let failed = share(samples.failed, samples.taken);
    if failed > FAILED {
        notes.push(format!("{} of the samples failed: what was read made no sense", percent(failed)));
    }
    let late = share(samples.late, samples.late + samples.taken);
    if late > FAILED {
        notes.push(format!("{} of the samples were missed: the machine is too busy for this rate", percent(late)));
    }
    let mismatched = share(samples.mismatched, all);
    if mismatched > DOUBTFUL {
        notes.push(format!(
            "in {} of the stacks native and Python frames don't quite match: what lies between Python functions may be off",
            percent(mismatched)
        ));
    }
    let truncated = share(samples.truncated, all);
    if truncated > DOUBTFUL {
        notes.push(format!("{} of the native stacks could not be followed to their beginning", percent(truncated)));
    }
    if collected.of_others > 0 {
        notes.push(format!(
            "{} stacks are of subinterpreters, whose Python functions can't be read",
            collected.of_others
        ));
    }
    if collected.not_shown > 0 {
        notes.push(format!(
            "{} stacks of threads without Python were at work and aren't shown; --native shows them",
            collected.not_shown
        ));
    }
    if collected.became_another > 0 {
        notes.push("the target became another program on the way; both are shown together".to_owned());
    }
    if collected.children > 0 {
        notes.push(format!(
            "it has started other processes (up to {} at a time), which weren't sampled; `--pid` samples one",
            collected.children
        ));
    }
    notes
}
