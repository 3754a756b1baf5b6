//! A simulated worker: answers the requests of the protocol as a process would, in simulated time.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustworthy_protocol::{
    Calibrated, Callable, Called, Judgement, Judging, Made, MakeRequest, OtherCalls, Reply, Request, TimeFor, Timed,
};

use super::code::{Function, Input, Mishap};
use super::world::World;
use crate::manifest::Limits;
use crate::workers::{Failure, Worker};

/// Seconds that asking for anything takes.
const OVERHEAD: f64 = 2e-5;

/// Seconds that making or loading an input takes.
const INPUT: f64 = 0.005;

/// Bytes of a pickled input for every unit of its size.
const BYTES: u64 = 8;

/// A simulated worker.
#[derive(Debug)]
pub struct SimulatedWorker {
    world: Arc<World>,
    functions: Arc<BTreeMap<String, Function>>,
    input: Input,
    limits: Limits,
    hash_seed: u32,
    /// What all of its times have in common, on the log scale.
    noise: f64,
    /// The processor that it is kept on.
    cpu: Option<usize>,
    /// What it has imported, and its name.
    function: Option<(String, Function)>,
    /// The size of the input that it has loaded.
    size: u64,
    /// What the last call gave.
    output: Option<u64>,
    /// What it does in turns.
    begun: Option<Begun>,
    ended: bool,
}

/// Calls that are made in turns.
#[derive(Debug)]
struct Begun {
    order: TimeFor,
    /// Seconds of work that are left of the present call, and those that it has taken.
    left: f64,
    call: f64,
    /// What goes wrong in it.
    mishap: Option<Mishap>,
    /// Seconds that the calls before it took.
    each: Vec<f64>,
    /// What all turns took together.
    worked: Duration,
}

/// Seconds that an answer takes, and the answer.
type Answer = (f64, Result<Reply, Failure>);

impl SimulatedWorker {
    pub(super) fn new(
        world: Arc<World>,
        functions: Arc<BTreeMap<String, Function>>,
        input: Input,
        limits: Limits,
        hash_seed: u32,
    ) -> Self {
        let (noise, cpu) = (world.start_process(), world.present().cpu);
        Self {
            world,
            functions,
            input,
            limits,
            hash_seed,
            noise,
            cpu,
            function: None,
            size: 0,
            output: None,
            begun: None,
            ended: false,
        }
    }

    fn answer(&mut self, request: &Request) -> Answer {
        match request {
            Request::Make(make) => self.make_input(make),
            Request::Import(callable) => self.import_function(callable),
            Request::Load(load) => {
                self.size = load.make.size;
                (INPUT, Ok(Reply::Loaded))
            }
            Request::Call => self.run(1, self.size, |worker, function, seconds| {
                worker.output = Some(function.output(worker.hash_seed));
                let peak_memory = Some(function.memory());
                Reply::Called(Called { seconds, peak_memory, side_effects: Vec::new() })
            }),
            Request::Judge(judging) => (INPUT, self.judge_output(judging).map(|verdict| Reply::Judged(verdict.into()))),
            Request::Modules => (OVERHEAD, Ok(Reply::Modules(Vec::new()))),
            Request::WatchReads => (OVERHEAD, Ok(Reply::WatchingReads)),
            Request::Reads => (OVERHEAD, Ok(Reply::Reads(Vec::new()))),
            Request::Calibrate(duration) => {
                let calls = self.calls_within(*duration);
                self.run(calls, self.size, |_, function, seconds| {
                    let (seconds, other_threads) = (seconds / calls as f64, function.other_threads());
                    let waits = Some(function.waits());
                    let leaves_processes = false;
                    Reply::Calibrated(Calibrated { seconds, making: 0.0, other_threads, waits, leaves_processes })
                })
            }
            Request::CallOther(load) => {
                let size = load.make.size;
                self.run(1, size, |_, _, seconds| {
                    Reply::CalledOther(OtherCalls { size, first: seconds, repeat: seconds })
                })
            }
            &Request::Time { calls, each } => self.run(calls, self.size, |_, function, seconds| {
                let each_ns = vec![nanoseconds(seconds / calls as f64); if each { calls as usize } else { 0 }];
                Reply::Timed(timed(function, calls, seconds, each_ns))
            }),
            Request::TimeFor(order) => self.run_for(order),
            other => (0.0, Err(Failure::Harness(format!("a simulated worker has no interpreter for {other:?}")))),
        }
    }

