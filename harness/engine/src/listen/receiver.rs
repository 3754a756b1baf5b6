//! What is done with a message: looked at, written, and counted.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context as _, Result, bail};
use rustworthy_attribution::trace::{self, Options};
use rustworthy_model::figures::count;

/// Bytes of a message once it is unpacked. Messages in JSON are told from others by a length below this.
pub(super) const MESSAGE: usize = (16 << 20) - 1;

/// Bytes of messages that are being received at the same time.
const WAITING: u64 = 64 << 20;

/// Bytes of all messages together.
const ALL: u64 = 64 << 30;

/// Takes messages.
pub(super) struct Receiver {
    file: PathBuf,
    options: Options,
    writing: Mutex<Writing>,
    /// Bytes of messages that are being received.
    waiting: AtomicU64,
    dropped: AtomicU64,
}

struct Writing {
    /// Nothing once it's finished.
    out: Option<BufWriter<File>>,
    written: u64,
    counts: Counts,
    /// Why the first message was refused.
    refusal: Option<String>,
    failure: Option<std::io::Error>,
}

/// How much was received.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) messages: u64,
    pub(super) spans: u64,
    /// Messages that aren't OTLP, or are too large.
    pub(super) refused: u64,
    /// Messages that there was no room for.
    pub(super) dropped: u64,
}

/// Why a message isn't taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It's wrong, and would be so another time.
    Wrong(String),
    /// It's too large.
    TooLarge,
    /// There is no room now.
    Busy,
    /// It can't be written.
    Full,
}

impl Receiver {
    /// A receiver that writes to a new file.
    pub(super) fn new(file: &Path, options: &Options) -> Result<Self> {
        let out = File::create(file).with_context(|| format!("can't write {}", file.display()))?;
        let writing = Writing {
            out: Some(BufWriter::new(out)),
            written: 0,
            counts: Counts::default(),
            refusal: None,
            failure: None,
        };
        Ok(Self {
            file: file.to_owned(),
            options: options.clone(),
            writing: Mutex::new(writing),
            waiting: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
        })
    }

    /// Makes room for a message of so many bytes on the wire.
    pub(super) fn room(&self, bytes: u64) -> Result<Room<'_>, Refusal> {
        if self.waiting.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes) > WAITING {
            self.waiting.fetch_sub(bytes, Ordering::Relaxed);
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return Err(Refusal::Busy);
        }
        Ok(Room { receiver: self, bytes })
    }

    /// Takes a message, unpacked.
    pub(super) fn take(&self, message: &[u8]) -> Result<(), Refusal> {
        let message =
            if message.trim_ascii_start().first() == Some(&b'{') { message.trim_ascii_start() } else { message };
        if message.len() > MESSAGE {
            return Err(self.refuse(Refusal::TooLarge));
        }
        if message.is_empty() {
            return Ok(());
        }
        let spans = trace::check_message(message, &self.options)
            .map_err(|error| self.refuse(Refusal::Wrong(error.to_string())))?;
        let mut writing = self.writing();
        let length = message.len() as u64 + 4;
        if writing.failure.is_some() || writing.written + length > ALL {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return Err(Refusal::Full);
        }
        let Some(out) = writing.out.as_mut() else {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return Err(Refusal::Busy);
        };
        let prefix = (message.len() as u32).to_be_bytes();
        if let Err(error) = out.write_all(&prefix).and_then(|()| out.write_all(message)) {
            writing.failure = Some(error);
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return Err(Refusal::Full);
        }
        writing.written += length;
        writing.counts.messages += 1;
        writing.counts.spans += spans;
        Ok(())
    }

    /// Counts a message that isn't taken.
    pub(super) fn refuse(&self, refusal: Refusal) -> Refusal {
        let mut writing = self.writing();
        writing.counts.refused += 1;
        writing.refusal.get_or_insert_with(|| match &refusal {
            Refusal::Wrong(why) => why.clone(),
            Refusal::TooLarge => format!("it has more than {MESSAGE} bytes"),
            Refusal::Busy | Refusal::Full => "there was no room".to_owned(),
        });
        refusal
    }

    /// Why the first message was refused, if one was.
    pub(super) fn refusal(&self) -> Option<String> {
        self.writing().refusal.clone()
    }

    pub(super) fn has_failed(&self) -> bool {
        self.writing().failure.is_some()
    }

    /// What was received so far, in words.
    pub(super) fn so_far(&self) -> String {
        let Counts { messages, spans, .. } = self.writing().counts;
        let dropped = match self.dropped.load(Ordering::Relaxed) {
            0 => String::new(),
            dropped => format!("; no room for {}", count(dropped)),
        };
        format!("received {} spans in {} messages{dropped}", count(spans), count(messages))
    }

    /// Writes what is left, and takes no more.
    ///
    /// # Errors
    /// When the file can't be written.
    pub(super) fn finish(&self) -> Result<Counts> {
        let mut writing = self.writing();
        let flushed = writing.out.take().map_or(Ok(()), |mut out| out.flush());
        if let Some(error) = writing.failure.take().or(flushed.err()) {
            bail!("can't write {}: {error}", self.file.display());
        }
        Ok(Counts { dropped: self.dropped.load(Ordering::Relaxed), ..writing.counts })
    }

    fn writing(&self) -> MutexGuard<'_, Writing> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Room for a message, given back when this is dropped.
pub(super) struct Room<'a> {
    receiver: &'a Receiver,
    bytes: u64,
}

impl Drop for Room<'_> {
    fn drop(&mut self) {
        self.receiver.waiting.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &[u8] =
        br#"{"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": "5b8efff798038103d269b633813fc60c",
        "spanId": "eee19b7ec3c1b174", "name": "GET /", "startTimeUnixNano": "1544712660000000000",
        "endTimeUnixNano": "1544712661000000000"}]}]}]}"#;

    #[test]
    fn messages_are_written_as_they_came_and_wrong_ones_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("received.binpb");
        let receiver = Receiver::new(&file, &Options::default()).unwrap();
        assert_eq!(receiver.take(TRACE), Ok(()));
        assert_eq!(receiver.take(b""), Ok(()));
        assert!(matches!(receiver.take(b"{\"logs\": 1"), Err(Refusal::Wrong(_))));
        assert!(matches!(receiver.take(b"\xff\xff\xff"), Err(Refusal::Wrong(_))));
        assert_eq!(receiver.take(&vec![b' '; MESSAGE + 1]), Err(Refusal::TooLarge));
        let counts = receiver.finish().unwrap();
        assert_eq!(counts, Counts { messages: 1, spans: 1, refused: 3, dropped: 0 });
        let written = std::fs::read(&file).unwrap();
        assert_eq!((&written[..4], &written[4..]), (&(TRACE.len() as u32).to_be_bytes()[..], TRACE));
        assert_eq!(receiver.take(TRACE), Err(Refusal::Busy));
    }

    #[test]
    fn what_there_is_no_room_for_is_counted() {
        let folder = tempfile::tempdir().unwrap();
        let receiver = Receiver::new(&folder.path().join("received.binpb"), &Options::default()).unwrap();
        let room = receiver.room(WAITING).unwrap();
        assert!(matches!(receiver.room(1), Err(Refusal::Busy)));
        drop(room);
        assert!(receiver.room(1).is_ok());
        assert_eq!(receiver.finish().unwrap().dropped, 1);
    }
}
