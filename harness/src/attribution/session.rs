//! Measuring a scenario: a look with the sampler, then rounds in which the same requests arrive at the same times at the
//! service as it is, with functions watched, and with functions replaced or delayed, each in a fresh process. These take
//! turns of a tenth of a second: a machine that changes its speed every now and then does so to all of them.

use std::path::Path;
use std::time::Duration;

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use serde::Serialize;

use super::arrivals::{draw, rate};
use crate::manifest::{Limits, Scenario, Target};
use crate::measure::comparison;
use crate::measure::schedule::hash_seed;
use crate::worker::{
    Delay, Entry, Failure, Judging, KeepAway, Laboratory, LoadRequest, Lookup, Made, MakeRequest, OpenRequest, Opened,
    ServeRequest, Served, Verdict, Watch, Worker, WorkerProcess, Workers,
};

/// Requests that a fresh process answers before any counts.
const WARM_UP: u64 = 100;

/// How long a service is measured before the others have their turn.
const TURN: Duration = Duration::from_millis(100);

/// How long requests are answered in a row to find out how long one takes.
const CALIBRATION: Duration = Duration::from_secs(8);

/// Share of a request that recording may take before a function that was found by sampling is called too often.
const MOST_RECORDING: f64 = 0.03;

/// What to measure, and with what.
pub struct Session<'a> {
    /// How to start workers.
    pub workers: &'a Workers,
    /// The scenario.
    pub scenario: &'a Scenario,
    /// Limits of its workers.
    pub limits: Limits,
    /// Seed of requests, arrivals and orders.
    pub seed: u64,
    /// How many requests.
    pub count: u64,
    /// How many rounds they are divided among.
    pub rounds: u32,
    /// Logical processors to use.
    pub cpus: Vec<usize>,
    /// A folder for files that nobody needs afterwards.
    pub scratch: &'a Path,
    /// A function that is to take so much longer.
    pub delayed: Option<(Target, Duration)>,
}

/// A way of running the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// As it is.
    Plain,
    /// As it is, with each request following the answer to the one before.
    Busy,
    /// With functions watched.
    Watched,
    /// With functions replaced.
    Migrated,
    /// With functions replaced, and the replacements watched.
    MigratedWatched,
    /// With a function delayed.
    Delayed,
    /// With a function delayed, and functions watched.
    DelayedWatched,
}

impl Mode {
    /// All there are.
    pub const ALL: [Self; 7] = [
        Self::Plain,
        Self::Busy,
        Self::Watched,
        Self::Migrated,
        Self::MigratedWatched,
        Self::Delayed,
        Self::DelayedWatched,
    ];

    fn watches(self) -> bool {
        matches!(self, Self::Watched | Self::MigratedWatched | Self::DelayedWatched)
    }

    fn migrates(self) -> bool {
        matches!(self, Self::Migrated | Self::MigratedWatched)
    }

    fn delays(self) -> bool {
        matches!(self, Self::Delayed | Self::DelayedWatched)
    }

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Plain => "as it is",
            Self::Busy => "as it is, busy",
            Self::Watched => "watched",
            Self::Migrated => "migrated",
            Self::MigratedWatched => "migrated, watched",
            Self::Delayed => "delayed",
            Self::DelayedWatched => "delayed, watched",
        }
    }
}

/// What is known before the rounds.
#[derive(Debug, Clone)]
pub struct Prepared {
    load: LoadRequest,
    /// Seconds that a request takes on average.
    pub service: f64,
    /// Requests a second that are planned; `None` where the next follows the answer.
    pub rate: Option<f64>,
}

/// Functions whose time can be recorded.
#[derive(Debug, Clone, Default)]
pub struct Watchable {
    /// How to find them.
    pub functions: Vec<Watch>,
    /// Their names, files and lines.
    pub places: Vec<(String, Option<String>, Option<u32>)>,
    /// Those that are called too often.
    pub left_out: Vec<String>,
}

