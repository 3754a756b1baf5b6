//! Requests of threads, whose events nest by time.

use std::sync::atomic::{AtomicBool, Ordering};

use super::builder::{RequestBuilder, Root};
use super::error::TraceError;
use super::options::remedy;
use super::rows::Sorted;
use super::sampling::Mark;
use super::spans::{Phase, Reason, ThreadEvent};
use super::tree::{Children, Node, ROOT};

/// Times are microseconds, whose fractions are rounded: an event that begins so many nanoseconds before the last one
/// ends, and ends after it, follows it.
const ROUNDING: i64 = 1_000;

/// Follows threads, one after the other.
pub(super) struct Threads<'a, 'b> {
    builder: &'a mut RequestBuilder<'b>,
    /// Events that haven't ended, the innermost last.
    open: Vec<OpenEvent>,
    /// How many of them wait for an event that ends them.
    waiting: usize,
    /// The request that hasn't ended: its root first.
    nodes: Vec<Node>,
}

/// An event that hasn't ended.
struct OpenEvent {
    /// `None` until its end comes.
    end: Option<i64>,
    /// Its place among the nodes of the request, if it is in one.
    node: Option<u32>,
}

impl<'a, 'b> Threads<'a, 'b> {
    pub(super) fn new(builder: &'a mut RequestBuilder<'b>) -> Self {
        Self { builder, open: Vec::new(), waiting: 0, nodes: Vec::new() }
    }

    /// Adds the requests of all threads.
    ///
    /// # Errors
    /// When a request has too many events, and for temporary files that can't be read.
    pub(super) fn read(mut self, rows: Sorted, cancel: &AtomicBool) -> Result<(), TraceError> {
        let mut thread = None;
        for (count, row) in rows.enumerate() {
            if count % 4096 == 0 && cancel.load(Ordering::Relaxed) {
                return Err(TraceError::Cancelled);
            }
            let event = ThreadEvent::of(&row?);
            if thread.replace(event.thread).is_some_and(|thread| thread != event.thread) {
                self.end_thread()?;
            }
            match event.phase {
                Phase::End => self.end(event.at)?,
                Phase::Begin => self.begin(&event, None)?,
                Phase::Whole(end) => self.begin(&event, Some(end))?,
            }
        }
        self.end_thread()
    }

    fn begin(&mut self, event: &ThreadEvent, end: Option<i64>) -> Result<(), TraceError> {
        while let Some(OpenEvent { end: Some(open_end), .. }) = self.open.last() {
            let follows = end.is_some_and(|end| end > *open_end) && *open_end - event.at < ROUNDING;
            if event.at < *open_end && !follows {
                break;
            }
            self.close()?;
        }
        let parent = self.open.last().and_then(|open| open.node);
        let is_request = parent.is_some() || self.is_request(event);
        let node = is_request.then_some(self.nodes.len() as u32);
        if is_request {
            let most = self.builder.limits().tree();
            if self.nodes.len() as u64 >= most {
                let name = self.builder.name(event.operation);
                let message = format!(
                    "a request has more than {most} events, the limit, up to one of '{name}'; name with --request what is \
                     a request, or {}",
                    remedy("trace-spans")
                );
                return Err(self.builder.error(message));
            }
            self.nodes.push(Node {
                start: event.at,
                end: end.unwrap_or(event.at),
                parent: parent.unwrap_or(ROOT),
                function: self.builder.function(event.operation, event.resource, false),
                resource: self.builder.resource(event.resource),
                failed: false,
                coarse: true,
                waits: false,
            });
        } else {
            self.builder.skips.add(Reason::NotAskedFor, 1, None);
        }
        self.open.push(OpenEvent { end, node });
        self.waiting += usize::from(end.is_none());
        Ok(())
    }

    /// Outermost, or of a name that was asked for; of the process that was, if one was.
    fn is_request(&mut self, event: &ThreadEvent) -> bool {
        if !self.builder.is_of_service(event.resource) {
            return false;
        }
        match self.builder.options.request {
            Some(_) => self.builder.is_asked_for(event.operation, event.resource),
            None => self.open.is_empty(),
        }
    }

    /// Ends the innermost event that waits for it.
    fn end(&mut self, at: i64) -> Result<(), TraceError> {
        if self.waiting == 0 {
            self.builder.skips.add(Reason::Unbegun, 1, None);
            return Ok(());
        }
        while let Some(open) = self.open.last_mut() {
            let is_it = open.end.is_none();
            if let (true, Some(node)) = (is_it, open.node) {
                self.nodes[node as usize].end = at;
            }
            self.close()?;
            if is_it {
                self.waiting -= 1;
                break;
            }
        }
        Ok(())
    }

    /// The innermost event has ended; with the root the request has.
    fn close(&mut self) -> Result<(), TraceError> {
        if self.open.pop().is_some_and(|open| open.node == Some(0)) {
            let root = Root { trace: 0, id: 0, node: 0 };
            self.builder.add(&self.nodes, &Children::of(&self.nodes), &root, Mark::default())?;
            self.nodes.clear();
        }
        Ok(())
    }

    fn end_thread(&mut self) -> Result<(), TraceError> {
        while self.open.last().is_some_and(|open| open.end.is_some()) {
            self.close()?;
        }
        // Without an end a request has no latency; nor is it known where in it time was spent.
        self.builder.skips.add(Reason::Unended, self.nodes.len() as u64, None);
        self.builder.lose(self.nodes.iter());
        self.nodes.clear();
        self.open.clear();
        self.waiting = 0;
        Ok(())
    }
}
