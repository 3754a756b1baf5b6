//! The spans of a request as a tree, and its critical path.
//!
//! The critical path is that of CRISP (Zhang et al., USENIX ATC 2022) and of Jaeger's interface: from the end of a span
//! backwards, the child that ends last is on it; before its start the child that had ended by then; and so on. What no
//! such child covers is the span's own, its exclusive time. So exclusive times of a request add up to its latency.

use std::collections::HashMap;

/// A child that ends after the next one began, by one part in so many of its parent's duration, still counts as ended by
/// then, as in CRISP: one waits for the other, and their clocks or roundings differ. It is cut there.
const OVERLAP: i64 = 100;
/// What whole microseconds may be off by: a start and a duration, each cut off.
const ROUNDING: i64 = 2_000;

/// No parent.
pub(super) const ROOT: u32 = u32::MAX;

/// A span of a tree. Times are nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) start: i64,
    pub(super) end: i64,
    /// Its place among the nodes, or [`ROOT`].
    pub(super) parent: u32,
    pub(super) function: u32,
    /// The same number for what is the same.
    pub(super) resource: u32,
    pub(super) failed: bool,
    /// Its times are whole microseconds.
    pub(super) coarse: bool,
    /// It waits for what another service does.
    pub(super) waits: bool,
}

/// What a request spent in a function, in nanoseconds on the critical path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spent {
    pub(super) function: u32,
    pub(super) calls: u32,
    pub(super) exclusive: i64,
    pub(super) inclusive: i64,
    /// What of that is in calls of another service.
    pub(super) waiting: i64,
}

/// Children of each node.
pub(super) struct Children {
    /// Where those of each node begin, and where those of the last end.
    first: Vec<u32>,
    all: Vec<u32>,
}

impl Children {
    pub(super) fn of(nodes: &[Node]) -> Self {
        let mut first = vec![0_u32; nodes.len() + 2];
        let parents = || nodes.iter().map(|node| node.parent as usize).enumerate();
        for (_, parent) in parents().filter(|(_, parent)| *parent < nodes.len()) {
            first[parent + 2] += 1;
        }
        for index in 2..first.len() {
            first[index] += first[index - 1];
        }
        let mut all = vec![0; first.last().map_or(0, |last| *last as usize)];
        for (child, parent) in parents().filter(|(_, parent)| *parent < nodes.len()) {
            let place = &mut first[parent + 1];
            all[*place as usize] = child as u32;
            *place += 1;
        }
        first.pop();
        Self { first, all }
    }

    pub(super) fn get(&self, node: u32) -> &[u32] {
        let node = node as usize;
        &self.all[self.first[node] as usize..self.first[node + 1] as usize]
    }
}

/// Spans that had to be fitted into their parents.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Fitted {
    pub(super) clamped: u64,
    pub(super) skewed: u64,
}

/// Finds the critical paths of requests, one after the other, in memory that it keeps.
#[derive(Default)]
pub(super) struct Resolver {
    /// Start and end of each node within its parent, and by what its clock was set.
    fitted: Vec<(i64, i64, i64)>,
    spent: Vec<Spent>,
    /// Where a function is in `spent`.
    places: HashMap<u32, usize>,
    /// Of each in `spent` what is open on the path that is being followed.
    open: Vec<Open>,
    /// What was waited for another service so far, by how many such calls there are around.
    waited: Vec<i64>,
    steps: Vec<PathStep>,
    candidates: Vec<(i64, i64, u32)>,
}

/// Calls that are open.
#[derive(Debug, Clone, Copy, Default)]
struct Open {
    calls: u32,
    /// How many calls of another service there are around the outermost, and what had been waited within so many when it began.
    within: usize,
    waited: i64,
}

enum PathStep {
    /// Follow the path into a node, until a time, within so many calls of another service.
    Into(u32, i64, usize),
    /// It was left.
    Left(usize),
}

impl Resolver {
    /// What the request whose root this is spent where, and how many of its spans had to be fitted.
    ///
    /// Every node beneath the root has one path to it. What is spent comes in no particular order.
    pub(super) fn request(&mut self, nodes: &[Node], children: &Children, root: u32) -> (&[Spent], Fitted) {
        let fitted = self.fit(nodes, children, root);
        self.follow(nodes, children, root);
        (&self.spent, fitted)
    }

