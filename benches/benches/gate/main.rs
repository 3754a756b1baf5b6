//! How often the gate is wrong, and what it finds.
//!
//! `cargo bench -p rustworthy-benches --features simulation --bench gate -- simulation [REPETITIONS]` judges simulated machines.
//!
//! The others measure, beside a process that loads the last processor half of the time; they want a built
//! `rustworthy` of the same profile, and `python3 benches/rivals/rivals.py prepare` for the rivals. Answers are kept in
//! `results/gate-answers.jsonl`, and the table is of all that are there.
//!
//! - `-- unchanged [TIMES]`: false alarms of the gate, with 3 s for each comparison
//! - `-- power [TIMES [RIVALS [SUBJECT]]]`: what the gate finds, with 8.5 s for each comparison, and what its rivals say
//! - `-- table`: the table alone
//!
//! `-- worktrees [TIMES]` gates an empty commit through real worktrees, in places of several path lengths and with environments
//! of several sizes; it wants that program too, and takes some 4 minutes for each time.

mod load;
mod real;
mod simulation;
mod subject;
mod worktrees;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let number = |place: usize, usual: usize| arguments.get(place).and_then(|text| text.parse().ok()).unwrap_or(usual);
    match arguments.first().map(String::as_str) {
        Some(load::ARGUMENT) => load::main(),
        Some("simulation") => simulation::print(number(1, 4_000) as u32),
        Some("unchanged") => real::unchanged(number(1, 200))?,
        Some("power") => real::power(number(1, 40), number(2, 12), arguments.get(3).map(String::as_str))?,
        Some("worktrees") => worktrees::print(number(1, 2))?,
        Some("table") => real::print()?,
        // As a test: does it run?
        _ => simulation::print(10),
    }
    Ok(())
}
