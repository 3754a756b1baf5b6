//! Requests that are put together one by one, with the operations that they spent their time in.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::PathBuf;

use super::error::TraceError;
use super::names::{Operations, Resources};
use super::options::{Limits, Options};
use super::portion::{Counters, OperationName, PartRow, Portion, RequestRow, RequestRows, Told, with_service};
use super::sampling::{Mark, Weights};
use super::spans::Skips;
use super::tree::{Children, Fitted, Node, Resolver};

/// Puts requests together.
pub(super) struct RequestBuilder<'a> {
    /// Files and folders, as they were given.
    paths: &'a [PathBuf],
    pub(super) options: &'a Options,
    operations: &'a Operations,
    resources: &'a Resources,
    /// Of each resource the first that is the same.
    first_of_each: Vec<u32>,
    pub(super) skips: Skips,
    /// Service and operation of each function, and whether it waits for another service.
    functions: Vec<(u32, u32, bool)>,
    by_operation: HashMap<(u32, u32, bool), u32>,
    asked_for: HashMap<(u32, u32), bool>,
    /// Functions of spans that are part of no request, since it isn't known which one they belong to.
    lost: HashSet<u32>,
    requests: RequestRows,
    /// Ids of traces without a request, if somebody wants to know.
    without_request: Option<Vec<u128>>,
    /// The service whose first span of each trace is a request, if one is named; it may be of no span.
    service: Option<Option<u32>>,
    /// Traces that were left out.
    pub(super) left_out: u64,
    /// How many spans of each service have a parent that isn't in the trace.
    orphans: HashMap<u32, u64>,
    fitted: Fitted,
    resolver: Resolver,
}

/// With what a request begins.
pub(super) struct Root {
    /// Its trace, 0 where it has none.
    pub(super) trace: u128,
    /// The id of its span, 0 where it has none.
    pub(super) id: u64,
    /// Its place among the nodes.
    pub(super) node: u32,
}

impl<'a> RequestBuilder<'a> {
    pub(super) fn new(
        paths: &'a [PathBuf],
        options: &'a Options,
        operations: &'a Operations,
        resources: &'a Resources,
    ) -> Self {
        Self {
            paths,
            options,
            operations,
            resources,
            first_of_each: resources.first_of_each(),
            skips: Skips::default(),
            functions: Vec::new(),
            by_operation: HashMap::new(),
            asked_for: HashMap::new(),
            lost: HashSet::new(),
            requests: RequestRows::default(),
            without_request: None,
            service: options.service.as_ref().map(|name| resources.find(name)),
            left_out: 0,
            orphans: HashMap::new(),
            fitted: Fitted::default(),
            resolver: Resolver::default(),
        }
    }

    /// Remembers which traces have no request.
    pub(super) fn keep_traces(&mut self) {
        self.without_request = Some(Vec::new());
    }

    pub(super) fn limits(&self) -> &'a Limits {
        &self.options.limits
    }

    /// An error about all that was read.
    pub(super) fn error(&self, message: String) -> TraceError {
        TraceError::Together { files: self.paths.to_vec(), message }
    }

    /// The name of an operation.
    pub(super) fn name(&self, operation: u32) -> &'a str {
        self.operations.name(operation)
    }

    /// The names of an operation and of its service.
    pub(super) fn names(&self, operation: u32, resource: u32) -> (&'a str, &'a str) {
        (self.operations.name(operation), self.resources.service_name(self.resources.service(resource)))
    }

    /// Whether the first span of each trace that is of some service is a request.
    pub(super) fn has_service(&self) -> bool {
        self.service.is_some()
    }

    /// Whether a resource is of that service; all are where none is named.
    pub(super) fn is_of_service(&self, resource: u32) -> bool {
        self.service.is_none_or(|service| service == Some(self.resources.service(resource)))
    }

    /// The number that all resources have that are the same.
    pub(super) fn resource(&self, resource: u32) -> u32 {
        self.first_of_each[resource as usize]
    }

    /// What tells an instance of a service from others.
    pub(super) fn instance(&self, resource: u32) -> u64 {
        self.resources.instance(resource)
    }

    /// The number of an operation of a service.
    pub(super) fn function(&mut self, operation: u32, resource: u32, waits: bool) -> u32 {
        let key = (self.resources.service(resource), operation, waits);
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

    /// Takes note of a span whose parent isn't in the trace.
    pub(super) fn lose_orphan(&mut self, resource: u32) {
        *self.orphans.entry(self.resources.service(resource)).or_default() += 1;
    }

    /// Takes note of a trace, which has requests or none.
    pub(super) fn note_trace(&mut self, trace: u128, has_request: bool) {
        if let Some(without_request) = self.without_request.as_mut().filter(|_| !has_request) {
            without_request.push(trace);
        }
    }

    /// Takes note of spans of which it isn't known which request they belong to.
    pub(super) fn lose<'n>(&mut self, nodes: impl Iterator<Item = &'n Node>) {
        self.lost.extend(nodes.map(|node| node.function));
    }

    /// Adds the request that begins so, of which the trace tells this about its sampling.
    ///
    /// # Errors
    /// When that makes too many.
    pub(super) fn add(
        &mut self,
        nodes: &[Node],
        children: &Children,
        root: &Root,
        mark: Mark,
    ) -> Result<(), TraceError> {
        let (spent, fitted) = self.resolver.request(nodes, children, root.node);
        let top = &nodes[root.node as usize];
        let row = RequestRow {
            trace: root.trace,
            root: root.id,
            start: top.start,
            duration: top.end - top.start,
            weight: match mark.weight {
                Some((weight, _)) if self.options.weights != Weights::None => weight,
                _ => 1.0,
            },
            operation: top.function,
            failed: top.failed,
            told: Told::of(mark),
        };
        self.fitted.clamped += fitted.clamped;
        self.fitted.skewed += fitted.skewed;
        let parts = spent.iter().map(|spent| PartRow {
            operation: spent.function,
            calls: spent.calls,
            exclusive: spent.exclusive,
            inclusive: spent.inclusive,
            waiting: spent.waiting,
        });
        let pushed = self.requests.push(row, parts, &self.options.limits);
        pushed.map_err(|message| self.error(message))
    }

    /// What was found, with what was counted before there were requests.
    pub(super) fn finish(self, mut counters: Counters) -> Portion {
        let name = |(service, operation, waits): &(u32, u32, bool)| OperationName {
            service: self.resources.service_name(*service).to_owned(),
            operation: self.operations.name(*operation).to_owned(),
            waits: *waits,
        };
        let operations: Vec<OperationName> = self.functions.iter().map(name).collect();
        let of_service = |(service, spans): (&u32, &u64)| (self.resources.service_name(*service).to_owned(), *spans);
        counters.merge(Counters {
            orphans: self.orphans.iter().map(of_service).collect(),
            clamped: self.fitted.clamped,
            skewed: self.fitted.skewed,
            left_out: self.left_out,
            skips: self.skips,
            lost: self.lost.iter().map(|function| operations[*function as usize].clone()).collect(),
            services_of_spans: operations.iter().map(|name| name.service.clone()).collect(),
            services: match self.service {
                None => BTreeSet::new(),
                Some(_) => self.resources.services().map(str::to_owned).collect(),
            },
            ..Counters::default()
        });
        let mut requests = self.requests;
        requests.operations = operations;
        Portion { requests, without_request: self.without_request.unwrap_or_default(), counters }
    }
}
