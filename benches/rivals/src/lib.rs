//! The Rust subject: work whose time grows evenly with the number of its steps.

use std::{env, fs, io};

/// Adds up the squares of all numbers below `steps`, and turns the sum by one bit after each.
///
/// Every step waits for the one before, all in registers. Without the turn the compiler would replace the loop by a
/// closed formula.
pub fn squares(steps: u64) -> u64 {
    (0..steps).fold(0, |sum: u64, i| sum.wrapping_add(i.wrapping_mul(i)).rotate_left(1))
}

/// How many steps this build of a bench has to do: what the file `steps` beside the executable says.
///
/// So old and new are two executables in two folders, as with two versions of a program, and yet the same code.
///
/// # Errors
///
/// When the file can't be read, or doesn't hold one number.
pub fn steps_of_this_build() -> io::Result<u64> {
    let path = env::current_exe()?.with_file_name("steps");
    let in_file = |reason: String| io::Error::other(format!("{}: {reason}", path.display()));
    let text = fs::read_to_string(&path).map_err(|error| in_file(error.to_string()))?;
    text.trim().parse().map_err(|_| in_file(format!("{text:?} is no number of steps")))
}
