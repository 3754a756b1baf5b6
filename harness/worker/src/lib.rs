//! The process that runs Python and foreign code: calls, times and compares what the engine asks for.
//!
//! [`main`] starts an interpreter of its own, as one of the program's processes; [`hosted`] is given one that the user's
//! executable has started. What answers requests needs only an interpreter at hand, whoever started it.

mod boundary;
pub mod calls;
mod control;
mod conversation;
mod coroutine;
mod count;
mod course;
mod crash;
mod embed;
pub mod equivalence;
pub mod hosted;
mod input;
mod judge;
mod judge_calls;
pub mod kernel;
mod layout;
mod leftover;
pub mod libpython;
mod lookup;
mod meter;
mod modules;
mod pickling;
mod process;
mod reads;
mod scenario;
mod serve;
mod start;
mod subject;
mod timing;
mod watchers;

use std::io;
use std::os::unix::net::UnixStream;

use pyo3::Python;
use rustworthy_protocol::variables::{PADDING, PROTOCOL};
use rustworthy_protocol::{Reply, Request, VERSION};

use conversation::Conversation;

pub use subject::{Call, Function, Output, Subject, time_calls};

/// Embeds the interpreter that the engine asks for and serves the engine until it says stop or goes away; returns the exit
/// status of a worker that couldn't.
///
/// # Errors
/// When the engine speaks another version of the protocol, or the system refuses what a worker needs.
pub fn main(socket: UnixStream) -> io::Result<i32> {
    check_protocol()?;
    let mut conversation = Conversation::new(socket)?;
    let Some(Request::Start(start)) = conversation.receive() else { return Ok(1) };
    embed::restore_library_path();
    count::take_folder();
    layout::shift(start.hash_seed);
    match embed::start(&start) {
        Ok(ready) => conversation.send(&Reply::Ready(ready)),
        Err(why) => {
            conversation.send(&Reply::Failed(why));
            return Ok(1);
        }
    }
    Python::attach(|py| start::serve(py, &mut conversation));
    // Finalising the interpreter would run foreign code once more.
    // SAFETY: ends the process at once.
    unsafe { libc::_exit(0) }
}

/// Refuses to serve a harness that would be misunderstood; what was only for the start leaves the environment.
fn check_protocol() -> io::Result<()> {
    let spoken = std::env::var(PROTOCOL).unwrap_or_default();
    if spoken != VERSION.to_string() {
        return Err(io::Error::other(format!(
            "it speaks version {VERSION} of the protocol of workers, the harness version {spoken}; gate against a revision \
             whose program speaks the same, or against a saved run"
        )));
    }
    for variable in [PROTOCOL, PADDING] {
        // SAFETY: this process has one thread, and no Python yet.
        unsafe { std::env::remove_var(variable) };
    }
    Ok(())
}
