//! Replays of constructed services, whose projections are known.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use rustworthy_model::Estimate;
use rustworthy_model::attribution::{NamedSpeedup, Speedup};

use super::*;
use crate::latency::{P50, observed};
use crate::ranked::Ranked;
use crate::replay::Queue;
use crate::request::{Function, Part, Request, Requests};
use crate::resample::Resamples;
use rustworthy_stats::Confidence;

const ONE: Queue = Queue { servers: 1, waking: 0.0 };

/// Two functions take a third and two thirds of requests that one server handles, at that utilisation.
fn requests(utilization: f64) -> Requests {
    let mut random = Pcg64Mcg::seed_from_u64(7);
    let mut exponential = |mean: f64| -mean * (1.0 - random.random::<f64>()).ln();
    let (mut arrival, mut free) = (0.0, 0.0_f64);
    let function = |name: &str| Function { name: name.to_owned(), file: None, line: None, waits: false };
    let request = |_| {
        arrival += exponential(1.0 / utilization);
        let service = exponential(1.0);
        let start = free.max(arrival);
        free = start + service;
        let part = |(function, share): (u32, f64)| Part {
            function,
            calls: 1,
            exclusive: share * service,
            inclusive: share * service,
            asleep: 0.0,
        };
        let parts = [(0, 1.0 / 3.0), (1, 2.0 / 3.0)].map(part).to_vec();
        Request { arrival, start, end: free, cpu: service, parts, ..Request::default() }
    };
    Requests { functions: vec![function("short"), function("long")], requests: (0..4000).map(request).collect() }
}

#[test]
fn the_replay_gives_what_was_observed() {
    let requests = requests(0.8);
    let Ok(resamples) = Resamples::new(&requests, 1, Confidence::USUAL);
    let error = ReplayModel::new(&[&requests], &requests, ONE, &resamples).error();
    assert!(error.p50.abs() < 1e-9 && error.p99.abs() < 1e-9 && error.is_tolerable(), "{error:?}");
    // Two servers would not have let them wait so long.
    let two = ReplayModel::new(&[&requests], &requests, Queue { servers: 2, ..ONE }, &resamples);
    assert!(!two.error().is_tolerable());
}

/// A replay is judged by how well the quantiles are known that it has to give.
#[test]
fn a_replay_within_the_interval_of_what_was_observed_is_a_model_of_it() {
    let mut requests = requests(0.8);
    requests.requests.truncate(1_000);
    // Answers that were late for other reasons than the queue, as beside a busy neighbour.
    let delayed = |share: f64| {
        let mut late = requests.clone();
        for request in &mut late.requests {
            let more = share * request.latency();
            (request.start, request.end) = (request.start + more, request.end + more);
        }
        late
    };
    let error = |late: &Requests| {
        let Ok(resamples) = Resamples::new(late, 1, Confidence::USUAL);
        let Ok(observed) = Ranked::new(late, &resamples).and_then(|ranked| observed(&ranked));
        let p99 = observed[crate::latency::P99].expect("enough requests");
        (ReplayModel::new(&[late], late, ONE, &resamples).error(), p99)
    };
    let late = delayed(0.15);
    let (near, p99) = error(&late);
    assert!(near.p99.abs() > 0.1 && p99.low < p99.estimate * (1.0 + near.p99), "{near:?} {p99:?}");
    assert!(near.is_tolerable(), "{near:?} {p99:?}");
    let (far, p99) = error(&delayed(1.0));
    assert!(!far.is_tolerable(), "{far:?} {p99:?}");
}

/// At 0.8 the queue multiplies what is saved: with two thirds of the work gone, a request of M/M/1 takes 1/11 of what it
/// took, and the load could more than double. Without a queue it takes a third.
#[test]
fn what_is_saved_is_saved_in_the_queue_too() {
    let requests = requests(0.8);
    let Ok(resamples) = Resamples::new(&requests, 1, Confidence::USUAL);
    let infinite = Speedup::Named(NamedSpeedup::Infinite);
    let queued = ReplayModel::new(&[&requests], &requests, ONE, &resamples);
    let found = queued.what_if(infinite, &[FasterFunction::times(1, f64::INFINITY)]);
    assert!((found.cpu_saved.estimate - 2.0 / 3.0).abs() < 1e-9, "{found:?}");
    assert!((-0.96..-0.85).contains(&found.p99_change.estimate), "{found:?}");
    assert!(found.p99_change.low <= found.p99_change.estimate && found.p99_change.estimate <= found.p99_change.high);
    assert!(found.load.is_some_and(|load| (2.0..4.0).contains(&load)), "{found:?}");
    let alone = ReplayModel::new(&[&requests], &requests, Queue::default(), &resamples);
    let found = alone.what_if(infinite, &[FasterFunction::times(1, f64::INFINITY)]);
    assert_eq!(found.load, None);
    // The model assumes that nothing waits, so what it projects starts from what was observed.
    assert!((found.p99_change.estimate + 2.0 / 3.0).abs() < 1e-6, "{found:?}");
}

