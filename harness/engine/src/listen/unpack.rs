//! Compressed messages, within bounds.

use std::io::Read;

use flate2::read::MultiGzDecoder;

use super::receiver::{MESSAGE, Refusal};

/// How a message is packed, by the name that HTTP and gRPC have for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    /// Not at all.
    Plain,
    Gzip,
}

impl Packing {
    /// The packing of that name; nothing of one that isn't known here.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "" | "identity" => Some(Self::Plain),
            "gzip" => Some(Self::Gzip),
            _ => None,
        }
    }
}

/// The message itself.
pub(super) fn unpacked(bytes: Vec<u8>, packing: Packing) -> Result<Vec<u8>, Refusal> {
    match packing {
        Packing::Plain => Ok(bytes),
        Packing::Gzip => {
            let mut message = Vec::new();
            let most = MESSAGE as u64 + 1;
            let read = MultiGzDecoder::new(bytes.as_slice()).take(most).read_to_end(&mut message);
            match read {
                Ok(_) if message.len() > MESSAGE => Err(Refusal::TooLarge),
                Ok(_) => Ok(message),
                Err(error) => Err(Refusal::Wrong(format!("it isn't gzip: {error}"))),
            }
        }
    }
}
