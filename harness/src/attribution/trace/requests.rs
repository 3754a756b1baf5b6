//! From spans and events to requests.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};

use rustworthy_model::attribution::Trace;

use super::error::TraceError;
use super::names::{Operations, Resources};
use super::options::{Limits, Options, remedy};
use super::read::Imported;
use super::rows::Sorted;
use super::spans::{Collected, Reason, Skips, Span};
use super::threads::Threads;
use super::tree::{Children, Fitted, Node, ROOT, Resolver};
use crate::attribution::{Function, Part, Request, Requests};

/// Makes requests of what was read.
///
/// # Errors
/// When there are none, or one is too large, and for temporary files that can't be read.
pub(super) fn requests(collected: Collected<'_>, cancel: &AtomicBool) -> Result<Imported, TraceError> {
    let Collected { options, operations, resources, spans, events, formats, read, skips } = collected;
    let mut assembly = Assembly::new(options, &operations, &resources, skips);
    traces(spans.sorted()?, &mut assembly, cancel)?;
    Threads::new(&mut assembly).read(events.sorted()?, cancel)?;
    let trace = Trace {
        formats: formats.into_iter().map(str::to_owned).collect(),
        spans: read,
        orphans: assembly.orphans,
        clamped: assembly.fitted.clamped,
        skewed: assembly.fitted.skewed,
    };
    assembly.finish(trace)
}

/// Requests as they come, in nanoseconds.
pub(super) struct Assembly<'a> {
    pub(super) options: &'a Options,
    operations: &'a Operations,
    resources: &'a Resources,
    pub(super) skips: Skips,
    /// Service and operation of each function.
    functions: Vec<(u32, u32)>,
    by_operation: HashMap<(u32, u32), u32>,
    asked_for: HashMap<(u32, u32), bool>,
    requests: Vec<(i64, Request)>,
    orphans: u64,
    fitted: Fitted,
    resolver: Resolver,
}

impl<'a> Assembly<'a> {
    fn new(options: &'a Options, operations: &'a Operations, resources: &'a Resources, skips: Skips) -> Self {
        Self {
            options,
            operations,
            resources,
            skips,
            functions: Vec::new(),
            by_operation: HashMap::new(),
            asked_for: HashMap::new(),
            requests: Vec::new(),
            orphans: 0,
            fitted: Fitted::default(),
            resolver: Resolver::default(),
        }
    }

