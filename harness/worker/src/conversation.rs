//! The socket to the engine, guarded against foreign code.

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd};
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream;

use nix::fcntl::{FcntlArg, fcntl};
use rustworthy_protocol::{DISCONNECTED, Peer, Reply, Request};

/// The socket gets a high number, out of the way of code that closes the first few descriptors.
const SOCKET_FROM: i32 = 700;

/// The socket, and the means to detect that foreign code has replaced it.
pub(crate) struct Conversation {
    peer: Peer<UnixStream>,
    inode: u64,
}

impl Conversation {
    /// Begins a conversation; the socket moves to a descriptor that foreign code is unlikely to close.
    ///
    /// # Errors
    /// When the system refuses another descriptor.
    pub(crate) fn new(socket: UnixStream) -> io::Result<Self> {
        let socket = move_away(socket)?;
        let inode = inode(&socket)?;
        Ok(Self { peer: Peer(socket), inode })
    }

    /// The next request; `None` once the engine has gone.
    pub(crate) fn receive(&mut self) -> Option<Request> {
        self.check();
        self.peer.receive().ok()
    }

    /// Sends a reply, or why it can't be sent.
    pub(crate) fn send(&mut self, reply: &Reply) {
        self.check();
        let sent = match self.peer.send(reply) {
            Err(error) if error.kind() == io::ErrorKind::FileTooLarge => {
                self.peer.send(&Reply::Failed(format!("{} {error}; measure fewer at a time", contents(reply))))
            }
            sent => sent,
        };
        if sent.is_err() {
            disconnected();
        }
    }

    /// Foreign code may have closed the socket, and may have opened something else under its number.
    fn check(&self) {
        if inode(&self.peer.0).ok() != Some(self.inode) {
            disconnected();
        }
    }
}

/// What a reply that may be long consists of, as the beginning of a sentence.
fn contents(reply: &Reply) -> &'static str {
    match reply {
        Reply::Served(_) => "the record of its requests",
        Reply::Timed(_) => "the list of the times of its calls",
        _ => "its answer",
    }
}

fn disconnected() -> ! {
    // SAFETY: ends the process at once.
    unsafe { libc::_exit(DISCONNECTED) }
}

fn inode(socket: &UnixStream) -> io::Result<u64> {
    // SAFETY: the descriptor is only borrowed: `File` must not close it.
    let file = std::mem::ManuallyDrop::new(unsafe { File::from_raw_fd(socket.as_raw_fd()) });
    Ok(file.metadata()?.ino())
}

fn move_away(socket: UnixStream) -> io::Result<UnixStream> {
    let moved = fcntl(&socket, FcntlArg::F_DUPFD_CLOEXEC(SOCKET_FROM))
        .or_else(|_| fcntl(&socket, FcntlArg::F_DUPFD_CLOEXEC(3)))?;
    // SAFETY: a new descriptor that nobody else owns.
    Ok(unsafe { UnixStream::from_raw_fd(moved) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_reply_that_is_too_long_the_engine_learns_what_it_was() {
        let (engine, worker) = UnixStream::pair().unwrap();
        let mut conversation = Conversation::new(worker).unwrap();
        conversation.send(&Reply::Failed("x".repeat(65 << 20)));
        let Reply::Failed(why) = Peer(engine).receive().unwrap() else { panic!("another reply") };
        assert_eq!(why, "its answer takes 65 MiB, and a message at most 64 MiB; measure fewer at a time");
    }
}
