//! Requests of traces, whose spans name their parents.

use std::cmp::Reverse;
use std::mem;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use super::builder::{RequestBuilder, Root};
use super::error::TraceError;
use super::options::remedy;
use super::rows::Sorted;
use super::sampling::Mark;
use super::spans::{Reason, Side, Span};
use super::tree::{Children, Node, ROOT};

/// Adds the requests of all traces, one after the other.
///
/// # Errors
/// When a trace is too large, there are too many requests, or temporary files can't be read.
pub(super) fn add_traces(
    rows: Sorted,
    builder: &mut RequestBuilder<'_>,
    cancel: &AtomicBool,
) -> Result<(), TraceError> {
    let mut gathered = GatheredTrace { builder, trace: 0, spans: Vec::new(), last_id: 0, last: None, left_out: 0 };
    for row in rows {
        let span = Span::of(&row?);
        if gathered.trace != span.trace {
            if cancel.load(Ordering::Relaxed) {
                return Err(TraceError::Cancelled);
            }
            gathered.finish()?;
            gathered.trace = span.trace;
        }
        gathered.push(span)?;
    }
    gathered.finish()
}

/// The spans of a trace, which come in the order of their ids.
struct GatheredTrace<'a, 'b> {
    builder: &'a mut RequestBuilder<'b>,
    trace: u128,
    spans: Vec<Span>,
    /// Where those of the last id begin, one of each side.
    last_id: usize,
    /// The span that came last: copies of a span come one after the other.
    last: Option<Span>,
    /// How many spans the trace has, if these are too many.
    left_out: u64,
}

impl GatheredTrace<'_, '_> {
    /// # Errors
    /// When there are too many, which aren't to be left out.
    fn push(&mut self, span: Span) -> Result<(), TraceError> {
        let span = Span { resource: self.builder.resource(span.resource), ..span };
        if self.spans.last().is_some_and(|last| last.id != span.id) {
            self.end_id()?;
        }
        if self.left_out > 0 {
            self.left_out += 1;
            return Ok(());
        }
        if self.last.replace(span) == Some(span) {
            self.builder.skips.add(Reason::Copy, 1, None);
            return Ok(());
        }
        let (builder, known) = (&*self.builder, &mut self.spans[self.last_id..]);
        match known.iter_mut().find(|known| known.side == span.side) {
            None => self.spans.push(span),
            Some(known) => {
                if order(&span, builder) < order(known, builder) {
                    *known = span;
                }
                self.builder.skips.add(Reason::Duplicate, 1, None);
            }
        }
        Ok(())
    }

    /// Of the spans of the last id keeps the one that began first, and the first of those that tell of the other side of its call.
    fn end_id(&mut self) -> Result<(), TraceError> {
        if self.spans.len() - self.last_id > 1 {
            let builder = &*self.builder;
            let mut same = self.spans.split_off(self.last_id);
            same.sort_by(|one, other| order(one, builder).cmp(&order(other, builder)));
            let number = same.len();
            let side = same[0].side;
            let mut is_first = true;
            same.retain(|span| mem::take(&mut is_first) || side.completes(span.side));
            self.builder.skips.add(Reason::Duplicate, (number - same.len()) as u64, None);
            self.spans.append(&mut same);
        }
        self.last_id = self.spans.len();
        let most = self.builder.limits().tree();
        if self.spans.len() as u64 > most {
            if !self.builder.options.skip_long_traces {
                let message = format!(
                    "the trace {:032x} has more than {most} spans, the limit; {}; --skip-long-traces leaves such traces out",
                    self.trace,
                    remedy("trace-spans")
                );
                return Err(self.builder.error(message));
            }
            self.left_out = self.spans.len() as u64;
            self.spans.clear();
            self.last_id = 0;
        }
        Ok(())
    }

    /// Adds the requests of the trace.
    fn finish(&mut self) -> Result<(), TraceError> {
        self.end_id()?;
        if self.left_out > 0 {
            self.builder.skips.add(Reason::LongTrace, self.left_out, None);
            self.builder.left_out += 1;
            self.left_out = 0;
            self.builder.note_trace(self.trace, false);
        } else if !self.spans.is_empty() {
            let has_request = add_trace(&self.spans, self.builder)?;
            self.builder.note_trace(self.trace, has_request);
        }
        self.spans.clear();
        self.last_id = 0;
        Ok(())
    }
}

/// By what spans of one id are told apart, whichever was read first.
fn order<'a>(span: &Span, builder: &RequestBuilder<'a>) -> impl Ord + use<'a> {
    let names = builder.names(span.operation, span.resource);
    (span.start, span.end, span.parent, names, builder.instance(span.resource), span.bits())
}

/// Spans with which something begins: they have no parent, or none that waits for them or is known.
#[derive(Default)]
struct Tops {
    /// Without a parent.
    roots: Vec<u32>,
    /// Nobody waits for them.
    consumers: Vec<u32>,
    /// Their parent isn't in the trace, and is known to be of another process.
    remote: Vec<u32>,
    /// Their parent isn't in the trace, and should be.
    orphans: Vec<u32>,
}

impl Tops {
    /// Those with which requests begin, and the orphans. A trace whose root is elsewhere has requests where it comes in.
    fn split(mut self) -> (Vec<u32>, Vec<u32>) {
        let others = if self.roots.is_empty() { &mut self.roots } else { &mut self.orphans };
        others.append(&mut self.remote);
        self.roots.append(&mut self.consumers);
        self.roots.sort_unstable();
        self.orphans.sort_unstable();
        (self.roots, self.orphans)
    }

