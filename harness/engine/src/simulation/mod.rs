//! Simulated laboratories: machines whose noise is known, and code whose duration, output and failures are, in simulated
//! time. A run of minutes takes milliseconds, and with the same seed it goes the same way again.

mod code;
mod laboratory;
mod machine;
mod moods;
mod processor;
mod project;
mod worker;
mod world;

pub use code::{Function, Input, Mishap, MishapTime, Output};
pub use laboratory::{SimulatedWorkers, Simulation};
pub use machine::{MACHINES, MACHINES_WITH_STATES, Machine, NORMAL, SECONDS, SILENT, Shape};
pub use project::workload;
pub use worker::SimulatedWorker;
