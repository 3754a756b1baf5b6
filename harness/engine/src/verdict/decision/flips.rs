//! What would change a verdict, found by solving the rules: one input is moved until they say something else.

use rustworthy_model::Estimate;
use rustworthy_model::comparison::Kind;
use rustworthy_model::decision::{Flip, FlipInput, Verdict};

use super::case::{Case, Contender, Payload, Standing, Tail};
use super::rules::{Judged, judge};
use super::{Terms, words};

/// How far a volume is moved, as a factor.
const VOLUMES: f64 = 1e4;
/// How far other inputs are moved, as a factor.
const OTHERS: f64 = 32.0;
/// No function takes more of p99 than this.
const MOST_OF_P99: f64 = 0.95;
/// Steps to look for another verdict in.
const STEPS: u32 = 14;
/// Halvings of a step in which there is one: to a hundredth of it.
const HALVINGS: u32 = 9;

/// All that would change a verdict.
pub(super) fn flips(case: &Case, judged: &Judged, terms: &Terms) -> Vec<Flip> {
    let now = judged.verdict;
    let mut found = Vec::new();
    let mut solve = |input: FlipInput, unit: f64, range: (f64, f64), with: &dyn Fn(f64) -> Case| {
        for (limit, above) in [(range.1, true), (range.0, false)] {
            let verdict = |factor: f64| judge(&with(factor), terms).verdict;
            if let Some((verdict, factor)) = search(now, limit, &verdict) {
                let value = unit * factor;
                let text = words::flip(verdict, input, above, value, case);
                found.push(Flip { verdict, input, above, value, text });
            }
        }
    };
    let counts_cost = !matches!(terms.goal, Some(crate::manifest::Goal::P99(_)));
    if let Some(price) = case.price.as_ref().filter(|price| counts_cost && price.migration.is_some()) {
        let with = |factor: f64| {
            let mut case = case.clone();
            if let Some(price) = &mut case.price {
                price.volume *= factor;
            }
            case
        };
        solve(FlipInput::Volume, price.volume, (1.0 / VOLUMES, VOLUMES), &with);
        let days = price.migration.map_or(0.0, |migration| migration.days);
        let with = |factor: f64| {
            let mut case = case.clone();
            if let Some(migration) = case.price.as_mut().and_then(|price| price.migration.as_mut()) {
                migration.days *= factor;
            }
            case
        };
        if days > 0.0 {
            solve(FlipInput::MigrationDays, days, (1.0 / OTHERS, OTHERS), &with);
        }
    }
    if let Tail::Known { share: Some(share), .. } = &case.p99
        && share.estimate > 0.0
    {
        let most = (MOST_OF_P99 / share.estimate).max(1.0);
        solve(FlipInput::ShareOfP99, share.estimate, (1.0 / OTHERS, most), &|factor| more_of_it(case, factor));
    }
    if let Some(rust) = fastest_rust(case) {
        let with = |factor: f64| {
            let mut case = case.clone();
            for contender in case.contenders.iter_mut().filter(|contender| contender.kind == Kind::Rust) {
                let Estimate { estimate, low, high } = contender.speedup;
                contender.speedup = Estimate { estimate: estimate * factor, low: low * factor, high: high * factor };
            }
            case
        };
        solve(FlipInput::Speedup, rust.speedup.estimate, (1.0 / OTHERS, OTHERS), &with);
    }
    if let Some(payload) = &case.payload {
        found.extend(by_payload(case, payload, now, terms));
    }
    found
}