/// One mode in one round.
#[derive(Debug, Clone)]
pub struct Run {
    /// Of the round.
    pub round: u32,
    /// The number of its first request.
    pub first: u64,
    /// What was run.
    pub mode: Mode,
    /// What came of it.
    pub served: Served,
    /// What is watched.
    pub opened: Opened,
}

/// What a session tells while it measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It finds out how long requests take.
    Calibrating,
    /// It looks where the time goes.
    Sampling,
    /// It holds the answers of the migrated service against the others.
    Comparing,
    /// It measures.
    Round {
        /// The number of the round, from 1.
        round: u32,
        /// How many of its requests were answered.
        answered: u64,
        /// How many there are.
        requests: u64,
    },
}

impl Session<'_> {
    /// Makes the requests, and finds out how long they take.
    ///
    /// # Errors
    /// When the requests can't be made, or the application doesn't start.
    pub fn prepare(&self) -> Result<Prepared, Failure> {
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
        let prepared = Prepared { load, service: 0.0, rate: None };
        let (mut worker, _) = self.open(&prepared, Mode::Plain, 0, &[])?;
        let warm = self.warm_up(&mut worker)?;
        let many = (CALIBRATION.as_secs_f64() / mean(&warm).max(1e-9)).clamp(1.0, self.count as f64) as u64;
        let order =
            ServeRequest { first: 0, count: many, arrivals: None, servers: self.scenario.servers, warms_up: true };
        let service = mean(&worker.serve(order, self.longest(many as f64 * mean(&warm)))?);
        Ok(Prepared { rate: rate(self.scenario.arrivals, self.scenario.servers, service), service, ..prepared })
    }

    /// Starts the service in that mode, and warms it up.
    fn ready(
        &self,
        prepared: &Prepared,
        mode: Mode,
        round: u32,
        watched: &[Watch],
    ) -> Result<(WorkerProcess, Opened, Served), Failure> {
        let (mut worker, opened) = self.open(prepared, mode, round, watched)?;
        let warm = self.warm_up(&mut worker)?;
        Ok((worker, opened, warm))
    }

    fn open(
        &self,
        prepared: &Prepared,
        mode: Mode,
        round: u32,
        watched: &[Watch],
    ) -> Result<(WorkerProcess, Opened), Failure> {
        let seed = hash_seed(self.seed, &self.scenario.name, mode.words(), round);
        let mut worker = self.workers.start(&Default::default(), self.limits, seed)?;
        let replaced =
            self.scenario.migrated.iter().map(|migration| ((&migration.from).into(), (&migration.to).into()));
        let delay = self
            .delayed
            .as_ref()
            .map(|(function, delay)| Delay { function: function.into(), nanoseconds: delay.as_nanos() as u64 });
        let opened = worker.open(OpenRequest {
            load: prepared.load.clone(),
            entry: Entry::from(&self.scenario.entry),
            replaced: if mode.migrates() { replaced.collect() } else { Vec::new() },
            delayed: delay.filter(|_| mode.delays()),
            watched: if mode.watches() { watched.to_vec() } else { Vec::new() },
        })?;
        Ok((worker, opened))
    }

    fn warm_up(&self, worker: &mut WorkerProcess) -> Result<Served, Failure> {
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
    fn longest(&self, seconds: f64) -> Duration {
        self.limits.timeout + Duration::try_from_secs_f64(4.0 * seconds).unwrap_or(Duration::MAX / 2)
    }

    /// Tries out watching functions, and tells the names of those that can be. Of those that were found by sampling the ones
    /// are left out that are called so often that recording them would distort what is measured; their time counts to those
    /// that call them.
    ///
    /// # Errors
    /// When the application fails, or a function that the manifest names isn't there.
    pub fn watchable(&self, prepared: &Prepared, sampled: Vec<Watch>) -> Result<Watchable, Failure> {
        let named =
            self.scenario.candidates.iter().chain(self.scenario.migrated.iter().map(|migration| &migration.from));
        let named = named.chain(self.delayed.iter().map(|(function, _)| function));
        let mut watched: Vec<Watch> = named.map(|target| Watch::Named(target.into())).collect();
        let wanted = watched.len();
        watched.extend(sampled);
        let (_, opened, warm) = self.ready(prepared, Mode::Watched, 0, &watched)?;
        let requests = warm.answered.len().max(1) as f64;
        let mut watchable = Watchable::default();
        for (slot, function) in opened.watched.iter().enumerate() {
            let Some(function) = function else { continue };
            let spent = warm.answered.iter().flat_map(|answered| &answered.spent);
            let calls = spent.filter(|spent| spent.function as usize == slot).map(|spent| f64::from(spent.calls));
            let recording = calls.sum::<f64>() / requests * opened.cost_ns as f64 / 1e9;
            if slot >= wanted && recording > MOST_RECORDING * prepared.service {
                watchable.left_out.push(function.name.clone());
            } else if let Some((module, callable)) = function.name.split_once(':') {
                let lookup = Lookup { module: module.to_owned(), callable: callable.to_owned() };
                watchable.functions.push(Watch::Named(lookup));
                watchable.places.push((function.name.clone(), function.file.clone(), function.line));
            }
        }
        Ok(watchable)
    }

    /// Whether the answers of the migrated service are those of the service as it is.
    ///
    /// # Errors
    /// When the service fails, or a function that was replaced is still called.
    pub fn compare_responses(&self, prepared: &Prepared) -> Result<Verdict, Failure> {
        let expected = self.scratch.join("expected");
        let (mut before, _) = self.open(prepared, Mode::Plain, 0, &[])?;
        before.call()?;
        before.judge(Judging { keep: Some(expected.clone()), against: None, input: false })?;
        drop(before);
        let (mut after, _) = self.open(prepared, Mode::Migrated, 0, &[])?;
        after.call()?;
        let against = Some(comparison(&self.scenario.equal, expected));
        after.judge(Judging { keep: None, against, input: false })
    }

    /// All modes of one round. A single server has them take turns on the same processor, with the harness off it; several
    /// servers are measured one mode after the other, since they'd have to wait for each other at the end of every turn.
    ///
    /// # Errors
    /// When the service fails; what was measured in the round before then is lost.
    pub fn round(
        &self,
        prepared: &Prepared,
        round: u32,
        modes: &[Mode],
        watched: &[Watch],
        tell: &mut dyn FnMut(Step),
    ) -> Result<Vec<Run>, Failure> {
        let mut random = Pcg64Mcg::seed_from_u64(self.seed ^ (u64::from(round) << 32));
        let cpu = (self.scenario.servers == 1).then(|| self.cpus[round as usize % self.cpus.len().max(1)]);
        let _away = KeepAway::from(cpu);
        let (first, last) = (self.first_of(round), self.first_of(round + 1));
        let requests = last - first;
        let arrivals = self.arrivals(prepared, requests, random.random());
        let span = arrivals.as_ref().and_then(|arrivals| arrivals.last()).map_or(0.0, |last| *last as f64 / 1e9);
        let longest = self.longest(span + requests as f64 * prepared.service);
        tell(Step::Round { round: round + 1, answered: 0, requests });
        let mut running = Vec::new();
        for &mode in modes {
            let (mut worker, opened) = self.open(prepared, mode, round, watched)?;
            if let Some(cpu) = cpu {
                // Where the system doesn't allow it, comparisons are only noisier.
                let _ = worker.pin(&[cpu]);
            }
            self.warm_up(&mut worker)?;
            let run = Run { round, first, mode, served: Served::default(), opened };
            running.push(Running { worker, run, clock_ns: 0 });
        }
        for (from, to) in self.turns(prepared, requests) {
            running.shuffle(&mut random);
            for one in &mut running {
                let order = ServeRequest {
                    first: first + from,
                    count: to - from,
                    arrivals: arrivals
                        .as_ref()
                        .filter(|_| one.run.mode != Mode::Busy)
                        .map(|arrivals| arrivals[from as usize..to as usize].to_vec()),
                    servers: self.scenario.servers,
                    warms_up: false,
                };
                one.go_on(order, longest)?;
            }
            tell(Step::Round { round: round + 1, answered: to, requests });
        }
        Ok(running.into_iter().map(|one| one.run).collect())
    }

    /// The turns in which so many requests are answered: the first of each, and the one after the last.
    fn turns(&self, prepared: &Prepared, requests: u64) -> Vec<(u64, u64)> {
        let seconds = prepared.rate.map_or(prepared.service, |rate| 1.0 / rate);
        let length = match self.scenario.servers {
            1 => ((TURN.as_secs_f64() / seconds.max(1e-9)) as u64).max(1),
            _ => requests.max(1),
        };
        (0..requests.div_ceil(length)).map(|turn| (turn * length, requests.min((turn + 1) * length))).collect()
    }

    /// The first request of a round.
    fn first_of(&self, round: u32) -> u64 {
        self.count * u64::from(round) / u64::from(self.rounds)
    }

    fn arrivals(&self, prepared: &Prepared, count: u64, seed: u64) -> Option<Vec<i64>> {
        let rate = prepared.rate?;
        let seconds = draw(self.scenario.arrivals, rate, count as usize, seed);
        Some(seconds.into_iter().map(|at| (at * 1e9) as i64).collect())
    }

    /// Answers requests as they come in a process whose number is told before the first, for others to look at.
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    pub(super) fn answer_while<T: Send>(
        &self,
        prepared: &Prepared,
        longest: Duration,
        look: impl FnOnce(u32) -> T + Send,
    ) -> Result<(Served, T), Failure> {
        let (mut worker, _, _) = self.ready(prepared, Mode::Plain, u32::MAX, &[])?;
        let seconds = prepared.rate.map_or(prepared.service, |rate| 1.0 / rate);
        let count = ((longest.as_secs_f64() / seconds) as u64).clamp(1, self.count);
        let arrivals = self.arrivals(prepared, count, self.seed);
        let order = ServeRequest { first: 0, count, arrivals, servers: self.scenario.servers, warms_up: false };
        let pid = worker.ready().pid;
        std::thread::scope(|scope| {
            let looking = scope.spawn(move || look(pid));
            let served = worker.serve(order, self.longest(count as f64 * seconds));
            // The one who looks sees that the process ends.
            drop(worker);
            let found = looking.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            Ok((served?, found))
        })
    }
}

