//! What is said of services that answer requests.

use serde::{Deserialize, Serialize};

use crate::callable::Lookup;
use crate::input::LoadRequest;

/// What answers requests.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Entry {
    /// `callable(request) -> response`
    Handler(Lookup),
    /// A WSGI application.
    Wsgi(Lookup),
    /// An ASGI application.
    Asgi(Lookup),
}

/// How to get an application ready.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OpenRequest {
    /// Its requests; of two copies the second is for warming up.
    pub load: LoadRequest,
    /// What answers them.
    pub entry: Entry,
    /// How many requests are answered at the same time on one event loop.
    pub concurrency: u32,
    /// Functions, and what is to stand in their place.
    pub replaced: Vec<(Lookup, Lookup)>,
    /// A function that is to take longer.
    pub delayed: Option<Delay>,
    /// Functions whose time is to be recorded, beside that of requests as a whole; `None` where nothing is recorded.
    pub watched: Option<Vec<Watch>>,
}

/// A delay of every call.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Delay {
    /// Of what.
    pub function: Lookup,
    /// How long.
    pub nanoseconds: u64,
}

/// A function whose time is to be recorded.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Watch {
    /// By its name.
    Named(Lookup),
    /// By its name, if it is Python's and the application has loaded its module.
    IfLoaded(Lookup),
    /// By the place of its definition.
    At(CodeLocation),
}

/// Where a function is defined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeLocation {
    /// Its file, as in its code object.
    pub file: String,
    /// The line.
    pub line: u32,
    /// Its qualified name.
    pub name: String,
}

/// An application that is ready.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// Functions that are watched, in the order that was asked for; `None` for one that can't be found.
    pub watched: Vec<Option<WatchedFunction>>,
    /// What could not be replaced or watched everywhere.
    pub remarks: Vec<String>,
    /// What recording a call costs, in nanoseconds.
    pub cost_ns: u64,
}

/// A function that is watched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatchedFunction {
    /// `module:callable`
    pub name: String,
    /// Where it's defined; `None` of one that isn't written in Python.
    pub file: Option<String>,
    /// The line of its definition.
    pub line: Option<u32>,
}

/// Which requests to answer, and when.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ServeRequest {
    /// The first.
    pub first: u64,
    /// How many.
    pub count: u64,
    /// When they arrive, ascending, in nanoseconds from the beginning; what arrived before waits then. `None` for each when
    /// a server is free.
    pub arrivals: Option<Vec<i64>>,
    /// How many are answered at the same time.
    pub servers: u32,
    /// Whether this is only to warm up, with the second copy of the requests.
    pub warms_up: bool,
}

/// Requests that were answered.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Served {
    /// The beginning by the monotonic clock of the system, in nanoseconds.
    pub began_ns: u64,
    /// By their number.
    pub answered: Vec<Answered>,
    /// What requests failed with, and how many.
    pub failures: Vec<(String, u64)>,
    /// The first exception with its traceback, if the handler raised.
    pub raised: Option<String>,
    /// Statuses of responses over HTTP, and how many have each.
    pub statuses: Vec<(u16, u64)>,
    /// Names of stretches that the service has named itself by now; an empty one for all those that aren't told apart.
    pub stretches: Vec<String>,
}

/// One request. Times are nanoseconds since the beginning.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answered {
    /// When it was to arrive.
    pub arrival_ns: i64,
    /// When a server turned to it.
    pub start_ns: i64,
    /// When it was answered.
    pub end_ns: i64,
    /// Processor time of the server's thread; 0 where nothing is watched.
    pub cpu_ns: u64,
    /// How long its thread waited for the GIL, to a millisecond; 0 of a single server.
    pub gil_ns: u64,
    /// How long its tasks could have gone on, and the event loop was busy with others; 0 where requests are answered one by one.
    pub loop_ns: u64,
    /// How long they waited for what an executor does for them.
    pub executor_ns: u64,
    /// How long they waited for anything else.
    pub awaited_ns: u64,
    /// Whether it failed.
    pub failed: bool,
    /// What it spent in functions. After those that are watched come the garbage collector, what is left, and the stretches that
    /// the service has named: these take nothing from functions.
    pub spent: Vec<Spent>,
}

impl Answered {
    /// The same times, counted from a beginning that is so many nanoseconds earlier.
    pub fn later(self, nanoseconds: i64) -> Self {
        Self {
            arrival_ns: self.arrival_ns + nanoseconds,
            start_ns: self.start_ns + nanoseconds,
            end_ns: self.end_ns + nanoseconds,
            ..self
        }
    }
}

/// What a request spent in a function, in nanoseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spent {
    /// Its number.
    pub function: u32,
    /// Calls.
    pub calls: u32,
    /// On the processor, in it and in what it calls, other watched functions left out.
    pub exclusive_ns: u64,
    /// In it and in what it calls, pauses of the garbage collector left out; of a stretch, with what is awaited.
    pub inclusive_ns: u64,
    /// In it off the processor.
    pub asleep_ns: u64,
    /// In it and in all that it calls off the processor.
    pub asleep_inclusive_ns: u64,
    /// The functions within all of whose calls it was called, a bit for the number of each.
    pub callers: u64,
}