/// The verdict that comes next where a factor goes from 1 to its limit, and where it does. What is inconclusive on the way
/// there is passed over.
fn search(now: Verdict, limit: f64, verdict: &dyn Fn(f64) -> Verdict) -> Option<(Verdict, f64)> {
    if !(limit.is_finite() && limit > 0.0) || limit == 1.0 {
        return None;
    }
    let at = |step: f64| limit.powf(step / f64::from(STEPS));
    for step in 1..=STEPS {
        let other = verdict(at(f64::from(step)));
        if other == now || other == Verdict::Inconclusive {
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

fn fastest_rust(case: &Case) -> Option<&Contender> {
    let rust = case.contenders.iter().filter(|one| one.kind == Kind::Rust && one.standing == Standing::Usable);
    rust.max_by(|one, other| one.speedup.estimate.total_cmp(&other.speedup.estimate))
}

/// The same where the function takes so many times as much of requests.
fn more_of_it(case: &Case, factor: f64) -> Case {
    let mut case = case.clone();
    if let Tail::Known { curve, .. } = &mut case.p99 {
        *curve = curve.scaled(factor);
    }
    if let Some(price) = &mut case.price {
        let Estimate { estimate, low, high } = price.seconds;
        price.seconds = Estimate { estimate: estimate * factor, low: low * factor, high: high * factor };
    }
    case
}

/// The nearest sizes of the input at which the verdict is another.
fn by_payload(case: &Case, payload: &Payload, now: Verdict, terms: &Terms) -> Vec<Flip> {
    let own = payload.size.max(1) as f64;
    let sizes = payload.sizes.iter().map(|(size, _)| (*size).max(1) as f64);
    let (smallest, largest) = sizes.fold((own, own), |(low, high), size| (low.min(size), high.max(size)));
    let mut found = Vec::new();
    for (limit, above) in [(largest / own, true), (smallest / own, false)] {
        let verdict = |factor: f64| judge(&at_size(case, payload, own * factor), terms).verdict;
        if let Some((verdict, factor)) = search(now, limit, &verdict) {
            let size = own * factor;
            let value = payload.bytes(size).unwrap_or(size);
            let text = words::payload_flip(verdict, above, size, payload.bytes(size));
            found.push(Flip { verdict, input: FlipInput::Payload, above, value, text });
        }
    }
    found
}

impl Payload {
    /// Bytes of an input of that size; lines on logarithmic scales between sizes that were measured.
    fn bytes(&self, size: f64) -> Option<f64> {
        let known: Vec<(f64, f64)> = self
            .sizes
            .iter()
            .filter_map(|(size, bytes)| Some(((*size).max(1) as f64, (*bytes)?.max(1) as f64)))
            .collect();
        between(&known, size)
    }
}

/// The case with speedups as they are at a size of the input.
fn at_size(case: &Case, payload: &Payload, size: f64) -> Case {
    let mut case = case.clone();
    let sizes = payload.sizes.iter().map(|(size, _)| (*size).max(1) as f64);
    let at = |value: &dyn Fn(usize) -> Option<f64>| {
        let known: Vec<(f64, f64)> =
            sizes.clone().enumerate().filter_map(|(place, size)| Some((size, value(place)?))).collect();
        between(&known, size)
    };
    let own = payload.size.max(1) as f64;
    for (index, contender) in case.contenders.iter_mut().enumerate() {
        let end = |end: fn(&Estimate) -> f64| {
            at(&|place| {
                let (_, speedups) = payload.speedups.get(place)?;
                speedups.get(index)?.as_ref().map(end)
            })
        };
        let found = (end(|one| one.estimate), end(|one| one.low), end(|one| one.high));
        if let (Some(estimate), Some(low), Some(high)) = found {
            contender.speedup = Estimate { estimate, low, high };
        }
    }
    let seconds = |size: f64| {
        let known: Vec<(f64, f64)> =
            sizes.clone().zip(&payload.speedups).filter_map(|(size, (seconds, _))| Some((size, (*seconds)?))).collect();
        between(&known, size)
    };
    if let (Some(price), Some(there), Some(here)) = (&mut case.price, seconds(size), seconds(own)) {
        let factor = there / here;
        let Estimate { estimate, low, high } = price.seconds;
        price.seconds = Estimate { estimate: estimate * factor, low: low * factor, high: high * factor };
    }
    case
}

/// A value at a size, of those known at ascending sizes; the outermost ones beyond them.
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
