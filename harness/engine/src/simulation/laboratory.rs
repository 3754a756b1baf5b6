//! The laboratory in which simulated workers are measured.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use super::code::{Function, Input};
use super::machine::Machine;
use super::worker::SimulatedWorker;
use super::world::{Present, World};
use crate::manifest::Limits;
use crate::workers::{Failure, Laboratory};

/// Seconds that a process takes to start.
const START: f64 = 0.05;

/// A simulated machine, and its clock.
#[derive(Debug)]
pub struct Simulation(Arc<World>);

impl Simulation {
    /// A machine whose noise the seed decides.
    pub fn new(machine: Machine, seed: u64) -> Self {
        Self(Arc::new(World::new(machine, seed)))
    }

    /// Workers of a project that has these functions by name. Several projects may share the machine.
    pub fn workers<'a>(&self, functions: impl IntoIterator<Item = (&'a str, Function)>) -> SimulatedWorkers {
        let functions = functions.into_iter().map(|(name, function)| (name.to_owned(), function)).collect();
        SimulatedWorkers { world: Arc::clone(&self.0), functions: Arc::new(functions), input: Input::default() }
    }

    /// Has the user interrupt when so much time has passed.
    pub fn interrupt_at(&self, time: Duration) {
        self.0.interrupt_at(time);
    }

    /// How much time has passed.
    pub fn elapsed(&self) -> Duration {
        self.0.present().time
    }

    /// How many workers were started.
    pub fn started(&self) -> u64 {
        self.0.started()
    }
}

/// How to start simulated workers of one project.
#[derive(Debug, Clone)]
pub struct SimulatedWorkers {
    world: Arc<World>,
    functions: Arc<BTreeMap<String, Function>>,
    input: Input,
}

impl SimulatedWorkers {
    /// The same with another input.
    pub fn with_input(self, input: Input) -> Self {
        Self { input, ..self }
    }
}

impl Laboratory for SimulatedWorkers {
    type Worker = SimulatedWorker;

    fn start(&self, _: &BTreeMap<String, String>, limits: Limits, hash_seed: u32) -> Result<SimulatedWorker, Failure> {
        self.world.pass(START)?;
        Ok(SimulatedWorker::new(Arc::clone(&self.world), Arc::clone(&self.functions), self.input, limits, hash_seed))
    }

    fn start_in(
        &self,
        _: &Path,
        env: &BTreeMap<String, String>,
        limits: Limits,
        hash_seed: u32,
    ) -> Result<SimulatedWorker, Failure> {
        self.start(env, limits, hash_seed)
    }

    fn create_folder(&self, _: &Path) -> Result<(), Failure> {
        Ok(())
    }

    fn now(&self) -> Instant {
        self.world.now()
    }

    fn keep_off<T>(&self, _: Option<usize>, work: impl FnOnce() -> T) -> T {
        work()
    }

    fn beside<A, B: Send>(
        &self,
        _: Option<usize>,
        one: impl FnOnce() -> A,
        other: impl FnOnce() -> B + Send,
    ) -> (A, B) {
        let begin = self.world.present();
        let one = one();
        let end = self.world.present().time;
        self.world.set_present(begin);
        let other = other();
        let time = end.max(self.world.present().time);
        self.world.set_present(Present { time, ..begin });
        (one, other)
    }

    fn confine_to(&self, cpu: Option<usize>) -> Option<usize> {
        self.world.set_present(Present { cpu, ..self.world.present() });
        cpu
    }

    fn at_once<T: Send>(
        &self,
        most: usize,
        tasks: Vec<impl FnOnce() -> Result<T, Failure> + Send>,
    ) -> Vec<Result<T, Failure>> {
        let mut results = Vec::with_capacity(tasks.len());
        let mut tasks = tasks.into_iter().peekable();
        while tasks.peek().is_some() {
            let begin = self.world.present();
            let mut end = begin.time;
            for task in tasks.by_ref().take(most.max(1)) {
                self.world.set_present(begin);
                results.push(task());
                end = end.max(self.world.present().time);
            }
            self.world.set_present(Present { time: end, ..begin });
        }
        results
    }

    fn produce<T: Send, E: Send, R>(
        &self,
        producers: usize,
        make: impl Fn(usize, &AtomicBool) -> Option<Result<T, E>> + Sync,
        take: impl FnOnce(&mut dyn Iterator<Item = Result<T, E>>) -> R,
    ) -> R {
        let (begin, over) = (self.world.present(), AtomicBool::new(false));
        // Each with the time at which it has made what it holds.
        let mut lines: Vec<(Present, Option<Result<T, E>>)> = Vec::new();
        let go_on = |producer: usize, present: Present| {
            self.world.set_present(present);
            let made = make(producer, &over);
            (self.world.present(), made)
        };
        take(&mut std::iter::from_fn(|| {
            lines.extend((lines.len()..producers).map(|producer| go_on(producer, begin)));
            let ready = lines.iter().enumerate().filter(|(_, (_, made))| made.is_some());
            let (producer, _) = ready.min_by_key(|(_, (present, _))| present.time)?;
            let (present, made) = &mut lines[producer];
            let (end, made) = (*present, made.take());
            if matches!(made, Some(Ok(_))) {
                lines[producer] = go_on(producer, end);
            }
            self.world.set_present(Present { cpu: begin.cpu, ..end });
            made
        }))
    }
}
