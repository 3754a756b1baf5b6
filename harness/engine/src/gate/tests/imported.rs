//! Verdicts on what other tools have measured.

use proptest::prelude::*;
use rustworthy_model::Series;
use rustworthy_stats::{Confidence, Resampling};

use crate::import::Benchmark;
use crate::sound::contradictions;
use crate::verdict::apart::judge_imported;
use crate::verdict::gate::Rule;

fn side() -> impl Strategy<Value = Benchmark> {
    let seconds = prop_oneof![1e-9..1e-8_f64, Just(3e-3), 1e-3..1.0_f64, Just(f64::MIN_POSITIVE), Just(f64::MAX)];
    prop::collection::vec(prop::collection::vec(seconds, 1..4), 1..8).prop_map(|processes| Benchmark {
        series: Series { workload: "w".to_owned(), contender: "c".to_owned(), seconds: None, processes },
        place: String::new(),
        failed_runs: 0,
    })
}

proptest! {
    #[test]
    fn no_estimate_is_outside_of_its_interval(old in side(), new in side(), fail_over in 0.0..1.0_f64) {
        let resampling = Resampling { confidence: Confidence::USUAL, resamples: 200, seed: 1 };
        let rule = Rule { resampling, false_alarms: 0.05, changes: 3 };
        let judged = judge_imported(&old, &new, fail_over, &rule);
        let contradictions = contradictions(&serde_json::to_value(&judged).unwrap());
        prop_assert!(contradictions.is_empty(), "{contradictions:?}");
    }
}
