//! Is the embedded interpreter as fast as the executable that users run? A speedup over a slow embedding
//! would be inflated, so the same loop is timed in both, in turn and on the same processor. The executable may be a plain process
//! of it, or one that has loaded a worker too.
//!
//! Where the executable itself runs the workers there is nothing to ask, but how far off embedding would be here.

use std::io::{BufRead, BufReader, Write};
use std::ops::RangeInclusive;
use std::os::fd::AsFd;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd::Pid;
use rand::RngExt;
use rustworthy_model::Estimate;
use rustworthy_protocol::{CONTROL_LOOP, Ready};

use super::schedule;
use super::settings::Settings;
use crate::manifest::Limits;
use crate::verdict::is_certainly_off;
use crate::workers::{Failure, Hosting, KeepAway, Laboratory, Worker, WorkerProcess, Workers, pin};
use rustworthy_stats::{self as stats, Block, Process, Resampling};

/// Half width of the interval, as a share of the ratio, that is narrow enough to tell whether embedding is off.
const NARROW: f64 = 0.04;

/// How long a block should take.
const BLOCK: Duration = Duration::from_millis(6);

/// How long the plain executable may take for an answer, its start included.
const ANSWER: Duration = Duration::from_secs(60);

/// How much of the control loop is timed.
#[derive(Debug, Clone)]
pub struct ControlEffort {
    /// Rounds, each with fresh processes. More than the fewest are made where those tell too little.
    pub rounds: RangeInclusive<u32>,
    /// Alternating blocks in a round. What processes differ by, more of them don't tell.
    pub sweeps: u32,
}

impl ControlEffort {
    /// For results that are to be believed: whether there are speedups hangs on it.
    pub const THOROUGH: Self = Self { rounds: 5..=10, sweeps: 12 };

    /// For a first impression, and where nothing hangs on it.
    pub const QUICK: Self = Self { rounds: 3..=3, sweeps: 6 };

    /// The same where blocks take no more than a share of this time, which is all there is for a workload: rounds tell what processes
    /// differ by, so it's blocks that are left out.
    pub fn within(self, budget: Duration) -> Self {
        const SHARE: f64 = 0.2;
        let sweep = 2.0 * BLOCK.as_secs_f64() * f64::from(*self.rounds.end());
        let affordable = (SHARE * budget.as_secs_f64() / sweep) as u32;
        Self { sweeps: affordable.clamp(1, self.sweeps), ..self }
    }
}

/// The interpreter of workers, and where that is embedded its time for a control loop over the plain executable's.
#[derive(Debug, Clone)]
pub struct Control {
    /// The interpreter as a worker found it.
    pub ready: Ready,
    /// What it prints when it starts, before anything of a project runs in it.
    pub said: String,
    /// Above 1 the embedded one is slower. `None` where too little was measured, and where workers aren't embedded.
    pub embedded_over_executable: Option<Estimate>,
}

/// Times the control loop in fresh processes of both kinds, where workers embed their interpreter. The executable runs it as a plain
/// process, or in these workers that it hosts.
///
/// # Errors
/// When either interpreter doesn't start.
pub fn control(
    settings: &Settings,
    hosted: Option<&Workers>,
    effort: &ControlEffort,
    resampling: &Resampling,
) -> Result<Control, Failure> {
    match settings.workers.hosting {
        Hosting::Embedded { .. } => {
            let executable = || match hosted {
                Some(workers) => started(workers),
                None => Plain::start(settings).map(|plain| Box::new(plain) as _),
            };
            let measure = || over(settings, effort, resampling, &executable);
            let (ready, said, embedded_over_executable) = measure()?;
            // One interval in twenty misses beside busy neighbours, and speedups hang on it: what is measured afresh counts then.
            let embedded_over_executable = match embedded_over_executable {
                Some(ratio) if is_certainly_off(&ratio) => measure()?.2,
                found => found,
            };
            Ok(Control { ready, said, embedded_over_executable })
        }
        Hosting::Python { .. } => {
            let worker = settings.workers.start(&Default::default(), Limits::default(), 1)?;
            let (ready, said) = (worker.ready().clone(), worker.said().to_owned());
            Ok(Control { ready, said, embedded_over_executable: None })
        }
    }
}

/// The time of the control loop in workers of one host over that in workers of another; `None` where too little was measured.
///
/// # Errors
/// When either interpreter doesn't start.
pub fn host_over_host(
    settings: &Settings,
    other: &Workers,
    effort: &ControlEffort,
    resampling: &Resampling,
) -> Result<Option<Estimate>, Failure> {
    Ok(over(settings, effort, resampling, &|| started(other))?.2)
}

/// A fresh worker, as what times the control loop.
fn started(workers: &Workers) -> Result<Box<dyn ControlLoop>, Failure> {
    Ok(Box::new(workers.start(&Default::default(), Limits::default(), 1)?))
}

/// A process that times the control loop.
trait ControlLoop {
    fn process(&self) -> Pid;

    /// Seconds that so many iterations take.
    fn seconds(&mut self, iterations: u64) -> Result<f64, Failure>;
}

impl ControlLoop for WorkerProcess {
    fn process(&self) -> Pid {
        Pid::from_raw(self.ready().pid as i32)
    }

    fn seconds(&mut self, iterations: u64) -> Result<f64, Failure> {
        self.control(iterations)
    }
}

