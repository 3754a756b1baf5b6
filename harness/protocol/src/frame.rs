//! Messages on a socket: one message is one frame of `length (u32, little endian) + postcard`.

use std::io::{self, Read, Write};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The longest frame that either side accepts: outputs travel as files, so frames are small.
const LONGEST_FRAME: u32 = 64 << 20;

/// One end of the socket between harness and worker.
#[derive(Debug)]
pub struct Peer<S>(pub S);

impl<S: Read + Write> Peer<S> {
    /// Writes one message as one frame.
    pub fn send<M: Serialize>(&mut self, message: &M) -> io::Result<()> {
        let mut frame = postcard::to_extend(message, vec![0; 4]).map_err(invalid)?;
        let length = u32::try_from(frame.len() - 4).map_err(invalid)?;
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
