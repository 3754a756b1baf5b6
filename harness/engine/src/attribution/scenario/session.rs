//! A service that is measured: it is started in the ways that [`Mode`] names, and asked.

use std::path::Path;
use std::time::Duration;

use rustworthy_protocol::{
    Answered, Delay, Entry, Input, InputAfter, Judgement, Judging, LoadRequest, Lookup, Made, MakeRequest, OpenRequest,
    Opened, ServeRequest, Served, Watch,
};

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
use super::arrivals::Arriving;
use super::arrivals::rate;
use super::mode::Mode;
use crate::manifest::{Limits, Scenario, Target};
use crate::measure::comparison;
use crate::measure::schedule::hash_seed;
use crate::workers::{Failure, Laboratory, Worker, WorkerProcess, Workers};
use rustworthy_attribution::Function;

/// Requests that a fresh process answers before any counts.
const WARM_UP: u64 = 100;

/// For how long requests are answered in a row to find out how long one takes.
const CALIBRATION: Duration = Duration::from_secs(8);

/// How long the requests take about by which the speed of the machine is found out again.
const YARDSTICK: Duration = Duration::from_millis(200);

/// For how long requests are answered in a row while somebody still observes.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
const AGAIN: Duration = Duration::from_millis(500);

/// Share of a request that recording may take before a function that was found by sampling is called too often.
const MOST_RECORDING: f64 = 0.03;

/// What to measure, and with what.
pub(crate) struct Session<'a> {
    /// How to start workers.
    pub(crate) workers: &'a Workers,
    /// The scenario.
    pub(crate) scenario: &'a Scenario,
    /// Functions to watch; empty where they are to be found by sampling.
    pub(crate) candidates: &'a [Target],
    /// Functions that workloads stand for, which are watched where the service calls them.
    pub(crate) replaced: Vec<&'a Target>,
    /// Limits of its workers.
    pub(crate) limits: Limits,
    /// Seed of requests, arrivals and orders.
    pub(crate) seed: u64,
    /// How many requests.
    pub(crate) count: u64,
    /// How many rounds they are divided among.
    pub(crate) rounds: u32,
    /// Logical processors to use.
    pub(crate) cpus: Vec<usize>,
    /// A folder for files that nobody needs afterwards.
    pub(crate) scratch: &'a Path,
    /// A function that is to take so much longer at every call.
    pub(crate) delayed: Option<(&'a Target, Duration)>,
}

/// What is known of the service before the rounds.
#[derive(Debug, Clone)]
pub(crate) struct Calibration {
    load: LoadRequest,
    /// Seconds that a request takes on average.
    pub(super) service: f64,
    /// Seconds that the first requests took on average, and how many they are: what tells how fast the machine is now.
    pub(super) yardstick: (f64, u64),
    /// Requests a second that are planned; `None` where the next follows the answer.
    pub(super) rate: Option<f64>,
}

impl Calibration {
    /// Seconds from one arrival to the next, on average.
    pub(super) fn gap(&self) -> f64 {
        self.rate.map_or(self.service, |rate| 1.0 / rate)
    }

    /// The share of the time in which at least one request is being answered, or about that.
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    pub(super) fn busy(&self) -> f64 {
        (self.service / self.gap()).clamp(0.01, 1.0)
    }
}

/// Functions whose time can be recorded.
#[derive(Debug, Clone, Default)]
pub(crate) struct Watchable {
    /// How to find them.
    pub(super) watches: Vec<Watch>,
    /// What they are, in the same order.
    pub(super) functions: Vec<Function>,
    /// Names of those that are called too often.
    pub(super) left_out: Vec<String>,
}