/// A mode that is measured turn by turn.
struct Running {
    worker: WorkerProcess,
    run: Run,
    /// When its last request was answered. Between turns time stands still for it: requests that had arrived by then wait at
    /// the beginning of the next turn, as if it had followed at once.
    clock_ns: i64,
}

impl Running {
    fn go_on(&mut self, mut order: ServeRequest, longest: Duration) -> Result<(), Failure> {
        let is_closed = order.arrivals.is_none();
        order.arrivals.iter_mut().flatten().for_each(|arrival| *arrival -= self.clock_ns);
        let turn = self.worker.serve(order, longest)?;
        let first_start = turn.answered.first().map_or(0, |answered| answered.start_ns);
        let began = if is_closed { self.clock_ns - first_start } else { self.clock_ns };
        let all = &mut self.run.served;
        all.answered.extend(turn.answered.into_iter().map(|answered| answered.later(began)));
        self.clock_ns = all.answered.last().map_or(began, |answered| answered.end_ns);
        all.failures.extend(turn.failures);
        Ok(())
    }
}

/// Seconds that requests took on average.
fn mean(served: &Served) -> f64 {
    let sum: i64 = served.answered.iter().map(|answered| answered.end_ns - answered.start_ns).sum();
    sum as f64 / 1e9 / served.answered.len().max(1) as f64
}