/// Times the control loop in fresh workers and in fresh processes of another kind.
fn over(
    settings: &Settings,
    effort: &ControlEffort,
    resampling: &Resampling,
    start: &dyn Fn() -> Result<Box<dyn ControlLoop>, Failure>,
) -> Result<(Ready, String, Option<Estimate>), Failure> {
    let mut ready = None;
    let mut ones = Vec::new();
    let mut others = Vec::new();
    let mut found = None;
    let ControlEffort { rounds, sweeps } = effort;
    for round in 0..*rounds.end() {
        // On a busy machine more rounds tell what fewer don't.
        if round >= *rounds.start() {
            found = stats::speedup(&ones, &others, resampling);
            if found.is_some_and(|found| found.relative_half_width() <= NARROW) {
                break;
            }
        }
        let mut worker = settings.workers.start(&Default::default(), Limits::default(), 1)?;
        let mut other = start()?;
        let cpu = schedule::cpu(settings.seed, "", round, &settings.cpus);
        if let Some(cpu) = cpu {
            // Where the system doesn't allow it the interval will be wider.
            let _ = worker.pin(&[cpu]);
            let _ = pin(other.process(), &[cpu]);
        }
        let _away = KeepAway::from(cpu);
        let [one, another] = time_round(settings.seed, round, *sweeps, [&mut worker, &mut *other])?;
        ones.push(one);
        others.push(another);
        ready = Some((worker.ready().clone(), worker.said().to_owned()));
    }
    let (ready, said) = ready.ok_or_else(|| Failure::Harness("no control round was made".to_owned()))?;
    Ok((ready, said, found.or_else(|| stats::speedup(&ones, &others, resampling))))
}

fn time_round(seed: u64, round: u32, sweeps: u32, sides: [&mut dyn ControlLoop; 2]) -> Result<[Process; 2], Failure> {
    const TRIAL: u64 = 2000;
    let trial = sides[0].seconds(TRIAL)?.min(sides[0].seconds(TRIAL)?).max(1e-7);
    sides[1].seconds(TRIAL)?;
    let iterations = (BLOCK.as_secs_f64() / trial * TRIAL as f64).max(1.0) as u64;
    let mut random = schedule::random(seed, &["control"], round);
    let mut timed = [(); 2].map(|()| Process { round, blocks: Vec::new() });
    for sweep in 0..sweeps {
        let first = usize::from(!random.random::<bool>());
        for side in [first, 1 - first] {
            let seconds = sides[side].seconds(iterations)?;
            timed[side].blocks.push(Block { window: sweep, calls: 1, seconds });
        }
    }
    Ok(timed)
}

/// The plain executable, running the control loop on demand.
struct Plain {
    child: Child,
    requests: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    cancel: Arc<AtomicBool>,
}

impl Plain {
    fn start(settings: &Settings) -> Result<Self, Failure> {
        let mut command = Command::new(&settings.workers.python);
        command.args(["-c", CONTROL_LOOP]).env("PYTHONHASHSEED", "1");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(failure)?;
        let requests = child.stdin.take();
        let answers = child.stdout.take().ok_or_else(|| failure("no standard output"))?;
        let cancel = Arc::clone(&settings.workers.cancel);
        Ok(Self { child, requests, answers: BufReader::new(answers), cancel })
    }
}

impl ControlLoop for Plain {
    fn process(&self) -> Pid {
        Pid::from_raw(self.child.id() as i32)
    }

    fn seconds(&mut self, iterations: u64) -> Result<f64, Failure> {
        let requests = self.requests.as_mut().ok_or_else(|| failure("it has ended"))?;
        writeln!(requests, "{iterations}").map_err(failure)?;
        loop {
            if self.answers.buffer().is_empty() {
                self.wait()?;
            }
            let mut line = String::new();
            if self.answers.read_line(&mut line).map_err(failure)? == 0 {
                return Err(failure("it has ended"));
            }
            // What start-up files print comes before.
            if let Some(seconds) = line.strip_prefix("seconds ") {
                return seconds.trim().parse().map_err(failure);
            }
        }
    }
}

impl Plain {
    /// Waits until the answer begins.
    fn wait(&self) -> Result<(), Failure> {
        let start = Instant::now();
        while start.elapsed() < ANSWER {
            if self.cancel.load(Ordering::Relaxed) {
                return Err(Failure::Interrupted);
            }
            let mut fds = [PollFd::new(self.answers.get_ref().as_fd(), PollFlags::POLLIN)];
            if poll(&mut fds, PollTimeout::from(50_u8)).is_ok_and(|ready| ready > 0) {
                return Ok(());
            }
        }
        Err(failure(format!("no answer within {} s", ANSWER.as_secs())))
    }
}

impl Drop for Plain {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn failure(error: impl std::fmt::Display) -> Failure {
    Failure::Harness(format!("the plain executable can't time the control loop: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_time_leaves_blocks_out_and_no_rounds() {
        for (budget, sweeps) in [(8_000, 6), (1_000, 5), (100, 1), (0, 1)] {
            let effort = ControlEffort::QUICK.within(Duration::from_millis(budget));
            assert_eq!((effort.rounds, effort.sweeps), (3..=3, sweeps), "{budget} ms");
        }
        assert_eq!(ControlEffort::THOROUGH.within(Duration::from_secs(30)).sweeps, 12);
    }
}