#[test]
fn sets_grow_by_what_lowers_p99_most() {
    let requests = requests(0.6);
    let Ok(resamples) = Resamples::new(&requests, 1, Confidence::USUAL);
    let model = ReplayModel::new(&[&requests], &requests, ONE, &resamples);
    let names = ["short".to_owned(), "long".to_owned()];
    let sets = model.sets(&[FasterFunction::times(0, 10.0), FasterFunction::times(1, 10.0)], &names);
    let chosen: Vec<&[String]> = sets.iter().map(|set| set.functions.as_slice()).collect();
    assert_eq!(chosen, [&["long".to_owned()][..], &["long".to_owned(), "short".to_owned()][..]]);
    assert!(sets[1].what_if.p99.estimate < sets[0].what_if.p99.estimate);
}

#[test]
fn a_speedup_that_is_not_sure_widens_what_is_projected() {
    let requests = requests(0.6);
    let Ok(resamples) = Resamples::new(&requests, 1, Confidence::USUAL);
    let model = ReplayModel::new(&[&requests], &requests, ONE, &resamples);
    let width = |low, high| {
        let faster = FasterFunction { speedup: Estimate { estimate: 3.0, low, high }, ..FasterFunction::times(1, 3.0) };
        let found = model.what_if(Speedup::Named(NamedSpeedup::Measured), &[faster]);
        found.p99.high - found.p99.low
    };
    assert!(width(1.2, 9.0) > width(3.0, 3.0));
}

/// What never sleeps.
fn busy(seconds: &[f64]) -> Successor<'_> {
    Successor { seconds, processor_seconds: seconds }
}

/// The long one sleeps for nine tenths of its time, as does what stands in its place.
#[test]
fn time_that_was_slept_is_no_processor_time_that_is_saved() {
    let mut requests = requests(0.6);
    for request in &mut requests.requests {
        let asleep = 0.9 * request.parts[1].inclusive;
        request.cpu -= asleep;
        request.parts[1].asleep = asleep;
        request.parts[1].exclusive -= asleep;
    }
    let Ok(resamples) = Resamples::new(&requests, 1, Confidence::USUAL);
    let model = ReplayModel::new(&[&requests], &requests, Queue::default(), &resamples);
    let what_if = |faster| model.what_if(Speedup::Named(NamedSpeedup::Measured), &[faster]);
    let replaced = |speedup| FasterFunction { is_inclusive: true, ..FasterFunction::times(1, speedup) };
    // Of 0.4 on the processor a third of a request is the short one's, and a tenth of two thirds the long one's.
    let own = (0.1 * 2.0 / 3.0) / (1.0 / 3.0 + 0.1 * 2.0 / 3.0);
    let saved = |faster| what_if(faster).cpu_saved.estimate;
    assert!((saved(replaced(f64::INFINITY)) - own).abs() < 1e-9);
    assert!((saved(replaced(2.0)) - own / 2.0).abs() < 1e-9);
    assert!((saved(FasterFunction::times(1, f64::INFINITY)) - own).abs() < 1e-9);
    // What keeps its sleep and halves the rest saves a twentieth of the time and half of the processor.
    let of = |share: f64| requests.requests.iter().map(|request| share * request.parts[1].inclusive).collect();
    let (seconds, processor_seconds): (Vec<f64>, Vec<f64>) = (of(0.95), of(0.05));
    let after = Some(Successor { seconds: &seconds, processor_seconds: &processor_seconds });
    assert!((saved(FasterFunction { after, ..replaced(1.0 / 0.95) }) - own / 2.0).abs() < 1e-9);
}

#[test]
fn what_comes_up_in_other_requests_than_before_is_added_to_these() {
    let requests = requests(0.6);
    let Ok(resamples) = Resamples::new(&requests, 1, Confidence::USUAL);
    let model = ReplayModel::new(&[&requests], &requests, Queue::default(), &resamples);
    let after = vec![0.25; requests.requests.len()];
    let nowhere = FasterFunction { after: Some(busy(&after)), ..FasterFunction::times(9, 1.0) };
    let found = model.what_if(Speedup::Named(NamedSpeedup::Measured), &[nowhere]);
    let (all, sum) = (requests.requests.len() as f64, requests.requests.iter().map(Request::service).sum::<f64>());
    assert!((found.cpu_saved.estimate + 0.25 * all / sum).abs() < 1e-9, "{found:?}");
}