    fn make_input(&self, make: &MakeRequest) -> Answer {
        let Input { pickled, raises, version } = self.input;
        if raises {
            return (INPUT, Err(Failure::Raised("raised ValueError: no input".to_owned())));
        }
        let sha256 = format!("{version:08x}{:016x}{:016x}", make.size, make.seed);
        let pickled_bytes = if pickled { BYTES * make.size } else { 0 };
        (
            INPUT,
            Ok(Reply::Made(Made { sha256, bytes: None, pickled, pickled_bytes, changed_layout: None, used_up: None })),
        )
    }

    fn import_function(&mut self, callable: &Callable) -> Answer {
        let name = match callable {
            Callable::Python(lookup) => &lookup.callable,
            Callable::Kernel(name) => name,
            Callable::Boundary { function, .. } => &function.callable,
        };
        let Some(function) = self.functions.get(name) else {
            return (0.0, Err(Failure::Raised(format!("raised AttributeError: no attribute '{name}'"))));
        };
        if let Some(mishap) = function.mishap_of_import() {
            return self.fail(mishap, INPUT);
        }
        self.function = Some((name.clone(), function.clone()));
        (INPUT, Ok(Reply::Imported))
    }

    /// Makes calls, and the reply from the wall time that they took in seconds.
    fn run(&mut self, calls: u64, size: u64, reply: impl FnOnce(&mut Self, &Function, f64) -> Reply) -> Answer {
        let Some((name, function)) = self.function.clone() else {
            return (0.0, Err(nothing_imported()));
        };
        let made = self.world.count(&name, calls);
        let work = function.seconds(calls, size) * self.world.slowdown(self.noise);
        let seconds = self.world.take(0.0, work, self.cpu);
        let too_large = (function.memory() > self.limits.memory).then_some(Mishap::RunsOutOfMemory);
        match too_large.or(function.mishap_of_call(made)) {
            Some(mishap) => self.fail(mishap, seconds),
            None => (seconds, Ok(reply(self, &function, seconds))),
        }
    }

    /// Makes calls until they have taken as long as they should.
    fn run_for(&mut self, order: &TimeFor) -> Answer {
        let Some((name, function)) = self.function.clone() else { return (0.0, Err(nothing_imported())) };
        let work = function.seconds(order.calls, self.size) * self.world.slowdown(self.noise);
        let lead = order.lead.as_secs_f64();
        let (mut calls, mut seconds, mut each_ns) = (0, 0.0, Vec::new());
        while calls == 0 || seconds < order.duration.as_secs_f64() {
            let made = self.world.count(&name, order.calls);
            let taken = self.world.take(lead + seconds, work, self.cpu);
            seconds += taken;
            calls += order.calls;
            if order.each {
                each_ns.extend((0..order.calls).map(|_| nanoseconds(taken / order.calls as f64)));
            }
            if let Some(mishap) = function.mishap_of_call(made) {
                return self.fail(mishap, lead + seconds);
            }
        }
        (lead + seconds, Ok(Reply::Timed(timed(&function, calls, seconds, each_ns))))
    }

    /// Goes on with calls in turns; the reply once they have taken as long as they should.
    fn go_on(&mut self, begun: &mut Begun, length: Duration) -> Result<Option<Reply>, Failure> {
        let (name, function) = self.function.clone().ok_or_else(nothing_imported)?;
        let mut turn = length.as_secs_f64();
        loop {
            if begun.left <= 0.0 {
                begun.mishap = function.mishap_of_call(self.world.count(&name, 1));
                begun.left = function.seconds(1, self.size) * self.world.slowdown(self.noise);
                begun.call = 0.0;
                if begun.mishap == Some(Mishap::Hangs) {
                    begun.left = f64::INFINITY;
                }
            }
            let (taken, done) = self.world.take_turn(begun.left, turn, self.cpu);
            self.world.pass(taken)?;
            turn -= taken;
            begun.left -= done;
            begun.call += taken;
            if begun.left > 0.0 {
                return Ok(None);
            }
            if let Some(failure) = begun.mishap.and_then(|mishap| mishap.failure(self.limits)) {
                return Err(failure);
            }
            begun.each.push(begun.call);
            let seconds: f64 = begun.each.iter().sum();
            if seconds >= begun.order.duration.as_secs_f64() {
                let each_ns = begun.each.iter().copied().map(nanoseconds).collect();
                return Ok(Some(Reply::Timed(timed(&function, begun.each.len() as u64, seconds, each_ns))));
            }
        }
    }

