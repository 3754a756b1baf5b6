//! One child process per contender.
//!
//! The program starts itself again as `rustworthy __worker`. That process is a [`reaper`]: it forks the process that runs
//! Python and foreign code, outlives it, and leaves nothing behind of it. That process embeds Python, or becomes the user's
//! own, which loads the worker: its [`hosting`]. The engine talks to it through a
//! socket: [`client`] is what it can ask, [`worker_process`] how it does; the crate `rustworthy-worker` answers. Schedules
//! know workers through the [`laboratory`] alone.

mod build;
mod client;
mod counter;
mod failure;
mod hosting;
mod laboratory;
mod layout;
mod memory;
mod output;
mod packages;
mod process_tree;
mod processors;
mod reaper;
mod worker_process;

pub use build::{Build, BuildError};
pub use client::Worker;
pub use counter::{Callgrind, Counter, NoCounter};
pub use failure::Failure;
pub use hosting::Hosting;
pub use laboratory::Laboratory;
pub(crate) use packages::Packages;
pub use process_tree::ProcessTree;
pub use processors::allowed_cpus;
pub(crate) use processors::{KeepAway, pin};
pub use reaper::run_if_asked;
pub use worker_process::{OtherPython, OtherPythons, WorkerProcess, Workers};