/// With nothing faster all is as it was, and no better known: where latency drifts, what is beyond p99 lies in a few blocks.
#[test]
fn what_is_projected_is_as_uncertain_as_what_was_observed() {
    let request = |place: usize| {
        let (arrival, service) =
            (100.0 * place as f64, 1.0 + (place as f64 / 400.0).sin() + place as f64 % 7.0 / 100.0);
        let part = Part { function: 0, calls: 1, exclusive: service, inclusive: service, asleep: 0.0 };
        Request {
            arrival,
            start: arrival,
            end: arrival + service,
            cpu: service,
            parts: vec![part],
            ..Request::default()
        }
    };
    let function = Function { name: "all".to_owned(), file: None, line: None, waits: false };
    let requests = Requests { functions: vec![function], requests: (0..4_000).map(request).collect() };
    let Ok(resamples) = Resamples::new(&requests, 1, Confidence::USUAL);
    let Ok(ranked) = Ranked::new(&requests, &resamples);
    let Ok(observed) = observed(&ranked);
    let observed = observed[crate::latency::P99].expect("enough requests");
    let speedup = Speedup::Named(NamedSpeedup::Measured);
    let faster = vec![FasterFunction::times(0, 1.0)];
    let replayed = ReplayModel::new(&[&requests], &requests, Queue::default(), &resamples).what_if(speedup, &faster);
    let Ok(paths) = PathModel::new(&ranked).what_ifs(&[Case { speedup, faster }]);
    for projected in [replayed.p99, paths[0].p99] {
        let width = |of: Estimate| of.high - of.low;
        assert!((width(projected) / width(observed) - 1.0).abs() < 0.05, "{projected:?} {observed:?}");
    }
}

/// A trace tells what a function waits for: nine tenths of its time, which whatever replaces it waits for too.
#[test]
fn on_a_path_what_is_replaced_still_waits_for_the_services_that_it_calls() {
    let mut requests = requests(0.5);
    for request in &mut requests.requests {
        request.start = request.arrival;
        request.end = request.arrival + request.cpu;
        request.parts[1].asleep = 0.9 * request.parts[1].inclusive;
    }
    let Ok(resamples) = Resamples::new(&requests, 1, Confidence::USUAL);
    let Ok(ranked) = Ranked::new(&requests, &resamples);
    let replaced = FasterFunction { is_inclusive: true, ..FasterFunction::times(1, f64::INFINITY) };
    let speedup = Speedup::Named(NamedSpeedup::Infinite);
    let Ok(found) = PathModel::new(&ranked).what_ifs(&[Case { speedup, faster: vec![replaced] }]);
    let expected = 0.1 * 2.0 / 3.0;
    assert!((found[0].p99_change.estimate + expected).abs() < 1e-9, "{found:?}");
    assert!((found[0].cpu_saved.estimate - expected).abs() < 1e-9, "{found:?}");
}

/// What stands in a function's place is known for each request: those that gain nothing keep what they took, however
/// fast the others get.
#[test]
fn what_was_measured_in_a_functions_place_counts_request_by_request() {
    let requests = requests(0.6);
    let Ok(resamples) = Resamples::new(&requests, 1, Confidence::USUAL);
    let model = ReplayModel::new(&[&requests], &requests, Queue::default(), &resamples);
    let long = |request: &Request| request.parts[1].inclusive;
    let Ok(observed) = Ranked::new(&requests, &resamples).and_then(|ranked| observed(&ranked));
    let median = observed[P50].expect("enough requests").estimate;
    let is_long = |request: &&Request| request.service() > median;
    let after = |request: &Request| if is_long(&request) { long(request) } else { 0.0 };
    let after: Vec<f64> = requests.requests.iter().map(after).collect();
    let sum: f64 = requests.requests.iter().map(long).sum();
    let speedup = sum / after.iter().sum::<f64>();
    let alike = FasterFunction { is_inclusive: true, ..FasterFunction::times(1, speedup) };
    let what_if = |faster| model.what_if(Speedup::Named(NamedSpeedup::Measured), &[faster]);
    let (found, alike) = (what_if(FasterFunction { after: Some(busy(&after)), ..alike }), what_if(alike));
    assert!((found.cpu_saved.estimate - (1.0 - 1.0 / speedup) * 2.0 / 3.0).abs() < 1e-9, "{found:?}");
    // The long ones are as they were, and p99 is theirs.
    assert!((found.p99_change.estimate).abs() < 1e-9 && alike.p99_change.estimate < -0.1, "{found:?} {alike:?}");
}

/// Both are replaced with all that they call, and one is called by the other alone.
#[test]
fn what_is_replaced_within_another_is_not_saved_twice() {
    let mut requests = requests(0.6);
    for request in &mut requests.requests {
        // The long one calls the short one, and takes all of the request with it.
        request.parts[1].inclusive = request.service();
    }
    let Ok(resamples) = Resamples::new(&requests, 1, Confidence::USUAL);
    let model =
        ReplayModel::new(&[&requests], &requests, Queue::default(), &resamples).nested(vec![vec![1], Vec::new()]);
    let replaced = |function| FasterFunction { is_inclusive: true, ..FasterFunction::times(function, 2.0) };
    let saved = |faster: &[FasterFunction<'_>]| {
        model.what_if(Speedup::Named(NamedSpeedup::Measured), faster).cpu_saved.estimate
    };
    assert!((saved(&[replaced(0)]) - 1.0 / 6.0).abs() < 1e-9);
    assert!((saved(&[replaced(1)]) - 0.5).abs() < 1e-9);
    assert!((saved(&[replaced(0), replaced(1)]) - 0.5).abs() < 1e-9);
    // What only gets faster where it is keeps what it calls.
    let faster = [replaced(0), FasterFunction::times(1, 2.0)];
    assert!((saved(&faster) - (1.0 / 6.0 + 1.0 / 3.0)).abs() < 1e-9);
}