    fn fail(&self, mishap: Mishap, seconds: f64) -> Answer {
        match mishap.failure(self.limits) {
            Some(failure) => (seconds, Err(failure)),
            None => (f64::INFINITY, Err(Failure::Disconnected)),
        }
    }

    fn calls_within(&self, duration: Duration) -> u64 {
        let seconds = self.function.as_ref().map_or(0.0, |(_, function)| function.seconds(1, self.size));
        (duration.as_secs_f64() / seconds.max(1e-9)).ceil().max(1.0) as u64
    }

    fn judge_output(&mut self, judging: &Judging) -> Result<Judgement, Failure> {
        let output = self.output.take().ok_or_else(|| Failure::Raised("raised RuntimeError: no output".to_owned()))?;
        if let Some(file) = &judging.keep {
            self.world.keep(file, output);
        }
        let Some(comparison) = &judging.against else { return Ok(Judgement::Equal) };
        match self.world.kept(&comparison.expected) {
            Some(expected) if expected == output => Ok(Judgement::Equal),
            Some(expected) => Ok(Judgement::Different(format!("{expected} ≠ {output}"))),
            None => Err(Failure::Raised("raised OSError: no such file".to_owned())),
        }
    }
}

fn nothing_imported() -> Failure {
    Failure::Raised("raised RuntimeError: nothing was imported".to_owned())
}

fn nanoseconds(seconds: f64) -> u64 {
    (seconds * 1e9) as u64
}

/// Calls that took so many seconds together.
fn timed(function: &Function, calls: u64, seconds: f64, each_ns: Vec<u64>) -> Timed {
    Timed {
        calls,
        wall_ns: nanoseconds(seconds),
        cpu_ns: nanoseconds(seconds * function.processors()),
        delay_ns: 0,
        system_ns: 0,
        page_faults: 0,
        idle_cpu_ns: 0,
        each_ns,
    }
}

impl Worker for SimulatedWorker {
    fn limits(&self) -> Limits {
        self.limits
    }

    fn ask(&mut self, request: &Request, task: &str, limit: Duration) -> Result<Reply, Failure> {
        if self.ended {
            return Err(Failure::Harness("the worker has ended".to_owned()));
        }
        let (seconds, answer) = self.answer(request);
        let too_late = seconds > limit.as_secs_f64();
        let seconds = seconds.min(limit.as_secs_f64()) + OVERHEAD;
        let answer = self.world.pass(seconds).and_then(|()| {
            let timed_out = || Failure::TimedOut { what: task.to_owned(), limit, output: String::new() };
            if too_late { Err(timed_out()) } else { answer }
        });
        self.ended = answer.as_ref().is_err_and(|failure| !matches!(failure, Failure::Raised(_)));
        answer
    }

    fn begin(&mut self, request: &Request, _: &str) -> Result<(), Failure> {
        let &Request::TimeFor(order) = request else {
            return Err(Failure::Harness(format!("a simulated worker takes no turns for {request:?}")));
        };
        self.begun =
            Some(Begun { order, left: 0.0, call: 0.0, mishap: None, each: Vec::new(), worked: Duration::ZERO });
        Ok(())
    }

    fn turn(&mut self, length: Duration, task: &str, limit: Duration) -> Result<Option<Reply>, Failure> {
        let mut begun = self.begun.take().ok_or_else(|| Failure::Harness("nothing was begun".to_owned()))?;
        begun.worked += length;
        let answer = match self.go_on(&mut begun, length) {
            Ok(None) if begun.worked > limit => {
                Err(Failure::TimedOut { what: task.to_owned(), limit, output: String::new() })
            }
            answer => answer,
        };
        self.ended = answer.as_ref().is_err_and(|failure| !matches!(failure, Failure::Raised(_)));
        self.begun = Some(begun);
        answer
    }

    fn waited(&self) -> Duration {
        let waits = self.function.as_ref().map_or(0.0, |(_, function)| function.waits_later());
        self.begun.as_ref().map_or(Duration::ZERO, |begun| begun.worked.mul_f64(waits))
    }

    fn asleep(&self) -> Duration {
        self.waited()
    }

    fn pin(&mut self, cpus: &[usize]) -> io::Result<()> {
        self.cpu = if let [cpu] = cpus { Some(*cpu) } else { None };
        Ok(())
    }

    fn dismiss(&mut self) {
        self.ended = true;
    }

    fn output_bytes(&self) -> u64 {
        0
    }
}