    /// Fits every span into its parent, from the root down, and counts calls.
    fn fit(&mut self, nodes: &[Node], children: &Children, root: u32) -> Fitted {
        self.spent.clear();
        self.places.clear();
        self.fitted.resize(nodes.len(), (0, 0, 0));
        let top = &nodes[root as usize];
        self.fitted[root as usize] = (top.start, top.end, 0);
        let mut counts = Fitted::default();
        let mut left = vec![root];
        while let Some(index) = left.pop() {
            let node = &nodes[index as usize];
            let place = *self.places.entry(node.function).or_insert(self.spent.len());
            if place == self.spent.len() {
                self.spent.push(Spent { function: node.function, calls: 0, exclusive: 0, inclusive: 0, waiting: 0 });
            }
            self.spent[place].calls = self.spent[place].calls.saturating_add(1);
            let parent = self.fitted[index as usize];
            for child in children.get(index) {
                // Each resource has a clock of its own.
                let clocks_agree = nodes[*child as usize].resource == node.resource;
                self.fitted[*child as usize] = fit(&nodes[*child as usize], parent, clocks_agree, &mut counts);
                left.push(*child);
            }
        }
        counts
    }

    fn follow(&mut self, nodes: &[Node], children: &Children, root: u32) {
        self.open.clear();
        self.open.resize(self.spent.len(), Open::default());
        self.waited.clear();
        self.steps.clear();
        self.steps.push(PathStep::Into(root, self.fitted[root as usize].1, 0));
        while let Some(step) = self.steps.pop() {
            match step {
                PathStep::Left(place) => self.leave(place),
                PathStep::Into(node, end, within) => self.enter(nodes, children, node, (end, within)),
            }
        }
    }

    /// Once the outermost call is left, it has waited for what was waited meanwhile by calls that aren't within another.
    fn leave(&mut self, place: usize) {
        let open = &mut self.open[place];
        open.calls -= 1;
        if open.calls == 0 {
            self.spent[place].waiting += self.waited[open.within] - open.waited;
        }
    }

    /// Gives a span its own time until `end`, and goes on to its children on the path.
    fn enter(&mut self, nodes: &[Node], children: &Children, node: u32, (end, within): (i64, usize)) {
        let start = self.fitted[node as usize].0;
        let place = self.places[&nodes[node as usize].function];
        let waits = nodes[node as usize].waits;
        if self.waited.len() <= within {
            self.waited.resize(within + 1, 0);
        }
        let open = &mut self.open[place];
        if open.calls == 0 {
            self.spent[place].inclusive += end - start;
            (open.within, open.waited) = (within, self.waited[within]);
        }
        open.calls += 1;
        if waits {
            self.waited[within] += end - start;
        }
        let within = within + usize::from(waits);
        self.steps.push(PathStep::Left(place));

        self.candidates.clear();
        let fitted = |child: &u32| (self.fitted[*child as usize].1.min(end), self.fitted[*child as usize].0, *child);
        self.candidates.extend(children.get(node).iter().map(fitted).filter(|(end, start, _)| start < end));
        // Of those that end together, the longest.
        self.candidates.sort_unstable_by_key(|(end, start, child)| (std::cmp::Reverse(*end), *start, *child));
        let mut until = end;
        let mut own = 0;
        for (child_end, child_start, child) in &self.candidates {
            let is_before = child_end - until <= (end - start) / OVERLAP && *child_start < until;
            if *child_end <= until || is_before {
                let child_end = *child_end.min(&until);
                own += until - child_end;
                until = *child_start;
                self.steps.push(PathStep::Into(*child, child_end, within));
            }
        }
        self.spent[place].exclusive += own + until - start;
    }
}

/// Start and end of a child within its parent, and by what its clock was set.
///
/// A child that is wholly outside its parent by another clock is put into its middle, as Jaeger does it: the call and
/// the answer take alike. What remains outside is cut off; all of a child that began after its parent had ended by the
/// same clock.
fn fit(child: &Node, parent: (i64, i64, i64), clocks_agree: bool, counts: &mut Fitted) -> (i64, i64, i64) {
    let (parent_start, parent_end, parent_shift) = parent;
    // With the clock of its parent it shares what that was set by.
    let mut shift = if clocks_agree { parent_shift } else { 0 };
    let (mut start, mut end) = (child.start + shift, child.end + shift);
    if !clocks_agree && (end < parent_start || start > parent_end) {
        let spare = (parent_end - parent_start) - (end - start);
        shift = parent_start + (spare / 2).max(0) - child.start;
        (start, end) = (child.start + shift, child.end + shift);
        counts.skewed += 1;
    }
    let (inner_start, inner_end) = (start.clamp(parent_start, parent_end), end.clamp(parent_start, parent_end));
    let cut = (inner_start - start).max(end - inner_end);
    let rounding = if child.coarse { ROUNDING } else { 0 };
    if cut > rounding {
        counts.clamped += 1;
    }
    (inner_start, inner_end, shift)
}
