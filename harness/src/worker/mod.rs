//! One child process per contender.
//!
//! The harness starts itself again as `rustworthy __worker`. That process is a [`warden`]: it forks the
//! process that embeds CPython and runs foreign code, outlives it, and leaves nothing behind of it. The
//! harness talks to the inner process through a socket; [`supervisor`] is its side of the conversation,
//! [`child`] the other.

mod build;
mod child;
mod control;
mod embed;
mod failure;
mod guarded;
mod input;
mod judge;
mod layout;
mod lookup;
mod output;
mod process;
mod protocol;
mod scenario;
mod subject;
mod supervisor;
mod timing;
mod tree;
mod warden;

pub use build::{Build, BuildError};
pub(crate) use control::SOURCE as CONTROL_LOOP;
pub use failure::Failure;
pub use guarded::{ARGUMENT, Guarded};
pub(crate) use layout::draw_none as draw_no_layouts;
pub use protocol::{
    Answered, Calibrated, Called, Comparison, Delay, Entry, Equality, Found, Judging, LoadRequest, Lookup, Made,
    MakeRequest, OpenRequest, Opened, OtherCalls, Place, Ready, ServeRequest, Served, Spent, Timed, Verdict, Watch,
    WatchedFunction,
};
pub use subject::{Output, Subject, time_calls};
pub use supervisor::{Worker, Workers};
pub(crate) use timing::timed_one_by_one;
pub(crate) use tree::pin;
pub use warden::main;
