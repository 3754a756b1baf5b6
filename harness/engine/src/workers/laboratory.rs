//! The seam between schedules and what they schedule: workers, the clock that budgets are kept by, and processors.
//!
//! What measures knows these traits and no process, thread or clock. So the same schedules run with simulated workers in
//! simulated time, where it can be tested what they do when contenders fail, hang, or meet a machine of known noise.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::time::Instant;

use super::client::Worker;
use super::failure::Failure;
use super::layout;
use super::processors::{KeepAway, stay_on};
use super::worker_process::{WorkerProcess, Workers};
use crate::manifest::Limits;

/// What measurements are made with. What happens to several workers at the same time happens through it too.
pub trait Laboratory: Sync {
    /// What it starts.
    type Worker: Worker;

    /// Starts a worker with an interpreter in it, whose string hashes and layout in memory the seed decides.
    ///
    /// # Errors
    /// When the process or the interpreter doesn't start.
    fn start(&self, env: &BTreeMap<String, String>, limits: Limits, hash_seed: u32) -> Result<Self::Worker, Failure>;

    /// Starts a worker of a Python that a contender names.
    ///
    /// # Errors
    /// When it's none that can be run, or the process or the interpreter doesn't start.
    fn start_in(
        &self,
        interpreter: &Path,
        env: &BTreeMap<String, String>,
        limits: Limits,
        hash_seed: u32,
    ) -> Result<Self::Worker, Failure>;

    /// Makes a folder for files that workers write and read.
    ///
    /// # Errors
    /// When it can't be made.
    fn create_folder(&self, folder: &Path) -> Result<(), Failure>;

    /// The time by its clock.
    fn now(&self) -> Instant;

    /// Does something while the calling thread keeps off a processor, so that it disturbs nothing that is timed there.
    fn keep_off<T>(&self, cpu: Option<usize>, work: impl FnOnce() -> T) -> T;

    /// Keeps the calling thread and the workers that it will start on one processor, and has those laid out in memory by
    /// their seeds alone. Returns the processor, unless there was none or the system refuses.
    fn confine_to(&self, cpu: Option<usize>) -> Option<usize>;

    /// Does two things at the same time, the first while the calling thread keeps off a processor.
    fn beside<A, B: Send>(
        &self,
        cpu: Option<usize>,
        one: impl FnOnce() -> A,
        other: impl FnOnce() -> B + Send,
    ) -> (A, B);

    /// Carries out tasks, at most so many at the same time. The results are in the order of the tasks.
    fn at_once<T: Send>(
        &self,
        most: usize,
        tasks: Vec<impl FnOnce() -> Result<T, Failure> + Send>,
    ) -> Vec<Result<T, Failure>>;

    /// Has several producers, each of which makes one thing after the other, work at the same time, and `take` take what
    /// they make in the order in which it is finished.
    ///
    /// `make` is given the number of the producer, and a flag that is set once `take` is back and no more are wanted. A
    /// producer ends with a failure, or when it makes nothing more.
    fn produce<T: Send, E: Send, R>(
        &self,
        producers: usize,
        make: impl Fn(usize, &AtomicBool) -> Option<Result<T, E>> + Sync,
        take: impl FnOnce(&mut dyn Iterator<Item = Result<T, E>>) -> R,
    ) -> R;
}

/// Processes on this machine, in real time.
impl Laboratory for Workers {
    type Worker = WorkerProcess;

    fn start(&self, env: &BTreeMap<String, String>, limits: Limits, hash_seed: u32) -> Result<WorkerProcess, Failure> {
        WorkerProcess::start(self, env, limits, hash_seed)
    }

    fn start_in(
        &self,
        interpreter: &Path,
        env: &BTreeMap<String, String>,
        limits: Limits,
        hash_seed: u32,
    ) -> Result<WorkerProcess, Failure> {
        WorkerProcess::start(&self.in_other(interpreter)?, env, limits, hash_seed)
    }

    fn create_folder(&self, folder: &Path) -> Result<(), Failure> {
        fs::create_dir_all(folder).map_err(|error| Failure::Harness(format!("{}: {error}", folder.display())))
    }

    fn now(&self) -> Instant {
        Instant::now()
    }

    fn keep_off<T>(&self, cpu: Option<usize>, work: impl FnOnce() -> T) -> T {
        let _away = KeepAway::from(cpu);
        work()
    }

