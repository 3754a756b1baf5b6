//! Parsers of crates. Both refuse some of what Python reads, and accept nothing that it refuses: what they make of a
//! line stands, and where they make nothing of it another has to say why.

use std::io::{BufRead, BufReader, Read};

use serde_json::Value;
use sonic_rs::JsonValueTrait;

use super::fault::Fault;

/// Longer lines aren't given to sonic-rs: it recurses without a limit, and deep enough nesting overflows the stack.
const LONGEST: usize = 1_900;

/// Whether a record is an error, or nothing where sonic-rs doesn't take the line for an object.
pub(super) fn sonic(line: &str) -> Option<bool> {
    if line.len() > LONGEST {
        return None;
    }
    let record: sonic_rs::Object = sonic_rs::from_str(line).ok()?;
    let level = record.iter().filter(|(key, _)| *key == "level").last();
    Some(level.is_some_and(|(_, level)| level.as_str() == Some("ERROR")))
}

/// The same of `serde_json`.
pub(super) fn serde_json(line: &str) -> Option<bool> {
    let record: Value = serde_json::from_str(line).ok()?;
    record.as_object().map(|record| record.get("level").is_some_and(|level| level == "ERROR"))
}

/// The article's program: what isn't an object has no level, and lengths are in bytes without the line break.
pub(super) fn article(log: impl Read) -> Result<u64, Fault> {
    let mut total = 0;
    for line in BufReader::new(log).lines() {
        let line = line?;
        let record: Value = serde_json::from_str(&line).map_err(|_| Fault::Json)?;
        if record["level"] == "ERROR" {
            total += line.len() as u64;
        }
    }
    Ok(total)
}
