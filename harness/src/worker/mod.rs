//! One child process per contender.
//!
//! The harness starts itself again as `rustworthy __worker`. That process is a [`reaper`]: it forks the
//! process that embeds CPython and runs foreign code, outlives it, and leaves nothing behind of it. The
//! harness talks to the inner process through a socket: [`client`] is what it can ask, [`worker_process`]
//! how it does, [`child`] what answers. Schedules know workers through the [`laboratory`] alone.

mod build;
mod child;
mod client;
mod control;
mod embed;
mod failure;
mod heap;
mod input;
mod judge;
mod laboratory;
mod layout;
mod lookup;
mod memory;
mod output;
mod process;
mod process_table;
mod process_tree;
mod processors;
pub mod protocol;
mod reaper;
mod scenario;
mod subject;
mod timing;
mod worker_process;

pub use build::{Build, BuildError};
pub use child::serve_harness;
pub use client::Worker;
pub use failure::Failure;
pub use laboratory::Laboratory;
pub use process_tree::{ARGUMENT, ProcessTree};
pub use processors::allowed_cpus;
pub(crate) use processors::{KeepAway, pin};
pub use protocol::{
    Answered, CONTROL_LOOP, Calibrated, Callable, Called, Comparison, Delay, Entry, Equality, Found, Judging,
    LIBRARY_PATH_VARIABLE, LoadRequest, Lookup, Made, MakeRequest, OpenRequest, Opened, OtherCalls, Place, Ready,
    Reply, Request, ServeRequest, Served, Spent, StartRequest, Timed, Verdict, Watch, WatchedFunction,
};
pub use reaper::reap;
pub use subject::{Output, Subject, time_calls};
pub use worker_process::{WorkerProcess, Workers};
