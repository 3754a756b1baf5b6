//! Makes a part of slices that have all spans of their traces.

use std::collections::BTreeSet;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use super::packet::{self, PacketHead, next_packet, row};
use crate::trace::error::TraceError;
use crate::trace::options::{Limits, Options};
use crate::trace::parts::{MadeWith, write_to};
use crate::trace::portion::Counters;
use crate::trace::read::portion;
use crate::trace::spans::{Collected, LATEST, Phase, Span, ThreadEvent};

/// Reads packets, and writes the part that their traces make. Without a packet nothing is written.
///
/// # Errors
/// For what aren't packets of one whole, or are cut off; beyond a limit; when the part can't be written; when `cancel` becomes
/// true.
pub fn resolve(
    packets: &mut dyn Read,
    limits: &Limits,
    out: &mut (dyn Write + Send),
    cancel: &AtomicBool,
) -> Result<(), TraceError> {
    let failed = |message: String| TraceError::File { file: "slices".into(), place: None, message };
    let unreadable = |error: io::Error| failed(format!("can't be read: {error}"));
    let Some(first) = next_packet(packets).map_err(unreadable)? else { return Ok(()) };
    let mut contents = (&mut *packets).take(first.1);
    let head = packet::head(&mut contents).map_err(unreadable)?;
    let (made_with, paths) = (head.options.clone(), head.paths.clone());
    let options = made_with.options(limits).map_err(|error| failed(error.to_string()))?;
    let mut resolved = Resolved::of(&options, &made_with);
    resolved.packet(first.0, head, &mut contents, cancel)?;
    while let Some((slice, length)) = next_packet(packets).map_err(unreadable)? {
        let mut contents = (&mut *packets).take(length);
        let head = packet::head(&mut contents).map_err(unreadable)?;
        resolved.packet(slice, head, &mut contents, cancel)?;
    }
    let Resolved { collected, counters, slices, .. } = resolved;
    let paths: Vec<PathBuf> = paths.into_iter().map(PathBuf::from).collect();
    let mut portion = portion(&paths, collected, true, cancel)?;
    portion.counters.merge(counters);
    let slices = slices.into_iter().collect();
    write_to(out, &mut portion, (&paths, slices), &options)
        .map_err(|error| failed(format!("their part can't be written: {error}")))?;
    Ok(())
}

/// What packets hold together.
struct Resolved<'a> {
    made_with: &'a MadeWith,
    collected: Collected<'a>,
    counters: Counters,
    slices: BTreeSet<u32>,
}

impl<'a> Resolved<'a> {
    fn of(options: &'a Options, made_with: &'a MadeWith) -> Self {
        Self { made_with, collected: Collected::new(options), counters: Counters::default(), slices: BTreeSet::new() }
    }

    /// Takes in a packet.
    fn packet(
        &mut self,
        slice: u32,
        head: PacketHead,
        contents: &mut dyn Read,
        cancel: &AtomicBool,
    ) -> Result<(), TraceError> {
        let failed = |message: String| TraceError::File { file: "slices".into(), place: None, message };
        let broken = || failed("aren't what was cut".to_owned());
        if head.version != env!("CARGO_PKG_VERSION") || head.options != *self.made_with {
            return Err(failed("were cut by another rustworthy, or with other options: use one for all".to_owned()));
        }
        self.slices.insert(slice);
        self.counters.merge(head.counters.unwrap_or_default());
        let operations = head.operations.iter().map(|name| self.collected.operations.intern(name));
        let operations: Vec<u32> = operations.collect::<Result<_, _>>().map_err(failed)?;
        let resources =
            head.resources.iter().map(|(service, instance)| self.collected.resources.of_instance(service, *instance));
        let resources: Vec<u32> = resources.collect::<Result<_, _>>().map_err(failed)?;
        let named = |numbers: &[u32], place: u32| numbers.get(place as usize).copied().ok_or_else(broken);
        let mut contents = io::BufReader::with_capacity(1 << 16, contents);
        let mut next = || row(&mut contents).map_err(|error| failed(format!("can't be read: {error}")));
        for count in 0..head.spans {
            if count % 4096 == 0 && cancel.load(Ordering::Relaxed) {
                return Err(TraceError::Cancelled);
            }
            let span = Span::of(&next()?);
            if span.end < span.start || !is_time(span.start) || !is_time(span.end) {
                return Err(broken());
            }
            let operation = named(&operations, span.operation)?;
            let resource = named(&resources, span.resource)?;
            self.collected.spans.push(Span { operation, resource, ..span }.row())?;
        }
        for _ in 0..head.events {
            let event = ThreadEvent::of(&next()?);
            if !is_time(event.at) || matches!(event.phase, Phase::Whole(end) if end < event.at || !is_time(end)) {
                return Err(broken());
            }
            let operation = if event.phase == Phase::End { 0 } else { named(&operations, event.operation)? };
            let resource = named(&resources, event.resource)?;
            self.collected.events.push(ThreadEvent { operation, resource, ..event }.row())?;
        }
        match next() {
            Err(_) => Ok(()),
            Ok(_) => Err(broken()),
        }
    }
}

fn is_time(nanos: i64) -> bool {
    (-LATEST..=LATEST).contains(&nanos)
}
