//! Is the embedded interpreter as fast as the executable that users run? A speedup over a slow embedding
//! would be inflated, so the same loop is timed in both, in turn and on the same processor.

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
use crate::workers::{Failure, KeepAway, Laboratory, Worker, WorkerProcess, pin};
use rustworthy_stats::{self as stats, Block, Process, Resampling};

/// Alternating blocks in a round.
const SWEEPS: u32 = 12;

/// Half width of the interval, as a share of the ratio, that is narrow enough to tell whether embedding is off.
const NARROW: f64 = 0.04;

/// How long a block should take.
const BLOCK: Duration = Duration::from_millis(6);

/// How long the plain executable may take for an answer, its start included.
const ANSWER: Duration = Duration::from_secs(60);

/// The embedded interpreter, and its time for a control loop over the plain executable's.
#[derive(Debug, Clone)]
pub struct Control {
    /// The interpreter as a worker found it.
    pub ready: Ready,
    /// Above 1 the embedded one is slower.
    pub embedded_over_executable: Option<Estimate>,
}

/// Times the control loop in fresh processes of both kinds.
///
/// # Errors
/// When either interpreter doesn't start.
pub fn control(settings: &Settings, rounds: RangeInclusive<u32>, resampling: &Resampling) -> Result<Control, Failure> {
    let mut ready = None;
    let mut embedded = Vec::new();
    let mut executable = Vec::new();
    let mut found = None;
    for round in 0..*rounds.end() {
        // On a busy machine more rounds tell what fewer don't.
        if round >= *rounds.start() {
            found = stats::speedup(&embedded, &executable, resampling);
            if found.is_some_and(|found| found.relative_half_width() <= NARROW) {
                break;
            }
        }
        let mut worker = settings.workers.start(&Default::default(), Limits::default(), 1)?;
        let mut plain = Plain::start(settings)?;
        let cpu = schedule::cpu(settings.seed, "", round, &settings.cpus);
        if let Some(cpu) = cpu {
            // Where the system doesn't allow it the interval will be wider.
            let _ = worker.pin(&[cpu]);
            let _ = pin(plain.process(), &[cpu]);
        }
        let _away = KeepAway::from(cpu);
        let (one, other) = time_round(settings.seed, round, &mut worker, &mut plain)?;
        embedded.push(one);
        executable.push(other);
        ready = Some(worker.ready().clone());
    }
    let ready = ready.ok_or_else(|| Failure::Harness("no control round was made".to_owned()))?;
    let embedded_over_executable = found.or_else(|| stats::speedup(&embedded, &executable, resampling));
    Ok(Control { ready, embedded_over_executable })
}

fn time_round(
    seed: u64,
    round: u32,
    worker: &mut WorkerProcess,
    plain: &mut Plain,
) -> Result<(Process, Process), Failure> {
    const TRIAL: u64 = 2000;
    let trial = worker.control(TRIAL)?.min(worker.control(TRIAL)?).max(1e-7);
    plain.time(TRIAL)?;
    let iterations = (BLOCK.as_secs_f64() / trial * TRIAL as f64).max(1.0) as u64;
    let mut random = schedule::random(seed, &["control"], round);
    let mut embedded = Process { round, blocks: Vec::new() };
    let mut executable = Process { round, blocks: Vec::new() };
    for sweep in 0..SWEEPS {
        let worker_first = random.random::<bool>();
        for turn in [worker_first, !worker_first] {
            let (side, seconds) = if turn {
                (&mut embedded, worker.control(iterations)?)
            } else {
                (&mut executable, plain.time(iterations)?)
            };
            side.blocks.push(Block { window: sweep, calls: 1, seconds });
        }
    }
    Ok((embedded, executable))
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

    fn process(&self) -> Pid {
        Pid::from_raw(self.child.id() as i32)
    }

    fn time(&mut self, iterations: u64) -> Result<f64, Failure> {
        let requests = self.requests.as_mut().ok_or_else(|| failure("it has ended"))?;
        writeln!(requests, "{iterations}").map_err(failure)?;
        self.wait()?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer).map_err(failure)?;
        answer.trim().parse().map_err(failure)
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