    pub(super) fn limits(&self) -> &'a Limits {
        &self.options.limits
    }

    /// The name of an operation.
    pub(super) fn name(&self, operation: u32) -> &'a str {
        self.operations.name(operation)
    }

    /// The number of an operation of a service.
    pub(super) fn function(&mut self, operation: u32, resource: u32) -> u32 {
        let key = (self.resources.service(resource), operation);
        *self.by_operation.entry(key).or_insert_with(|| {
            self.functions.push(key);
            self.functions.len() as u32 - 1
        })
    }

    /// Whether requests of this operation are asked for; all are where none is named.
    pub(super) fn is_asked_for(&mut self, operation: u32, resource: u32) -> bool {
        let Some(request) = &self.options.request else { return true };
        let service = self.resources.service(resource);
        let (name, service_name) = (self.operations.name(operation), self.resources.service_name(service));
        // Results may name the service too.
        let is_match = || request.is_match(name) || request.is_match(with_service(service_name, name));
        *self.asked_for.entry((service, operation)).or_insert_with(is_match)
    }

    /// Adds the request whose root this is.
    ///
    /// # Errors
    /// When that makes too many.
    pub(super) fn add(&mut self, nodes: &[Node], children: &Children, root: u32) -> Result<(), TraceError> {
        let most = self.limits().requests;
        if self.requests.len() as u64 >= most {
            let message = format!("more than {most} requests, the limit; {}", remedy("requests"));
            return Err(TraceError::Trace(message));
        }
        let resources = self.resources;
        let same_clock = |one, other| resources.same_clock(one, other);
        let (spent, fitted) = self.resolver.request(nodes, children, root, same_clock);
        let top = &nodes[root as usize];
        let parts = spent.iter().map(|spent| Part {
            function: spent.function,
            calls: spent.calls,
            exclusive: seconds(spent.exclusive),
            inclusive: seconds(spent.inclusive),
        });
        let request = Request {
            end: seconds(top.end - top.start),
            failed: top.failed,
            parts: parts.collect(),
            ..Request::default()
        };
        self.requests.push((top.start, request));
        self.fitted.clamped += fitted.clamped;
        self.fitted.skewed += fitted.skewed;
        Ok(())
    }

    fn finish(self, trace: Trace) -> Result<Imported, TraceError> {
        let Self { operations, resources, skips, functions, mut requests, .. } = self;
        let skipped = skips.into_vec();
        if requests.is_empty() {
            let mut reasons: Vec<_> =
                skipped.iter().map(|skipped| format!("{} {}", skipped.spans, skipped.reason)).collect();
            if trace.orphans > 0 {
                reasons.push(format!("{} whose parent isn't in the trace", trace.orphans));
            }
            let of = if reasons.is_empty() { String::new() } else { format!(": {}", reasons.join(", ")) };
            let message = format!("no request among {} spans{of}; give all files of the traces at once", trace.spans);
            return Err(TraceError::Trace(message));
        }
        requests.sort_by_key(|(start, request)| (*start, request.end.to_bits()));
        let first = requests[0].0;
        let requests = requests.into_iter().map(|(start, mut request)| {
            request.arrival = seconds(start - first);
            request.start = request.arrival;
            request.end += request.arrival;
            request
        });
        let requests = requests.collect();
        let functions = named(&functions, operations, resources);
        Ok(Imported::Requests {
            requests: Requests { functions, requests },
            trace,
            grouped: operations.grouped(),
            skipped,
        })
    }
}

/// Operations, after their service where there are several.
fn named(functions: &[(u32, u32)], operations: &Operations, resources: &Resources) -> Vec<Function> {
    let has_several = functions.iter().any(|(service, _)| *service != functions[0].0);
    let name = |(service, operation): &(u32, u32)| {
        let service = resources.service_name(*service);
        let operation = match operations.name(*operation) {
            "" => "(nameless)",
            operation => operation,
        };
        if has_several && !service.is_empty() { with_service(service, operation) } else { operation.to_owned() }
    };
    functions.iter().map(|function| Function { name: name(function), file: None, line: None }).collect()
}

fn with_service(service: &str, operation: &str) -> String {
    format!("{service}: {operation}")
}

fn seconds(nanos: i64) -> f64 {
    nanos as f64 / 1e9
}

/// Reads traces, one after the other.
fn traces(rows: Sorted, assembly: &mut Assembly<'_>, cancel: &AtomicBool) -> Result<(), TraceError> {
    let most = assembly.limits().tree();
    let mut spans: Vec<Span> = Vec::new();
    for row in rows {
        let span = Span::of(&row?);
        match spans.last() {
            Some(last) if last.trace != span.trace => {
                if cancel.load(Ordering::Relaxed) {
                    return Err(TraceError::Cancelled);
                }
                trace(&spans, assembly)?;
                spans.clear();
            }
            // The one that began first comes first.
            Some(last) if last.id == span.id => {
                assembly.skips.add(Reason::Duplicate, 1, None);
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
    trace(&spans, assembly)
}

/// Adds the requests of a trace, whose spans are in the order of their ids.
fn trace(spans: &[Span], assembly: &mut Assembly<'_>) -> Result<(), TraceError> {
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
            function: assembly.function(span.operation, span.resource),
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
        if assembly.is_asked_for(top.operation, top.resource) {
            assembly.add(&nodes, &children, root)?;
        } else {
            assembly.skips.add(Reason::NotAskedFor, count, None);
        }
    }
    assembly.orphans += orphans.len() as u64;
    for orphan in orphans {
        let count = size(&children, orphan);
        reached += count;
        assembly.skips.add(Reason::BeneathOrphan, count - 1, None);
    }
    // What can't be reached from any top goes round.
    assembly.skips.add(Reason::Cycle, nodes.len() as u64 - reached, None);
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
