//! Requests that are put together one by one, with the operations that they spent their time in.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;

use rustworthy_model::attribution::Trace;

use super::error::TraceError;
use super::imported::Imported;
use super::names::{Operations, Resources};
use super::options::{Limits, Options, remedy};
use super::sampling::{Mark, Sampling, Source, Weights};
use super::spans::{Skipped, Skips};
use super::tree::{Children, Fitted, Node, Resolver};
use crate::request::{Function, Part, Request, Requests};

/// Puts requests together, whose times are nanoseconds until all are there.
pub(super) struct RequestBuilder<'a> {
    /// Files and folders, as they were given.
    paths: &'a [PathBuf],
    pub(super) options: &'a Options,
    operations: &'a Operations,
    resources: &'a Resources,
    pub(super) skips: Skips,
    /// Service and operation of each function.
    functions: Vec<(u32, u32)>,
    by_operation: HashMap<(u32, u32), u32>,
    asked_for: HashMap<(u32, u32), bool>,
    /// Functions of spans that are part of no request, since it isn't known which one they belong to.
    lost: BTreeSet<u32>,
    /// With their start.
    requests: Vec<(i64, Request)>,
    /// The service whose first span of each trace is a request, if one is named.
    service: Option<u32>,
    /// Spans whose parent isn't in the trace.
    pub(super) orphans: u64,
    /// How many of them each service has.
    orphans_by_service: HashMap<u32, u64>,
    /// What was told of the sampling of all spans.
    pub(super) late_mark: Mark,
    sampling: Sampling,
    is_sampled: bool,
    /// Where weights are from.
    sources: BTreeSet<Source>,
    pub(super) fitted: Fitted,
    resolver: Resolver,
}

