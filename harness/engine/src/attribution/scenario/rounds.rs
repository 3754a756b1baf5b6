//! Rounds, in which the same requests arrive at the same times at the service in each mode, each in a fresh process. Modes take
//! turns of a tenth of a second: a machine that changes its speed every now and then does so to all of them.

use std::time::Duration;

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use rustworthy_protocol::{ServeRequest, Served, Watch};

use super::arrivals::Arriving;
use super::mode::{Mode, ModeRun};
use super::session::{Calibration, Session, mean};
use crate::manifest::{Arrivals, Load};
use crate::workers::{Failure, KeepAway, Worker, WorkerProcess};

/// How long a service is measured before the others have their turn.
const TURN: Duration = Duration::from_millis(100);

/// Turns after which it is found out again how fast the machine is.
const TURNS_AT_A_SPEED: usize = 10;

/// A service like the one that is measured, which answers the same requests again and again: how long they take tells the speed
/// of the machine. What is measured itself couldn't: slow requests would thin out those that follow.
struct Yardstick<'a> {
    worker: WorkerProcess,
    calibration: &'a Calibration,
}

impl<'a> Yardstick<'a> {
    /// The yardstick of a round; `None` where the load isn't planned by what requests take.
    fn of(
        session: &Session<'_>,
        calibration: &'a Calibration,
        round: u32,
        cpu: Option<usize>,
    ) -> Result<Option<Self>, Failure> {
        if !matches!(session.scenario.arrivals, Arrivals::Open { load: Load::Utilization(_), .. }) {
            return Ok(None);
        }
        let mut worker = session.open(calibration, Mode::Plain, round, &[])?.0;
        pin(&mut worker, cpu);
        session.warm_up(&mut worker)?;
        Ok(Some(Self { worker, calibration }))
    }

    /// How many times as long requests take as when the load was planned.
    fn slower(&mut self, session: &Session<'_>) -> Result<f64, Failure> {
        let (then, count) = self.calibration.yardstick;
        let servers = session.scenario.servers;
        let order = ServeRequest { first: 0, count, arrivals: None, servers, warms_up: true };
        let now = mean(&self.worker.serve(order, session.longest(then * count as f64))?);
        Ok(if then > 0.0 && now > 0.0 { now / then } else { 1.0 })
    }
}

/// Has a worker run on that processor, if there is one. Where the system doesn't allow it, comparisons are only noisier.
fn pin(worker: &mut WorkerProcess, cpu: Option<usize>) {
    if let Some(cpu) = cpu {
        let _ = worker.pin(&[cpu]);
    }
}

/// A service that is measured turn by turn in one mode.
struct RunningMode {
    worker: WorkerProcess,
    run: ModeRun,
    /// When its last request was answered. Between turns time stands still for it: requests that had arrived by then wait at
    /// the beginning of the next turn, as if it had followed at once.
    clock_ns: i64,
}

impl Session<'_> {
    /// All modes of one round. A single server has them take turns on the same processor, with the harness off it; where several
    /// requests are answered at the same time modes are measured one after the other, since requests would have to wait for each
    /// other at the end of every turn.
    /// `progress` gets how many requests were answered in every mode, and how many there are.
    ///
    /// # Errors
    /// When the service fails; what was measured in the round before then is lost.
    pub(super) fn round(
        &self,
        calibration: &Calibration,
        round: u32,
        modes: &[Mode],
        watches: &[Watch],
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Vec<ModeRun>, Failure> {
        let mut random = Pcg64Mcg::seed_from_u64(self.seed ^ (u64::from(round) << 32));
        let cpu = (self.scenario.at_once() == 1).then(|| self.cpus[round as usize % self.cpus.len().max(1)]);
        let _away = KeepAway::from(cpu);
        let (first, last) = (self.first_of(round), self.first_of(round + 1));
        let requests = last - first;
        let mut arrivals = Arriving::draw(self.scenario.arrivals, calibration.rate, requests, random.random());
        let longest = self.longest(requests as f64 * (calibration.gap() + calibration.service));
        progress(0, requests);
        let mut yardstick = Yardstick::of(self, calibration, round, cpu)?;
        let start = |&mode: &Mode| self.start(calibration, round, mode, watches, cpu);
        let mut running: Vec<RunningMode> = modes.iter().map(start).collect::<Result<_, _>>()?;
        for (turn, (from, to)) in self.turns(calibration, requests).into_iter().enumerate() {
            if let Some(yardstick) = yardstick.as_mut().filter(|_| turn % TURNS_AT_A_SPEED == 0) {
                arrivals.pace = yardstick.slower(self)?;
            }
            let arrivals = arrivals.next((to - from) as usize);
            running.shuffle(&mut random);
            for mode in &mut running {
                let arrivals = arrivals.as_ref().filter(|_| mode.run.mode != Mode::Busy);
                let order = ServeRequest {
                    first: first + from,
                    count: to - from,
                    arrivals: arrivals.cloned(),
                    servers: self.scenario.servers,
                    warms_up: false,
                };
                mode.go_on(order, longest)?;
            }
            progress(to, requests);
        }
        Ok(running.into_iter().map(|mode| mode.run).collect())
    }

    /// Starts the service for a round, on that processor if there is one.
    fn start(
        &self,
        calibration: &Calibration,
        round: u32,
        mode: Mode,
        watches: &[Watch],
        cpu: Option<usize>,
    ) -> Result<RunningMode, Failure> {
        let (mut worker, opened) = self.open(calibration, mode, round, watches)?;
        pin(&mut worker, cpu);
        self.warm_up(&mut worker)?;
        let run = ModeRun { round, first: self.first_of(round), mode, served: Served::default(), opened };
        Ok(RunningMode { worker, run, clock_ns: 0 })
    }

    /// The turns in which so many requests are answered: the first of each, and the one after the last.
    fn turns(&self, calibration: &Calibration, requests: u64) -> Vec<(u64, u64)> {
        let length = match self.scenario.at_once() {
            1 => ((TURN.as_secs_f64() / calibration.gap().max(1e-9)) as u64).max(1),
            _ => requests.max(1),
        };
        (0..requests.div_ceil(length)).map(|turn| (turn * length, requests.min((turn + 1) * length))).collect()
    }

    /// The first request of a round.
    fn first_of(&self, round: u32) -> u64 {
        self.count * u64::from(round) / u64::from(self.rounds)
    }
}

impl RunningMode {
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
        all.statuses.extend(turn.statuses);
        // Those of a process, all that there are by now.
        all.stretches = turn.stretches;
        Ok(())
    }
}
