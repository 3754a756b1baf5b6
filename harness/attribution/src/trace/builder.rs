//! Requests that are put together one by one, with the operations that they spent their time in.

use std::collections::HashMap;

use rustworthy_model::attribution::Trace;

use super::error::TraceError;
use super::imported::Imported;
use super::names::{Operations, Resources};
use super::options::{Limits, Options, remedy};
use super::spans::Skips;
use super::tree::{Children, Fitted, Node, Resolver};
use crate::request::{Function, Part, Request, Requests};

/// Puts requests together, whose times are nanoseconds until all are there.
pub(super) struct RequestBuilder<'a> {
    pub(super) options: &'a Options,
    operations: &'a Operations,
    resources: &'a Resources,
    pub(super) skips: Skips,
    /// Service and operation of each function.
    functions: Vec<(u32, u32)>,
    by_operation: HashMap<(u32, u32), u32>,
    asked_for: HashMap<(u32, u32), bool>,
    /// With their start.
    requests: Vec<(i64, Request)>,
    /// Spans whose parent isn't in the trace.
    pub(super) orphans: u64,
    pub(super) fitted: Fitted,
    resolver: Resolver,
}

impl<'a> RequestBuilder<'a> {
    pub(super) fn new(
        options: &'a Options,
        operations: &'a Operations,
        resources: &'a Resources,
        skips: Skips,
    ) -> Self {
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

    /// All requests in the order of their start, and what the trace that they are of was made of.
    ///
    /// # Errors
    /// When there are none.
    pub(super) fn finish(self, trace: Trace) -> Result<Imported, TraceError> {
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
