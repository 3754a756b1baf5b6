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

    /// Sends a reply.
    pub(crate) fn send(&mut self, reply: &Reply) {
        self.check();
        if self.peer.send(reply).is_err() {
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
