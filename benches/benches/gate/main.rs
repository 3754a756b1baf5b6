//! How often the gate is wrong, and what it finds.
//!
//! `cargo bench -p rustworthy-benches --bench gate -- simulation` judges simulated machines; it takes some minutes.
//! A number beside it is the number of repetitions.

mod simulation;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // Without cargo's flag for benchmarks this is a test of whether it runs.
    let usual = if arguments.iter().any(|argument| argument == "--bench") { 4_000 } else { 10 };
    let repetitions = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(usual);
    simulation::print(repetitions);
}