impl Session<'_> {
    /// Makes the requests, and finds out how long they take.
    ///
    /// # Errors
    /// When the requests can't be made, or the application doesn't start.
    pub(super) fn calibrate(&self) -> Result<Calibration, Failure> {
        let file = self.scratch.join("requests");
        let make = MakeRequest {
            input: Input::Callable(Lookup::from(&self.scenario.requests)),
            bytes: None,
            size: self.count,
            seed: self.seed,
            file,
        };
        let made: Made = self.workers.start(&Default::default(), self.limits, 1)?.make(make.clone())?;
        let load = LoadRequest { make, made, copies: 2, fresh: false };
        let unknown = Calibration { load, service: 0.0, yardstick: (0.0, 0), rate: None };
        let (mut worker, _, warm) = self.ready(&unknown, Mode::Plain, 0, &[])?;
        if let Some(why) = all_failed(&warm, || worker.take_output()) {
            return Err(Failure::Raised(why));
        }
        let many = (CALIBRATION.as_secs_f64() / mean(&warm).max(1e-9)).clamp(1.0, self.count as f64) as u64;
        let order =
            ServeRequest { first: 0, count: many, arrivals: None, servers: self.scenario.servers, warms_up: true };
        let served = worker.serve(order, self.longest(many as f64 * mean(&warm)))?;
        let service = mean(&served);
        let first = ((YARDSTICK.as_secs_f64() / service.max(1e-9)) as u64).clamp(1, many);
        let yardstick = (mean_of(&served.answered[..(first as usize).min(served.answered.len())]), first);
        let rate = rate(self.scenario.arrivals, self.scenario.at_once(), service);
        Ok(Calibration { rate, service, yardstick, ..unknown })
    }

    /// Starts the service in that mode, and warms it up.
    fn ready(
        &self,
        calibration: &Calibration,
        mode: Mode,
        round: u32,
        watches: &[Watch],
    ) -> Result<(WorkerProcess, Opened, Served), Failure> {
        let (mut worker, opened) = self.open(calibration, mode, round, watches)?;
        let warm = self.warm_up(&mut worker)?;
        Ok((worker, opened, warm))
    }

    /// Starts the service in that mode.
    pub(super) fn open(
        &self,
        calibration: &Calibration,
        mode: Mode,
        round: u32,
        watches: &[Watch],
    ) -> Result<(WorkerProcess, Opened), Failure> {
        let seed = hash_seed(self.seed, &self.scenario.name, mode.words(), round);
        let mut worker = self.workers.start(&Default::default(), self.limits, seed)?;
        let replaced =
            self.scenario.migrated.iter().map(|migration| ((&migration.from).into(), (&migration.to).into()));
        let delay = self
            .delayed
            .map(|(function, delay)| Delay { function: function.into(), nanoseconds: delay.as_nanos() as u64 });
        let opened = worker.open(OpenRequest {
            load: calibration.load.clone(),
            entry: Entry::from(&self.scenario.entry),
            concurrency: self.scenario.concurrency,
            replaced: if mode.migrates() { replaced.collect() } else { Vec::new() },
            delayed: delay.filter(|_| mode.delays()),
            watched: mode.watches().then(|| watches.to_vec()),
        })?;
        Ok((worker, opened))
    }

    /// Has a service answer its first requests, which are slower than the later ones.
    pub(super) fn warm_up(&self, worker: &mut WorkerProcess) -> Result<Served, Failure> {
        let order = ServeRequest {
            first: 0,
            count: WARM_UP.min(self.count),
            arrivals: None,
            servers: self.scenario.servers,
            warms_up: true,
        };
        worker.serve(order, self.longest(0.0))
    }

    /// How long requests may take that should take so many seconds.
    pub(super) fn longest(&self, seconds: f64) -> Duration {
        self.limits.timeout + Duration::try_from_secs_f64(4.0 * seconds).unwrap_or(Duration::MAX / 2)
    }

    /// Tries out watching functions, and finds which of them can be. Of those that were found by sampling the ones are left
    /// out that are called so often that recording them would distort what is measured; their time counts to those that call
    /// them.
    ///
    /// # Errors
    /// When the application fails, or a function that the manifest names isn't there.
    pub(super) fn watchable(&self, calibration: &Calibration, sampled: Vec<Watch>) -> Result<Watchable, Failure> {
        let of_scenario = self.candidates.iter().chain(self.scenario.migrated.iter().map(|migration| &migration.from));
        let of_scenario = of_scenario.chain(self.delayed.iter().map(|(function, _)| *function));
        let mut watches: Vec<Watch> = of_scenario.map(|target| Watch::Named(target.into())).collect();
        let named = watches.len();
        watches.extend(self.replaced.iter().map(|&target| Watch::IfLoaded(target.into())));
        let wanted = watches.len();
        watches.extend(sampled);
        let (_, opened, warm) = self.ready(calibration, Mode::Watched, 0, &watches)?;
        let requests = warm.answered.len().max(1) as f64;
        let mut watchable = Watchable::default();
        for (slot, function) in opened.watched.into_iter().enumerate() {
            let Some(function) = function else { continue };
            let spent = warm.answered.iter().flat_map(|answered| &answered.spent);
            let calls = spent.filter(|spent| spent.function as usize == slot).map(|spent| f64::from(spent.calls));
            let calls = calls.sum::<f64>();
            if calls == 0.0 && (named..wanted).contains(&slot) {
                continue;
            }
            let recording = calls / requests * opened.cost_ns as f64 / 1e9;
            if slot >= wanted && recording > MOST_RECORDING * calibration.service {
                watchable.left_out.push(function.name);
            } else if let Some((module, callable)) = function.name.split_once(':') {
                let lookup = Lookup { module: module.to_owned(), callable: callable.to_owned() };
                watchable.watches.push(Watch::Named(lookup));
                watchable.functions.push(Function {
                    name: function.name,
                    file: function.file,
                    line: function.line,
                    waits: false,
                });
            }
        }
        Ok(watchable)
    }

    /// Whether the answers of the migrated service are those of the service as it is.
    ///
    /// # Errors
    /// When the service fails, or a function that was replaced is still called.
    pub(super) fn compare_responses(&self, calibration: &Calibration) -> Result<Judgement, Failure> {
        let expected = self.scratch.join("expected");
        let (mut before, _) = self.open(calibration, Mode::Plain, 0, &[])?;
        before.call()?;
        before.judge(Judging { keep: Some(expected.clone()), against: None, input: InputAfter::Unseen })?;
        drop(before);
        let (mut after, _) = self.open(calibration, Mode::Migrated, 0, &[])?;
        after.call()?;
        let against = Some(comparison(&self.scenario.equal, expected));
        Ok(after.judge(Judging { keep: None, against, input: InputAfter::Unseen })?.verdict)
    }

    /// Answers requests as they come, in a process whose number `observe` gets to observe it meanwhile: all of them, or as
    /// many as come in `longest`, and once more from the first on for as long as `observe` isn't done.
    ///
    /// # Errors
    /// When the service fails.
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    pub(super) fn answer_while<T: Send>(
        &self,
        calibration: &Calibration,
        longest: Duration,
        observe: impl FnOnce(u32) -> T + Send,
    ) -> Result<(Served, T), Failure> {
        let (mut worker, _, _) = self.ready(calibration, Mode::Plain, u32::MAX, &[])?;
        let within = |time: Duration| ((time.as_secs_f64() / calibration.gap()) as u64).clamp(1, self.count);
        let pid = worker.ready().pid;
        std::thread::scope(|scope| {
            let observing = scope.spawn(move || observe(pid));
            let mut answer = || -> Result<Served, Failure> {
                let mut all = self.answer(&mut worker, calibration, 0, within(longest))?;
                let mut next = all.answered.len() as u64;
                while !observing.is_finished() {
                    let first = next % self.count;
                    let more = self.answer(&mut worker, calibration, first, within(AGAIN).min(self.count - first))?;
                    next = first + more.answered.len() as u64;
                    let later = more.began_ns as i64 - all.began_ns as i64;
                    all.answered.extend(more.answered.into_iter().map(|answered| answered.later(later)));
                }
                Ok(all)
            };
            let served = answer();
            // The observer sees that the process ends.
            drop(worker);
            let found = observing.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            Ok((served?, found))
        })
    }

    /// Answers so many requests as they come, from that one on.
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    fn answer(
        &self,
        worker: &mut WorkerProcess,
        calibration: &Calibration,
        first: u64,
        count: u64,
    ) -> Result<Served, Failure> {
        let mut arrivals = Arriving::draw(self.scenario.arrivals, calibration.rate, count, self.seed ^ first);
        let arrivals = arrivals.next(count as usize);
        let order = ServeRequest { first, count, arrivals, servers: self.scenario.servers, warms_up: false };
        worker.serve(order, self.longest(count as f64 * calibration.gap()))
    }
}

/// Why nothing is worth measuring: every request fails. What a server prints stands in place of the exceptions that it handles
/// itself.
fn all_failed(served: &Served, output: impl FnOnce() -> String) -> Option<String> {
    if !served.answered.iter().all(|answered| answered.failed) {
        return None;
    }
    let messages: Vec<&str> = served.failures.iter().map(|(message, _)| message.as_str()).collect();
    let cause = served.raised.clone().unwrap_or_else(|| format!("{}\n{}", messages.join(", "), output()));
    let number = served.answered.len();
    Some(format!("every one of the first {number} requests failed; the first {}", cause.trim_end()))
}

/// Seconds that requests took on average.
pub(super) fn mean(served: &Served) -> f64 {
    mean_of(&served.answered)
}

fn mean_of(answered: &[Answered]) -> f64 {
    let sum: i64 = answered.iter().map(|answered| answered.end_ns - answered.start_ns).sum();
    sum as f64 / 1e9 / answered.len().max(1) as f64
}