impl<'a> RequestBuilder<'a> {
    pub(super) fn new(
        paths: &'a [PathBuf],
        options: &'a Options,
        operations: &'a Operations,
        resources: &'a Resources,
        skips: Skips,
    ) -> Result<Self, TraceError> {
        let service = match &options.service {
            None => None,
            Some(name) => Some(resources.find(name).map_err(|message| TraceError::Together {
                files: paths.to_vec(),
                message: format!("--service: {message}"),
            })?),
        };
        Ok(Self {
            paths,
            options,
            operations,
            resources,
            skips,
            functions: Vec::new(),
            by_operation: HashMap::new(),
            asked_for: HashMap::new(),
            lost: BTreeSet::new(),
            requests: Vec::new(),
            service,
            orphans: 0,
            orphans_by_service: HashMap::new(),
            late_mark: Mark::default(),
            sampling: Sampling { is_ignored: options.weights == Weights::None, ..Sampling::default() },
            is_sampled: false,
            sources: BTreeSet::new(),
            fitted: Fitted::default(),
            resolver: Resolver::default(),
        })
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

    /// The service whose first span of each trace is a request, if one is named.
    pub(super) fn service(&self) -> Option<u32> {
        self.service
    }

    /// Whether a resource is of that service; all are where none is named.
    pub(super) fn is_of_service(&self, resource: u32) -> bool {
        self.service.is_none_or(|service| self.resources.service(resource) == service)
    }

    /// How many requests one stands for, whose own span and whose trace are marked so.
    pub(super) fn weigh(&mut self, own: Mark, of_trace: Mark) -> f64 {
        let weight = own.weight.or(of_trace.weight);
        let source = weight.map(|(_, source)| source);
        self.sources.extend(source);
        let Mark { is_chosen, is_limited, .. } = of_trace;
        self.is_sampled |= is_chosen || is_limited || weight.is_some_and(|(weight, _)| weight > 1.0);
        let count = match source {
            _ if matches!(self.options.weights, Weights::Key(_)) => {
                source.is_none().then_some(&mut self.sampling.unweighted)
            }
            Some(Source::Threshold) => is_chosen.then_some(&mut self.sampling.trusted),
            _ if is_chosen => Some(&mut self.sampling.chosen),
            _ if is_limited => Some(&mut self.sampling.limited),
            None => Some(&mut self.sampling.unweighted),
            Some(_) => None,
        };
        if let Some(count) = count {
            *count += 1;
        }
        match weight {
            Some((weight, _)) if !self.sampling.is_ignored => weight,
            _ => 1.0,
        }
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

    /// Takes note of a span whose parent isn't in the trace.
    pub(super) fn lose_orphan(&mut self, resource: u32) {
        self.orphans += 1;
        *self.orphans_by_service.entry(self.resources.service(resource)).or_default() += 1;
    }

    /// Takes note of spans of which it isn't known which request they belong to.
    pub(super) fn lose<'n>(&mut self, nodes: impl Iterator<Item = &'n Node>) {
        self.lost.extend(nodes.map(|node| node.function));
    }

    /// Adds the request whose root this is, and which stands for so many.
    ///
    /// # Errors
    /// When that makes too many.
    pub(super) fn add(
        &mut self,
        nodes: &[Node],
        children: &Children,
        root: u32,
        weight: f64,
    ) -> Result<(), TraceError> {
        let most = self.limits().requests;
        if self.requests.len() as u64 >= most {
            let message = format!("more than {most} requests, the limit; {}", remedy("requests"));
            return Err(self.error(message));
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
            asleep: 0.0,
        });
        let request = Request {
            end: seconds(top.end - top.start),
            failed: top.failed,
            weight,
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
        let (weights, most_orphans) = (self.weights(), self.most_orphans());
        let Self { paths, options, operations, resources, skips, functions, lost, mut requests, .. } = self;
        let Self { mut sampling, is_sampled, sources, .. } = self;
        let skipped = skips.into_vec();
        let failed = |message| Err(TraceError::Together { files: paths.to_vec(), message });
        if requests.is_empty() {
            return failed(without_request(&trace, &skipped, most_orphans));
        }
        match &options.weights {
            Weights::Key(key) if sources.is_empty() => {
                return failed(format!(
                    "--weights: no span of a request has an attribute '{key}'; name one that tells how many requests one \
                     stands for"
                ));
            }
            _ if sources.is_empty() || sampling.is_ignored => sampling.unweighted = 0,
            _ => {}
        }
        requests.sort_by_key(|(start, request)| (*start, request.end.to_bits()));
        let first = requests[0].0;
        let mut functions = named(&functions, operations, resources);
        let mut requests: Vec<Request> = requests
            .into_iter()
            .map(|(start, mut request)| {
                request.arrival = seconds(start - first);
                request.start = request.arrival;
                request.end += request.arrival;
                request
            })
            .collect();
        let places = used(&requests, functions.len());
        for part in requests.iter_mut().flat_map(|request| &mut request.parts) {
            part.function = places[part.function as usize].unwrap_or_default();
        }
        let known = |number: f64| sampling.refusal().is_none().then_some(number);
        let requests = Requests { functions: Vec::new(), requests };
        let trace = Trace {
            sampled: is_sampled,
            weights,
            represented_requests: known(requests.represented()),
            effective_requests: known(requests.effective()),
            ..trace
        };
        let is_used = |function: u32| places[function as usize].is_some();
        let unplaced = lost.into_iter().filter(|function| !is_used(*function));
        let unplaced = unplaced.map(|function| functions[function as usize].clone()).collect();
        let mut function = 0..;
        functions.retain(|_| function.next().is_some_and(is_used));
        Ok(Imported::Requests {
            requests: Requests { functions, ..requests },
            trace,
            sampling,
            grouped: operations.grouped(),
            skipped,
            unplaced,
        })
    }

    /// Where weights are from, as results have it.
    fn weights(&self) -> Option<String> {
        let weights = &self.options.weights;
        let names: Vec<&str> = self.sources.iter().map(|source| source.name(weights)).collect();
        match weights {
            Weights::None => Some("none".to_owned()),
            _ => (!names.is_empty()).then(|| names.join(", ")),
        }
    }

    /// The service that has most orphans, the first by its name of such, and how many.
    fn most_orphans(&self) -> Option<(&'a str, u64)> {
        let named =
            self.orphans_by_service.iter().map(|(service, spans)| (self.resources.service_name(*service), *spans));
        named.filter(|(name, _)| !name.is_empty()).min_by_key(|(name, spans)| (Reverse(*spans), *name))
    }
}

/// Of each function its place among those that requests have spans of.
fn used(requests: &[Request], functions: usize) -> Vec<Option<u32>> {
    let mut is_used = vec![false; functions];
    for part in requests.iter().flat_map(|request| &request.parts) {
        is_used[part.function as usize] = true;
    }
    let mut places = 0..;
    is_used.into_iter().map(|is_used| if is_used { places.next() } else { None }).collect()
}

/// Why there is no request.
fn without_request(trace: &Trace, skipped: &[Skipped], most_orphans: Option<(&str, u64)>) -> String {
    if trace.spans == 0 {
        return "holds no span, so no request".to_owned();
    }
    let mut reasons: Vec<_> = skipped.iter().map(|skipped| format!("{} {}", skipped.spans, skipped.reason)).collect();
    let mut advice = String::new();
    if trace.orphans > 0 {
        reasons.push(format!("{} whose parent isn't in the trace", trace.orphans));
        advice = "; a request begins with a span without a parent: if other files hold the parents, give them too"
            .to_owned();
        if let Some((service, spans)) = most_orphans {
            advice += &format!(
                ", and if they are elsewhere, name the service with whose first span of a trace a request begins: \
                 --service '{service}' ({spans} of these {} its)",
                if spans == 1 { "is" } else { "are" }
            );
        }
    }
    let spans = if trace.spans == 1 { "span" } else { "spans" };
    let of = if reasons.is_empty() { String::new() } else { format!(": {}", reasons.join(", ")) };
    format!("no request among {} {spans}{of}{advice}", trace.spans)
}

/// Operations, after their service where there are several; functions of Python only where several services have one of that
/// name, since workloads know them without.
fn named(functions: &[(u32, u32)], operations: &Operations, resources: &Resources) -> Vec<Function> {
    let has_several = functions.iter().any(|(service, _)| *service != functions[0].0);
    let mut services: HashMap<u32, u32> = HashMap::new();
    for (_, operation) in functions.iter().filter(|(_, operation)| operations.is_function(*operation)) {
        *services.entry(*operation).or_default() += 1;
    }
    let name = |(service, operation): &(u32, u32)| {
        let service = resources.service_name(*service);
        let has_several = has_several && services.get(operation) != Some(&1);
        let operation = match operations.name(*operation) {
            "" => "(nameless)",
            operation => operation,
        };
        if has_several && !service.is_empty() { with_service(service, operation) } else { operation.to_owned() }
    };
    let file = |(_, operation): &(u32, u32)| operations.file(*operation).map(str::to_owned);
    let function = |function| Function { name: name(function), file: file(function), line: None };
    functions.iter().map(function).collect()
}

fn with_service(service: &str, operation: &str) -> String {
    format!("{service}: {operation}")
}

fn seconds(nanos: i64) -> f64 {
    nanos as f64 / 1e9
}
