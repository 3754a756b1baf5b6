//! Requests of traces, whose spans name their parents.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use super::builder::RequestBuilder;
use super::error::TraceError;
use super::options::remedy;
use super::rows::Sorted;
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
    let most = builder.limits().tree();
    let mut spans: Vec<Span> = Vec::new();
    for row in rows {
        let span = Span::of(&row?);
        match spans.last() {
            Some(last) if last.trace != span.trace => {
                if cancel.load(Ordering::Relaxed) {
                    return Err(TraceError::Cancelled);
                }
                add_trace(&spans, builder)?;
                spans.clear();
            }
            // The one that began first comes first.
            Some(last) if last.id == span.id && !completes_call(&spans, &span) => {
                builder.skips.add(Reason::Duplicate, 1, None);
                continue;
            }
            _ => {}
        }
        if spans.len() as u64 >= most {
            let message = format!(
                "the trace {:032x} has more than {most} spans, the limit; {}",
                span.trace,
                remedy("trace-spans")
            );
            return Err(builder.error(message));
        }
        spans.push(span);
    }
    add_trace(&spans, builder)
}

/// Adds the requests of a trace, whose spans are in the order of their ids.
fn add_trace(spans: &[Span], builder: &mut RequestBuilder<'_>) -> Result<(), TraceError> {
    let mut orphans = Vec::new();
    let mut roots = Vec::new();
    let mut nodes = Vec::with_capacity(spans.len());
    for (index, span) in spans.iter().enumerate() {
        let parent = client(spans, index).or_else(|| find(spans, span.parent?, span.resource));
        match (parent, span.parent) {
            (Some(_), _) => {}
            (None, None) => roots.push(index as u32),
            (None, Some(_)) => orphans.push(index as u32),
        }
        nodes.push(Node {
            start: span.start,
            end: span.end,
            parent: parent.map_or(ROOT, |parent| parent as u32),
            function: builder.function(span.operation, span.resource),
            resource: span.resource,
            failed: span.failed,
            coarse: span.coarse,
        });
    }
    let children = Children::of(&nodes);
    let mut reached = 0;
    for root in roots {
        let count = beneath(&children, root).len() as u64;
        reached += count;
        let top = &spans[root as usize];
        if builder.is_asked_for(top.operation, top.resource) {
            builder.add(&nodes, &children, root)?;
        } else {
            builder.skips.add(Reason::NotAskedFor, count, None);
        }
    }
    builder.orphans += orphans.len() as u64;
    for orphan in orphans {
        let lost = beneath(&children, orphan);
        let count = lost.len() as u64;
        reached += count;
        builder.skips.add(Reason::BeneathOrphan, count - 1, None);
        builder.lose(lost.iter().map(|node| &nodes[*node as usize]));
    }
    // What can't be reached from any top goes round.
    builder.skips.add(Reason::Cycle, nodes.len() as u64 - reached, None);
    Ok(())
}

/// Whether this span is the other side of the call that the last span tells of, whose id it has.
fn completes_call(spans: &[Span], span: &Span) -> bool {
    let mut of_id = spans.iter().rev().take_while(|known| known.id == span.id);
    of_id.next().is_some_and(|known| known.side.completes(span.side)) && of_id.next().is_none()
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
