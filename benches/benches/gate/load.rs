//! A neighbour: a process that keeps one processor busy half of the time, in bursts of random length.

use std::hint::black_box;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

/// The argument with which this program starts itself again as the neighbour.
pub(crate) const ARGUMENT: &str = "neighbour";

/// A running neighbour, which ends with this.
pub(crate) struct Neighbour(Child);

impl Neighbour {
    pub(crate) fn start() -> std::io::Result<Self> {
        Command::new(std::env::current_exe()?).arg(ARGUMENT).spawn().map(Self)
    }
}

impl Drop for Neighbour {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs as the neighbour on the last processor, until it's killed or its parent has ended.
pub(crate) fn main() {
    use nix::sched::{CpuSet, sched_setaffinity};
    use nix::unistd::{Pid, getppid};

    let mut last = CpuSet::new();
    if let Some(&cpu) = rustworthy_engine::workers::allowed_cpus().last()
        && last.set(cpu).is_ok()
    {
        let _ = sched_setaffinity(Pid::from_raw(0), &last);
    }
    let (parent, mut random) = (getppid(), Pcg64Mcg::seed_from_u64(5));
    while getppid() == parent {
        let [busy, idle] = [0, 1].map(|_| Duration::from_millis(random.random_range(20..500)));
        let start = Instant::now();
        while start.elapsed() < busy {
            black_box((0..1_000).map(|i: u64| black_box(i) * i).sum::<u64>());
        }
        std::thread::sleep(idle);
    }
}