    fn beside<A, B: Send>(
        &self,
        cpu: Option<usize>,
        one: impl FnOnce() -> A,
        other: impl FnOnce() -> B + Send,
    ) -> (A, B) {
        std::thread::scope(|scope| {
            let other = scope.spawn(other);
            let one = self.keep_off(cpu, one);
            (one, other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        })
    }

    fn confine_to(&self, cpu: Option<usize>) -> Option<usize> {
        layout::draw_none();
        cpu.filter(|&cpu| stay_on(cpu))
    }

    fn at_once<T: Send>(
        &self,
        most: usize,
        tasks: Vec<impl FnOnce() -> Result<T, Failure> + Send>,
    ) -> Vec<Result<T, Failure>> {
        let mut results = Vec::with_capacity(tasks.len());
        let mut tasks = tasks.into_iter().peekable();
        while tasks.peek().is_some() {
            std::thread::scope(|scope| {
                let threads: Vec<_> = tasks.by_ref().take(most.max(1)).map(|task| scope.spawn(task)).collect();
                let panicked = |_| Err(Failure::Harness("a thread of the harness panicked".to_owned()));
                results.extend(threads.into_iter().map(|thread| thread.join().unwrap_or_else(panicked)));
            });
        }
        results
    }

    fn produce<T: Send, E: Send, R>(
        &self,
        producers: usize,
        make: impl Fn(usize, &AtomicBool) -> Option<Result<T, E>> + Sync,
        take: impl FnOnce(&mut dyn Iterator<Item = Result<T, E>>) -> R,
    ) -> R {
        let (over, make) = (&AtomicBool::new(false), &make);
        std::thread::scope(|scope| {
            let (sender, receiver) = channel();
            for producer in 0..producers {
                let sender = sender.clone();
                scope.spawn(move || {
                    while !over.load(Ordering::Relaxed)
                        && let Some(made) = make(producer, over)
                    {
                        let failed = made.is_err();
                        if sender.send(made).is_err() || failed {
                            break;
                        }
                    }
                });
            }
            drop(sender);
            let taken = take(&mut receiver.iter());
            over.store(true, Ordering::Relaxed);
            taken
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::time::Duration;

    use super::super::hosting::Hosting;
    use super::*;
    use crate::simulation::{NORMAL, Simulation};

    /// Starts no worker.
    fn real() -> Workers {
        Workers {
            program: "rustworthy".into(),
            python: "python3".into(),
            hosting: Hosting::Embedded { library_path: None },
            folder: ".".into(),
            python_path: Vec::new(),
            env: BTreeMap::new(),
            others: BTreeMap::new(),
            callgrind: None,
            cancel: Default::default(),
        }
    }

    /// Runs a test in a real laboratory, and in a simulated one.
    macro_rules! in_both {
        ($test:ident) => {
            $test(&real());
            $test(&Simulation::new(NORMAL, 1).workers([]));
        };
    }

    #[test]
    fn results_are_in_the_order_of_their_tasks() {
        fn test(laboratory: &impl Laboratory) {
            for most in [0, 1, 3, 10] {
                let tasks = (0..7).map(|task| move || if task == 5 { Err(Failure::Disconnected) } else { Ok(task) });
                let results = laboratory.at_once(most, tasks.collect());
                assert_eq!(results.len(), 7);
                let is_right = |(place, result): (usize, &Result<usize, Failure>)| match place {
                    5 => *result == Err(Failure::Disconnected),
                    _ => *result == Ok(place),
                };
                assert!(results.iter().enumerate().all(is_right), "{results:?}");
            }
        }
        in_both!(test);
    }

    #[test]
    fn a_task_that_panics_has_failed_and_the_others_have_not() {
        let tasks = (0..3).map(|task| move || if task == 1 { panic!("on purpose") } else { Ok(task) });
        let results = real().at_once(2, tasks.collect());
        assert!(matches!(&results[..], [Ok(0), Err(Failure::Harness(_)), Ok(2)]), "{results:?}");
    }

    #[test]
    fn producers_work_until_enough_is_taken() {
        fn test(laboratory: &impl Laboratory) {
            let number = Mutex::new(0);
            let make = |_: usize, over: &AtomicBool| {
                let mut number = number.lock().unwrap();
                *number += 1;
                (!over.load(Ordering::Relaxed)).then_some(Ok::<u32, Failure>(*number))
            };
            let mut taken = laboratory.produce(2, make, |made| made.take(50).map(Result::unwrap).collect::<Vec<_>>());
            taken.sort_unstable();
            taken.dedup();
            assert_eq!(taken.len(), 50);
        }
        in_both!(test);
    }

    #[test]
    fn a_producer_ends_with_its_failure_or_when_it_makes_nothing_more() {
        fn test(laboratory: &impl Laboratory) {
            let made = Mutex::new([0; 2]);
            let make = |producer: usize, _: &AtomicBool| {
                let mut made = made.lock().unwrap();
                made[producer] += 1;
                match (producer, made[producer]) {
                    (_, 1..=3) => Some(Ok(producer)),
                    (0, 4) => Some(Err(Failure::Disconnected)),
                    (_, _) => None,
                }
            };
            let taken = laboratory.produce(2, make, |made| made.collect::<Vec<_>>());
            assert_eq!(taken.iter().filter(|taken| taken.is_ok()).count(), 6);
            assert_eq!((taken.len(), *made.lock().unwrap()), (7, [4, 4]));
        }
        in_both!(test);
    }

    #[test]
    fn simulated_time_passes_once_for_what_happens_at_the_same_time() {
        let simulation = Simulation::new(NORMAL, 1);
        let workers = simulation.workers([]);
        let start = || workers.start(&BTreeMap::new(), Limits::default(), 1);
        start().unwrap();
        let once = simulation.elapsed();
        workers.at_once(2, vec![start, start]);
        assert_eq!(simulation.elapsed(), 2 * once);
        workers.at_once(1, vec![start, start]);
        assert_eq!(simulation.elapsed(), 4 * once);
        let make = |producer: usize, _: &AtomicBool| Some(start().map(|_| producer));
        let taken = workers.produce(2, make, |made| made.take(6).map(Result::unwrap).collect::<Vec<_>>());
        assert_eq!(taken, [0, 1, 0, 1, 0, 1]);
        assert_eq!(simulation.elapsed(), 7 * once);
        assert!(once > Duration::ZERO);
    }
}
