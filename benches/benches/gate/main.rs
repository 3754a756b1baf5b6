//! How often the gate is wrong, and what it finds.
//!
//! `cargo bench -p rustworthy-benches --bench gate -- simulation` judges simulated machines; it takes some minutes.

mod simulation;

fn main() {
    // Without cargo's flag for benchmarks this is a test of whether it runs.
    let is_bench = std::env::args().any(|argument| argument == "--bench");
    simulation::print(if is_bench { 4_000 } else { 10 });
}
