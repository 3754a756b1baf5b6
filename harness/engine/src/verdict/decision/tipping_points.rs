//! What would change a verdict, found by solving the rules: one input is moved until they say something else.

use rustworthy_model::Estimate;
use rustworthy_model::comparison::Kind;
use rustworthy_model::decision::{Flip, FlipInput, FlipUnit, Verdict};

use super::evidence::{Contender, Eligibility, Evidence, P99, SizePoint, SpeedupsBySize};
use super::rules::{Judgement, judge};
use super::terms::Terms;

/// How far a volume is moved, as a factor.
const VOLUMES: f64 = 1e4;
/// How far other inputs are moved, as a factor.
const OTHERS: f64 = 32.0;
/// No function takes more of p99 than this.
const MOST_OF_P99: f64 = 0.95;
/// Steps in which a value is varied to find where the verdict changes.
const STEPS: u32 = 14;
/// Halvings of a step in which there is one: to a hundredth of it.
const HALVINGS: u32 = 9;

/// All that would change a verdict.
pub(super) fn tipping_points(evidence: &Evidence, judgement: &Judgement, terms: &Terms) -> Vec<Flip> {
    let solver = Solver { evidence, terms, now: judgement.verdict };
    let mut found = Vec::new();
    if terms.counts_cost() {
        found.extend(solver.by_volume());
        found.extend(solver.by_migration_days(judgement.considered));
    }
    found.extend(solver.by_share_of_p99());
    found.extend(solver.by_speedup());
    found.extend(solver.by_size());
    found
}

/// An input that is moved.
struct Input {
    input: FlipInput,
    unit: FlipUnit,
    /// Its value.
    value: f64,
    /// The smallest and the largest factor to move it by.
    range: (f64, f64),
}

/// Moves inputs until the rules say something else.
struct Solver<'a> {
    evidence: &'a Evidence,
    terms: &'a Terms,
    /// The verdict as it is.
    now: Verdict,
}

impl Solver<'_> {
    /// Where the verdict changes on both sides of an input; `with` is the evidence with the input moved by a factor.
    fn solve(&self, input: &Input, with: impl Fn(f64) -> Evidence) -> Vec<Flip> {
        let verdict = |factor: f64| judge(&with(factor), self.terms).verdict;
        let sides = [(input.range.1, true), (input.range.0, false)].into_iter().filter_map(|(limit, above)| {
            let (verdict, factor) = self.search(limit, verdict)?;
            Some(Flip { verdict, input: input.input, above, value: input.value * factor, unit: input.unit })
        });
        sides.collect()
    }

    /// The verdict that comes next where a factor goes from 1 to its limit, and the factor. What is inconclusive on the way
    /// there is passed over.
    fn search(&self, limit: f64, verdict: impl Fn(f64) -> Verdict) -> Option<(Verdict, f64)> {
        if !(limit.is_finite() && limit > 0.0) || limit == 1.0 {
            return None;
        }
        let at = |step: f64| limit.powf(step / f64::from(STEPS));
        for step in 1..=STEPS {
            let other = verdict(at(f64::from(step)));
            if other == self.now || other == Verdict::Inconclusive {
                continue;
            }
            let (mut near, mut far) = (f64::from(step - 1), f64::from(step));
            for _ in 0..HALVINGS {
                let middle = f64::midpoint(near, far);
                if verdict(at(middle)) == other { far = middle } else { near = middle }
            }
            return Some((other, at(far)));
        }
        None
    }

    fn by_volume(&self) -> Vec<Flip> {
        let Some(price) = self.evidence.price.as_ref().filter(|price| price.migration.is_some()) else {
            return Vec::new();
        };
        let unit = if price.is_calls { FlipUnit::CallsPerMonth } else { FlipUnit::RequestsPerMonth };
        let range = (1.0 / VOLUMES, VOLUMES);
        self.solve(&Input { input: FlipInput::Volume, unit, value: price.volume, range }, |factor| {
            let mut evidence = self.evidence.clone();
            if let Some(price) = &mut evidence.price {
                price.volume *= factor;
            }
            evidence
        })
    }

    /// By the days of the contender that the verdict is about, or of any where it is about none.
    fn by_migration_days(&self, considered: Option<usize>) -> Vec<Flip> {
        let contender = considered.map(|index| &self.evidence.contenders[index]);
        let days = self.evidence.migration(contender).map(|migration| migration.days);
        let Some(value) = days.filter(|days| *days > 0.0) else { return Vec::new() };
        let range = (1.0 / OTHERS, OTHERS);
        self.solve(&Input { input: FlipInput::MigrationDays, unit: FlipUnit::Days, value, range }, |factor| {
            let mut evidence = self.evidence.clone();
            match considered {
                Some(index) => evidence.contenders[index].days = Some(value * factor),
                None => {
                    if let Some(migration) = evidence.price.as_mut().and_then(|price| price.migration.as_mut()) {
                        migration.days *= factor;
                    }
                }
            }
            evidence
        })
    }

    fn by_share_of_p99(&self) -> Vec<Flip> {
        let value = match &self.evidence.p99 {
            P99::Known { share: Some(share), .. } if share.estimate > 0.0 => share.estimate,
            _ => return Vec::new(),
        };
        let range = (1.0 / OTHERS, (MOST_OF_P99 / value).max(1.0));
        self.solve(&Input { input: FlipInput::ShareOfP99, unit: FlipUnit::Share, value, range }, |factor| {
            // The function takes so many times as much of all requests.
            let mut evidence = self.evidence.clone();
            if let P99::Known { curve, .. } = &mut evidence.p99 {
                *curve = curve.scaled(factor);
            }
            scale_seconds(&mut evidence, factor);
            evidence
        })
    }

    fn by_speedup(&self) -> Vec<Flip> {
        let usable = |one: &&Contender| one.kind == Kind::Rust && one.eligibility == Eligibility::Usable;
        let rust = self.evidence.contenders.iter().filter(usable);
        let fastest = rust.map(|one| one.speedup.estimate).max_by(f64::total_cmp);
        let Some(value) = fastest else { return Vec::new() };
        let range = (1.0 / OTHERS, OTHERS);
        self.solve(&Input { input: FlipInput::Speedup, unit: FlipUnit::Factor, value, range }, |factor| {
            let mut evidence = self.evidence.clone();
            for contender in evidence.contenders.iter_mut().filter(|contender| contender.kind == Kind::Rust) {
                contender.speedup = contender.speedup.map(|speedup| speedup * factor);
            }
            evidence
        })
    }

    /// The nearest sizes of the input at which the verdict is another.
    fn by_size(&self) -> Vec<Flip> {
        let Some(sizes) = &self.evidence.sizes else { return Vec::new() };
        let own = at_least_one(sizes.own);
        let all = sizes.points.iter().map(|point| at_least_one(point.size));
        let (smallest, largest) = all.fold((own, own), |(low, high), size| (low.min(size), high.max(size)));
        let range = (smallest / own, largest / own);
        let input = Input { input: FlipInput::Payload, unit: FlipUnit::Size, value: own, range };
        let in_bytes = |flip: Flip| match sizes.interpolated(flip.value, |point| point.bytes.map(at_least_one)) {
            Some(value) => Flip { value, unit: FlipUnit::Bytes, ..flip },
            None => flip,
        };
        self.solve(&input, |factor| at_size(self.evidence, sizes, own * factor)).into_iter().map(in_bytes).collect()
    }
}

