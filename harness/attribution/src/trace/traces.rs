//! Requests of traces, whose spans name their parents.

use std::sync::atomic::{AtomicBool, Ordering};

use super::builder::RequestBuilder;
use super::error::TraceError;
use super::options::remedy;
use super::rows::Sorted;
use super::spans::{Reason, Span};
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
            Some(last) if last.id == span.id => {
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
            return Err(TraceError::Trace(message));
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
        let parent = span.parent.map(|id| spans.binary_search_by_key(&id, |span| span.id));
        match parent {
            None => roots.push(index as u32),
            Some(Err(_)) => orphans.push(index as u32),
            Some(Ok(_)) => {}
        }
        nodes.push(Node {
            start: span.start,
            end: span.end,
            parent: parent.and_then(Result::ok).map_or(ROOT, |parent| parent as u32),
            function: builder.function(span.operation, span.resource),
            resource: span.resource,
            failed: span.failed,
            coarse: span.coarse,
        });
    }
    let children = Children::of(&nodes);
    let mut reached = 0;
    for root in roots {
        let count = size(&children, root);
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
        let count = size(&children, orphan);
        reached += count;
        builder.skips.add(Reason::BeneathOrphan, count - 1, None);
    }
    // What can't be reached from any top goes round.
    builder.skips.add(Reason::Cycle, nodes.len() as u64 - reached, None);
    Ok(())
}

/// How many there are from here down.
fn size(children: &Children, top: u32) -> u64 {
    let mut left = vec![top];
    let mut count = 0;
    while let Some(node) = left.pop() {
        count += 1;
        left.extend(children.get(node));
    }
    count
}
