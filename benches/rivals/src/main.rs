//! `rivals STEPS CALLS`: the Rust subject as a program, for tools that time whole processes.

use rivals::squares;
use std::{env, hint::black_box, process::ExitCode};

fn main() -> ExitCode {
    let numbers: Option<Vec<u64>> = env::args().skip(1).map(|argument| argument.parse().ok()).collect();
    let Some([steps, calls]) = numbers.as_deref() else {
        eprintln!("usage: rivals STEPS CALLS");
        return ExitCode::from(2);
    };
    for _ in 0..*calls {
        black_box(squares(black_box(*steps)));
    }
    ExitCode::SUCCESS
}
