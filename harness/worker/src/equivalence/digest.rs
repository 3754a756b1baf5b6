//! A digest of a value.

use sha2::{Digest, Sha256};

use super::encode::{Encoder, Sameness, Sink};
use super::value::Value;

/// SHA-256 of a value, hexadecimal. Values that are exactly equal have the same: all NaN count as one, as do both
/// zeros. What can't be taken apart counts by its type.
pub fn digest(value: &Value) -> String {
    let mut hasher = Hasher { sha: Sha256::new(), pending: Vec::with_capacity(CHUNK) };
    Encoder { sink: &mut hasher, sameness: Sameness::Exact }.value(value);
    hasher.sha.update(&hasher.pending);
    hexadecimal(&hasher.sha.finalize())
}

/// Lower-case hexadecimal digits.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Most writes are a few bytes, which hashed one by one cost more than the hashing.
const CHUNK: usize = 1 << 14;

struct Hasher {
    sha: Sha256,
    pending: Vec<u8>,
}

impl Sink for Hasher {
    fn put(&mut self, bytes: &[u8]) {
        if self.pending.len() + bytes.len() > CHUNK {
            self.sha.update(&self.pending);
            self.pending.clear();
        }
        if bytes.len() > CHUNK {
            self.sha.update(bytes);
        } else {
            self.pending.extend_from_slice(bytes);
        }
    }
}