fn scale_seconds(evidence: &mut Evidence, factor: f64) {
    if let Some(price) = &mut evidence.price {
        price.seconds = price.seconds.map(|seconds| seconds * factor);
    }
}

/// A size that has a logarithm.
fn at_least_one(size: u64) -> f64 {
    size.max(1) as f64
}

impl SpeedupsBySize {
    /// A value at a size: straight lines on logarithmic scales between the sizes at which it is known, and the outermost
    /// values beyond them.
    fn interpolated(&self, size: f64, value: impl Fn(&SizePoint) -> Option<f64>) -> Option<f64> {
        let known = self.points.iter().filter_map(|point| Some((at_least_one(point.size), value(point)?)));
        between(&known.collect::<Vec<_>>(), size)
    }

    /// The speedup of a contender, by its index, at a size.
    fn speedup(&self, contender: usize, size: f64) -> Option<Estimate> {
        let end = |end: fn(&Estimate) -> f64| {
            self.interpolated(size, |point| point.speedups.get(contender)?.as_ref().map(end))
        };
        let estimate = end(|speedup| speedup.estimate)?;
        // Ends need not be known wherever the estimate is, so that other sizes may stand in for theirs.
        let (low, high) = (end(|speedup| speedup.low)?.min(estimate), end(|speedup| speedup.high)?.max(estimate));
        Some(Estimate { estimate, low, high })
    }
}

/// The evidence with speedups and times as they are at a size of the input.
fn at_size(evidence: &Evidence, sizes: &SpeedupsBySize, size: f64) -> Evidence {
    let mut evidence = evidence.clone();
    for (index, contender) in evidence.contenders.iter_mut().enumerate() {
        contender.speedup = sizes.speedup(index, size).unwrap_or(contender.speedup);
    }
    let seconds = |size: f64| sizes.interpolated(size, |point| point.seconds);
    if let (Some(there), Some(here)) = (seconds(size), seconds(at_least_one(sizes.own))) {
        scale_seconds(&mut evidence, there / here);
    }
    evidence
}

/// A value at a size, of those known at ascending sizes.
fn between(known: &[(f64, f64)], size: f64) -> Option<f64> {
    let (first, last) = (known.first()?, known.last()?);
    if size <= first.0 {
        return Some(first.1);
    }
    let after = known.iter().position(|(at, _)| *at >= size);
    let Some(after) = after.filter(|after| *after > 0) else { return Some(last.1) };
    let ((from, low), (to, high)) = (known[after - 1], known[after]);
    if low <= 0.0 || high <= 0.0 {
        return Some(low);
    }
    let way = (size.ln() - from.ln()) / (to.ln() - from.ln());
    Some((low.ln() + way * (high.ln() - low.ln())).exp())
}
