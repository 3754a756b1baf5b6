//! Where a worker's data lie in memory, which decides on a percent or more of how fast the same code runs.
//!
//! The system draws it for every process. Processes that are compared, pair by pair, are better alike in
//! it: then they differ only by their code. But no layout is typical, so another one is drawn for every pair (after
//! Mytkowicz and others, "Producing wrong data without doing anything obviously wrong!", 2009, who randomise the setup).

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

/// Most room that is taken up above the stack: twice the distance at which caches usually can't tell addresses apart.
const MOST: usize = 8192;

/// From here on the system draws no layouts for the processes that the calling thread starts; whether it allows that.
#[cfg(target_os = "linux")]
pub(crate) fn draw_none() -> bool {
    use nix::sys::personality::{self, Persona};
    personality::get().and_then(|persona| personality::set(persona | Persona::ADDR_NO_RANDOMIZE)).is_ok()
}

/// Systems where that can't be asked for.
#[cfg(not(target_os = "linux"))]
pub(crate) fn draw_none() -> bool {
    false
}

/// What moves the stack of a process with that seed: the value of a variable in its environment, which lies above the stack.
pub(super) fn padding(seed: u32) -> String {
    "x".repeat(Pcg64Mcg::seed_from_u64(seed.into()).random_range(0..MOST))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn processes_of_a_thread_that_draws_no_layouts_lie_alike() {
        let stack = || {
            let maps = Command::new("cat").arg("/proc/self/maps").output().unwrap();
            let maps = String::from_utf8(maps.stdout).unwrap();
            maps.lines().find(|line| line.ends_with("[stack]")).map(str::to_owned)
        };
        std::thread::spawn(move || {
            let drawn = [stack(), stack()];
            if draw_none() {
                assert_eq!(stack(), stack());
            } else {
                eprintln!("this system always draws layouts: {drawn:?}");
            }
        })
        .join()
        .unwrap();
    }

    #[test]
    fn a_seed_decides_on_the_room_that_is_taken_up() {
        assert_eq!(padding(7), padding(7));
        let lengths: Vec<usize> = (1..20).map(|seed| padding(seed).len()).collect();
        assert!(lengths.iter().any(|&length| length > MOST / 2) && lengths.iter().any(|&length| length < MOST / 2));
    }
}
