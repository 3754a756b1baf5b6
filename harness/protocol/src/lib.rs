//! What the engine and its workers say to each other.
//!
//! A worker is a process that runs Python and foreign code; the engine talks to it through a socket: one request, one
//! reply, each a [frame](Peer). Neither side knows the other's code, so that a worker may be the program itself, which
//! embeds Python, or a library that a Python of the user's loads.

mod callable;
pub mod capture;
mod frame;
mod input;
mod message;
mod mode;
mod parts;
pub mod processes;
mod scenario;
pub mod variables;

pub use callable::{BoundaryForm, BoundaryTypes, Callable, LoadedModule, LookedUp, Lookup};
pub use frame::Peer;
pub use input::{Input, LoadRequest, Made, MakeRequest, Raises, RecordedCalls};
pub use message::{
    Calibrated, Called, Clock, Comparison, CountOrder, Equality, InputAfter, Judged, Judgement, Judging, OtherCalls,
    Ready, Reply, Request, StartRequest, TimeFor, Timed, VERSION, Watcher,
};
pub use mode::Mode;
pub use parts::{Exceptions, Parts, Step};
pub use scenario::{
    Answered, CodeLocation, Delay, Entry, OpenRequest, Opened, ServeRequest, Served, Spent, Watch, WatchedFunction,
};

/// A loop in plain Python that times itself, run in the worker's interpreter and in the plain executable alike, to see
/// whether they are as fast.
pub const CONTROL_LOOP: &str = include_str!("control.py");

/// What a scenario names as a function from a request to a response, in Python: `handler`, `wsgi` and `asgi`.
pub const SCENARIO_ENTRY: &str = include_str!("entry.py");

/// Words in the file of a worker that a Python loads: the version that it is built for follows, with a `t` if that is
/// free-threaded, up to a semicolon.
pub const BUILT_FOR: &str = "rustworthy worker for CPython ";

/// Exit status of a worker that speaks another version of the protocol than the engine that a Python has loaded it for.
pub const OTHER_PROTOCOL: i32 = 114;

/// Begins the line in which a worker that a signal ends says which recorded call it was making, by its number.
pub const CRASHED_IN_CALL: &str = "in recorded call ";

/// Exit status of a worker whose socket was closed by foreign code.
pub const DISCONNECTED: i32 = 113;
