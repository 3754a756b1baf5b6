//! Messages on a socket: one message is one frame of `length (u32, little endian) + postcard`.

use std::io::{self, Read, Write};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The longest frame that either side sends or accepts: outputs travel as files, so frames are small.
const LONGEST_FRAME: u32 = 64 << 20;

/// One end of the socket between harness and worker.
#[derive(Debug)]
pub struct Peer<S>(pub S);

impl<S: Read + Write> Peer<S> {
    /// Writes one message as one frame.
    ///
    /// # Errors
    /// Of the kind [`io::ErrorKind::FileTooLarge`] for a message that is too long: nothing of it was written, and the
    /// conversation can go on.
    pub fn send<M: Serialize>(&mut self, message: &M) -> io::Result<()> {
        let mut frame = postcard::to_extend(message, vec![0; 4]).map_err(invalid)?;
        let bytes = frame.len() - 4;
        let length = u32::try_from(bytes).ok().filter(|&length| length <= LONGEST_FRAME).ok_or_else(|| {
            let message = format!("takes {} MiB, and a message at most {} MiB", bytes >> 20, LONGEST_FRAME >> 20);
            io::Error::new(io::ErrorKind::FileTooLarge, message)
        })?;
        frame[..4].copy_from_slice(&length.to_le_bytes());
        self.0.write_all(&frame)
    }

    /// Reads one frame as one message.
    pub fn receive<M: DeserializeOwned>(&mut self) -> io::Result<M> {
        let mut length = [0; 4];
        self.0.read_exact(&mut length)?;
        let length = u32::from_le_bytes(length);
        if length > LONGEST_FRAME {
            return Err(invalid(format!("a frame of {length} bytes")));
        }
        let mut frame = vec![0; length as usize];
        self.0.read_exact(&mut frame)?;
        postcard::from_bytes(&frame).map_err(invalid)
    }
}

fn invalid(error: impl std::fmt::Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error.to_string())
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixStream;

    use super::*;

    #[test]
    fn a_message_that_is_too_long_is_refused_before_any_of_it_is_sent() {
        let (one, other) = UnixStream::pair().unwrap();
        let (mut one, mut other) = (Peer(one), Peer(other));
        let error = one.send(&"x".repeat(65 << 20)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
        assert_eq!(error.to_string(), "takes 65 MiB, and a message at most 64 MiB");
        one.send(&"short").unwrap();
        assert_eq!(other.receive::<String>().unwrap(), "short");
    }

    #[test]
    fn a_length_that_nobody_would_send_is_refused() {
        let (mut one, other) = UnixStream::pair().unwrap();
        one.write_all(&u32::MAX.to_le_bytes()).unwrap();
        let error = Peer(other).receive::<String>().unwrap_err();
        assert_eq!(error.to_string(), "a frame of 4294967295 bytes");
    }
}
