//! A service that is measured: it is started in the ways that [`Mode`] names, and asked.

use std::path::Path;
use std::time::Duration;

use rustworthy_protocol::{
    Delay, Entry, InputAfter, Judgement, Judging, LoadRequest, Lookup, Made, MakeRequest, OpenRequest, Opened,
    ServeRequest, Served, Watch,
};

use super::arrivals::{draw, rate};
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
    /// Requests a second that are planned; `None` where the next follows the answer.
    pub(super) rate: Option<f64>,
}

impl Calibration {
    /// Seconds from one arrival to the next, on average.
    pub(super) fn gap(&self) -> f64 {
        self.rate.map_or(self.service, |rate| 1.0 / rate)
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
            input: Lookup::from(&self.scenario.requests),
            bytes: None,
            size: self.count,
            seed: self.seed,
            file,
        };
        let made: Made = self.workers.start(&Default::default(), self.limits, 1)?.make(make.clone())?;
        let load = LoadRequest { make, made, copies: 2, fresh: false };
        let unknown = Calibration { load, service: 0.0, rate: None };
        let (mut worker, _, warm) = self.ready(&unknown, Mode::Plain, 0, &[])?;
        let many = (CALIBRATION.as_secs_f64() / mean(&warm).max(1e-9)).clamp(1.0, self.count as f64) as u64;
        let order =
            ServeRequest { first: 0, count: many, arrivals: None, servers: self.scenario.servers, warms_up: true };
        let service = mean(&worker.serve(order, self.longest(many as f64 * mean(&warm)))?);
        Ok(Calibration { rate: rate(self.scenario.arrivals, self.scenario.servers, service), service, ..unknown })
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
            replaced: if mode.migrates() { replaced.collect() } else { Vec::new() },
            delayed: delay.filter(|_| mode.delays()),
            watched: if mode.watches() { watches.to_vec() } else { Vec::new() },
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

    /// When so many requests arrive, in nanoseconds; `None` where the next follows the answer.
    pub(super) fn arrivals(&self, calibration: &Calibration, count: u64, seed: u64) -> Option<Vec<i64>> {
        let rate = calibration.rate?;
        let seconds = draw(self.scenario.arrivals, rate, count as usize, seed);
        Some(seconds.into_iter().map(|at| (at * 1e9) as i64).collect())
    }

    /// Tries out watching functions, and finds which of them can be. Of those that were found by sampling the ones are left
    /// out that are called so often that recording them would distort what is measured; their time counts to those that call
    /// them.
    ///
    /// # Errors
    /// When the application fails, or a function that the manifest names isn't there.
    pub(super) fn watchable(&self, calibration: &Calibration, sampled: Vec<Watch>) -> Result<Watchable, Failure> {
        let named = self.candidates.iter().chain(self.scenario.migrated.iter().map(|migration| &migration.from));
        let named = named.chain(self.delayed.iter().map(|(function, _)| *function));
        let mut watches: Vec<Watch> = named.map(|target| Watch::Named(target.into())).collect();
        let wanted = watches.len();
        watches.extend(sampled);
        let (_, opened, warm) = self.ready(calibration, Mode::Watched, 0, &watches)?;
        let requests = warm.answered.len().max(1) as f64;
        let mut watchable = Watchable::default();
        for (slot, function) in opened.watched.into_iter().enumerate() {
            let Some(function) = function else { continue };
            let spent = warm.answered.iter().flat_map(|answered| &answered.spent);
            let calls = spent.filter(|spent| spent.function as usize == slot).map(|spent| f64::from(spent.calls));
            let recording = calls.sum::<f64>() / requests * opened.cost_ns as f64 / 1e9;
            if slot >= wanted && recording > MOST_RECORDING * calibration.service {
                watchable.left_out.push(function.name);
            } else if let Some((module, callable)) = function.name.split_once(':') {
                let lookup = Lookup { module: module.to_owned(), callable: callable.to_owned() };
                watchable.watches.push(Watch::Named(lookup));
                watchable.functions.push(Function { name: function.name, file: function.file, line: function.line });
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

    /// Answers requests as they come, in a process whose number `observe` gets to observe it meanwhile.
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
        let count = ((longest.as_secs_f64() / calibration.gap()) as u64).clamp(1, self.count);
        let arrivals = self.arrivals(calibration, count, self.seed);
        let order = ServeRequest { first: 0, count, arrivals, servers: self.scenario.servers, warms_up: false };
        let pid = worker.ready().pid;
        std::thread::scope(|scope| {
            let observing = scope.spawn(move || observe(pid));
            let served = worker.serve(order, self.longest(count as f64 * calibration.gap()));
            // The observer sees that the process ends.
            drop(worker);
            let found = observing.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            Ok((served?, found))
        })
    }
}

/// Seconds that requests took on average.
fn mean(served: &Served) -> f64 {
    let sum: i64 = served.answered.iter().map(|answered| answered.end_ns - answered.start_ns).sum();
    sum as f64 / 1e9 / served.answered.len().max(1) as f64
}
