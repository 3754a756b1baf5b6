//! Requests by their latency.

use super::ranks::{Counts, Edge, Of, edges};
use super::request::Request;
use super::resample::Resamples;
use super::source::RequestSource;

/// Ranks that something is told of, in thousandths, in ascending order.
const RANKS: [u32; 12] = [250, 450, 500, 550, 750, 900, 950, 980, 985, 990, 995, 999];

/// Requests, and where ranks lie among their latencies: of all of them, and of every resample.
pub struct Ranked<'a, S> {
    pub(crate) source: &'a S,
    pub(crate) resamples: &'a Resamples,
    /// What they are altogether.
    pub summary: Summary,
    pub(crate) counts: Counts,
    /// Of all requests and of every resample, those of the ranks.
    edges: Vec<Vec<Edge>>,
}

impl<'a, S: RequestSource> Ranked<'a, S> {
    /// # Errors
    /// When requests can't be read.
    pub fn new(source: &'a S, resamples: &'a Resamples) -> Result<Self, S::Error> {
        let counts = Counts::of(resamples);
        let latency = |_, request: &Request, values: &mut [f64]| values[0] = request.latency();
        let edges = edges(source, resamples, &counts, &[Of::Every], &RANKS, latency)?.swap_remove(0);
        Ok(Self { source, resamples, summary: Summary::of(source)?, counts, edges })
    }

    /// Where a rank lies of all requests, the first row, or of a resample; one of 0 or 1,000 isn't looked for.
    pub(crate) fn edge(&self, row: usize, rank: u32) -> Edge {
        match RANKS.binary_search(&rank) {
            Ok(place) => self.edges[row][place],
            Err(place) => Edge::outermost(place == RANKS.len()),
        }
    }

    /// The latencies at these ranks, of all requests or of a resample.
    pub(crate) fn latencies<const N: usize>(&self, row: usize, ranks: [u32; N]) -> [f64; N] {
        ranks.map(|rank| self.edge(row, rank).value)
    }
}

/// What requests are altogether.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Summary {
    /// How many there are.
    pub requests: usize,
    /// How many were answered with an error.
    pub failed: u64,
    /// The longest latency in seconds.
    pub max: f64,
    /// How many requests these stand for.
    pub represented: f64,
    /// How many requests that stand for themselves alone would tell as much (Kish, "Survey Sampling", 1965).
    pub effective: f64,
    /// Whether some stand for more than others.
    pub is_weighted: bool,
}

impl Summary {
    /// # Errors
    /// When requests can't be read.
    pub fn of<S: RequestSource>(source: &S) -> Result<Self, S::Error> {
        let (mut summary, mut squares, mut first) = (Self::default(), 0.0, None);
        source.visit(|_, request| {
            summary.requests += 1;
            summary.failed += u64::from(request.failed);
            summary.max = summary.max.max(request.latency());
            summary.represented += request.weight;
            squares += request.weight * request.weight;
            summary.is_weighted |= *first.get_or_insert(request.weight) != request.weight;
        })?;
        let effective =
            if summary.is_weighted { summary.represented.powi(2) / squares } else { summary.requests as f64 };
        Ok(Self { effective, ..summary })
    }
}