    fn all(self) -> Vec<u32> {
        let (mut all, orphans) = self.split();
        all.extend(orphans);
        all
    }
}

/// Adds the requests of a trace, whose spans are in the order of their ids. Whether there are any.
fn add_trace(spans: &[Span], builder: &mut RequestBuilder<'_>) -> Result<bool, TraceError> {
    let mut tops = Tops::default();
    let mut nodes = Vec::with_capacity(spans.len());
    for (index, span) in spans.iter().enumerate() {
        let is_consumer = span.side == Side::Consumer;
        let parent = || client(spans, index).or_else(|| find(spans, span.parent?, span.resource));
        let parent = if is_consumer { None } else { parent() };
        if parent.is_none() {
            let top = match span.parent {
                None => &mut tops.roots,
                Some(_) if is_consumer => &mut tops.consumers,
                Some(_) if span.has_remote_parent => &mut tops.remote,
                Some(_) => &mut tops.orphans,
            };
            top.push(index as u32);
        }
        nodes.push(Node {
            start: span.start,
            end: span.end,
            parent: parent.map_or(ROOT, |parent| parent as u32),
            function: builder.function(span.operation, span.resource, span.side == Side::Client),
            resource: span.resource,
            failed: span.failed,
            coarse: span.coarse,
            waits: span.side == Side::Client,
        });
    }
    let children = Children::of(&nodes);
    let mut reached = 0;
    let (requests, orphans) = match builder.has_service() {
        false => tops.split(),
        true => {
            let (entries, above) = entries(tops.all(), spans, &children, builder);
            builder.skips.add(Reason::NotAskedFor, above, None);
            reached += above;
            first(entries, spans)
        }
    };
    let mark = spans.iter().fold(Mark::default(), |mark, span| mark.and(span.mark));
    let mut has_request = false;
    for root in requests {
        let count = beneath(&children, root).len() as u64;
        reached += count;
        let top = &spans[root as usize];
        if builder.is_asked_for(top.operation, top.resource) {
            let own = Mark { weight: top.mark.weight.or(mark.weight), ..mark };
            builder.add(&nodes, &children, &Root { trace: top.trace, id: top.id, node: root }, own)?;
            has_request = true;
        } else {
            builder.skips.add(Reason::NotAskedFor, count, None);
        }
    }
    for orphan in orphans {
        let lost = beneath(&children, orphan);
        let count = lost.len() as u64;
        reached += count;
        builder.skips.add(Reason::BeneathOrphan, count - 1, None);
        builder.lose_orphan(spans[orphan as usize].resource);
        builder.lose(lost.iter().map(|node| &nodes[*node as usize]));
    }
    // What can't be reached from any top goes round.
    builder.skips.add(Reason::Cycle, nodes.len() as u64 - reached, None);
    Ok(has_request)
}

/// Spans with which a trace enters the service that is asked for, and the number of those above.
fn entries(tops: Vec<u32>, spans: &[Span], children: &Children, builder: &RequestBuilder<'_>) -> (Vec<u32>, u64) {
    let (mut left, mut entries, mut above) = (tops, Vec::new(), 0);
    while let Some(node) = left.pop() {
        if builder.is_of_service(spans[node as usize].resource) {
            entries.push(node);
        } else {
            above += 1;
            left.extend(children.get(node));
        }
    }
    (entries, above)
}

/// The entry that begins first, the longest of such, and the others.
fn first(mut entries: Vec<u32>, spans: &[Span]) -> (Vec<u32>, Vec<u32>) {
    entries.sort_unstable_by_key(|entry| {
        let span = &spans[*entry as usize];
        (span.start, Reverse(span.end), *entry)
    });
    let others = entries.split_off(entries.len().min(1));
    (entries, others)
}

/// The client's span of the call of which this is the server's, if they have one id.
fn client(spans: &[Span], server: usize) -> Option<usize> {
    let is_pair = |place: &usize| spans[server].side == Side::Server && spans[*place].side == Side::Client;
    with_id(spans, spans[server].id)?.find(is_pair)
}

/// The span of an id; of both sides of a call the client's for what runs where the client does and not where the server
/// does, else the server's.
fn find(spans: &[Span], id: u64, resource: u32) -> Option<usize> {
    let sides = with_id(spans, id)?;
    let is_client = |place: &usize| spans[*place].side == Side::Client;
    let of_client = sides.clone().find(is_client).filter(|client| spans[*client].resource == resource);
    let of_server = sides.clone().find(|place| !is_client(place));
    let runs_there = |server: usize| spans[server].resource == resource;
    match (of_client, of_server) {
        (Some(client), Some(server)) if !runs_there(server) => Some(client),
        (_, Some(server)) => Some(server),
        (_, None) => Some(sides.start),
    }
}

/// Where the spans of an id are.
fn with_id(spans: &[Span], id: u64) -> Option<Range<usize>> {
    let start = spans.partition_point(|span| span.id < id);
    let sides = spans[start..].iter().take_while(|span| span.id == id).count();
    (sides > 0).then(|| start..start + sides)
}

/// All from here down.
fn beneath(children: &Children, top: u32) -> Vec<u32> {
    let mut all = vec![top];
    let mut looked_at = 0;
    while let Some(&node) = all.get(looked_at) {
        looked_at += 1;
        all.extend(children.get(node));
    }
    all
}
