//! Reads files, and deals their spans out by trace.

use std::collections::HashMap;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use super::packet::{END, PacketHead, packet, push};
use crate::trace::error::TraceError;
use crate::trace::names::{Operations, Resources};
use crate::trace::options::Options;
use crate::trace::parts::MadeWith;
use crate::trace::portion::Counters;
use crate::trace::read::collect_traces;
use crate::trace::rows::Row;
use crate::trace::spans::{Collected, Phase, Span, ThreadEvent};
use crate::trace::value::hash;

/// Bytes of rows that are kept in memory, of all slices together.
const KEPT: usize = 64 << 20;

/// Bytes of the rows of a packet at most: engines for large data hold several at once.
const LONGEST: usize = 4 << 20;

/// Reads traces, and writes their spans as packets of so many slices: all spans of a trace are of one. `paths` are those of the
/// whole, of which these files are some.
///
/// # Errors
/// For files that can't be read, but for those that hold no request; when packets can't be written; when `cancel` becomes true.
pub fn cut(
    files: &[PathBuf],
    paths: &[PathBuf],
    slices: u32,
    options: &Options,
    out: &mut dyn Write,
    cancel: &AtomicBool,
) -> Result<(), TraceError> {
    let mut collected = collect_traces(files, options, cancel)?;
    let counters = collected.take_counters();
    let Collected { operations, resources, spans, events, .. } = collected;
    // Those that read more of the files have their counters in other slices.
    let first = (hash(files.first()) % u64::from(slices.max(1))) as u32;
    let mut dealt = Dealt {
        operations: &operations,
        resources: &resources,
        paths: paths.iter().map(|path| path.display().to_string()).collect(),
        options: MadeWith::of(options),
        slices: (0..slices.max(1)).map(|_| Slice::default()).collect(),
        out,
    };
    dealt.slices[first as usize].counters = Some(counters);
    let failed = |error: io::Error| TraceError::Together {
        files: files.to_vec(),
        message: format!("spans can't be passed on: {error}"),
    };
    for (count, row) in spans.sorted()?.enumerate() {
        if count % 4096 == 0 && cancel.load(Ordering::Relaxed) {
            return Err(TraceError::Cancelled);
        }
        dealt.span(&row?).map_err(failed)?;
    }
    for row in events.sorted()? {
        dealt.event(&row?).map_err(failed)?;
    }
    dealt.finish().map_err(failed)
}

/// Spans that are dealt out.
struct Dealt<'a> {
    operations: &'a Operations,
    resources: &'a Resources,
    paths: Vec<String>,
    options: MadeWith,
    slices: Vec<Slice>,
    out: &'a mut dyn Write,
}

/// What of a slice isn't written yet.
#[derive(Default)]
struct Slice {
    operations: Numbers,
    resources: Numbers,
    spans: Vec<u8>,
    events: Vec<u8>,
    counters: Option<Counters>,
}

/// Numbers, by their places among those that came.
#[derive(Default)]
struct Numbers {
    places: HashMap<u32, u32>,
    all: Vec<u32>,
}

impl Numbers {
    fn place(&mut self, number: u32) -> u32 {
        *self.places.entry(number).or_insert_with(|| {
            self.all.push(number);
            self.all.len() as u32 - 1
        })
    }
}

impl Dealt<'_> {
    fn span(&mut self, row: &Row) -> io::Result<()> {
        let mut span = Span::of(row);
        let number = self.number(span.trace);
        let slice = &mut self.slices[number];
        span.operation = slice.operations.place(span.operation);
        span.resource = slice.resources.place(span.resource);
        push(&span.row(), &mut slice.spans);
        self.write_if_long(number)
    }

    /// Events of a thread are of one slice.
    fn event(&mut self, row: &Row) -> io::Result<()> {
        let mut event = ThreadEvent::of(row);
        let number = self.number(event.thread);
        let slice = &mut self.slices[number];
        // The end of an event has no name.
        event.operation = if event.phase == Phase::End { 0 } else { slice.operations.place(event.operation) };
        event.resource = slice.resources.place(event.resource);
        push(&event.row(), &mut slice.events);
        self.write_if_long(number)
    }

    fn number(&self, key: impl std::hash::Hash) -> usize {
        (hash(key) % self.slices.len() as u64) as usize
    }

    fn write_if_long(&mut self, number: usize) -> io::Result<()> {
        let slice = &self.slices[number];
        let most = LONGEST.min(KEPT / self.slices.len());
        if slice.spans.len() + slice.events.len() >= most { self.write(number) } else { Ok(()) }
    }

    /// Writes what there is of a slice as a packet.
    fn write(&mut self, number: usize) -> io::Result<()> {
        let Slice { operations, resources, spans, events, counters } = std::mem::take(&mut self.slices[number]);
        if spans.is_empty() && events.is_empty() && counters.is_none() {
            return Ok(());
        }
        let rows = |bytes: &[u8]| (bytes.len() / size_of::<Row>()) as u64;
        let resource = |resource: &u32| {
            let service = self.resources.service_name(self.resources.service(*resource));
            (service.to_owned(), self.resources.instance(*resource))
        };
        let head = PacketHead {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            paths: self.paths.clone(),
            options: self.options.clone(),
            counters,
            operations: operations.all.iter().map(|number| self.operations.name(*number).to_owned()).collect(),
            resources: resources.all.iter().map(resource).collect(),
            spans: rows(&spans),
            events: rows(&events),
        };
        self.out.write_all(&packet(number as u32, &head, &spans, &events)?)
    }

    fn finish(mut self) -> io::Result<()> {
        for number in 0..self.slices.len() {
            self.write(number)?;
        }
        self.out.write_all(&END)?;
        self.out.flush()
    }
}
