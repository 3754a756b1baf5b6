//! Projects that people copy.

use serde_json::Value;

use super::super::support::{Project, Ran, contender};
use super::copy;

fn example(name: &str) -> Project {
    let project = Project::new(&[]);
    copy(&format!("examples/{name}"), project.path());
    project
}

fn json(ran: &Ran) -> Value {
    assert_eq!(ran.code, Some(0), "{ran}");
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("no JSON ({error}): {ran}"))
}

/// The library of an example is equal to its baseline, alone and in the service.
#[track_caller]
fn runs(example: &Project, workload: &str, library: &str, scenario: &str) {
    let listed = example.run(&["list"]);
    assert_eq!(listed.code, Some(0), "{listed}");
    for name in [workload, library, scenario] {
        assert!(listed.stdout.contains(name), "{listed}");
    }

    let (compared, ran) = example.compare(&[]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(contender(&compared, workload, library)["equivalence"]["status"], "equal", "{ran}");

    let attributed = json(&example.run(&["attribute", scenario, "--quick", "--requests", "200", "--format", "json"]));
    assert_eq!(attributed["failed_requests"], 0);
    assert_eq!(attributed["migrated"]["equivalence"], "equal", "{attributed:#}");
}

#[test]
fn the_service_is_compared_and_attributed() {
    runs(&example("service"), "totals", "orjson", "orders");
}

#[test]
fn the_starlette_application_is_compared_and_attributed() {
    runs(&example("starlette"), "distance", "rapidfuzz", "search");
}

#[test]
fn the_boundary_of_the_smallest_example_has_a_ceiling() {
    let tried = json(
        &example("try")
            .run(&["try", "receipts", "--quick", "--budget", "100ms", "--filter", "boundary", "--format", "json"]),
    );
    let boundary = &tried["workloads"][0]["tried"]["boundary"];
    assert_eq!(boundary["argument"], "list[dict[str, str]]", "{tried:#}");
    assert!(boundary["crossings"][0]["ceiling"]["low"].as_f64().is_some_and(|low| low > 1.0), "{tried:#}");
}
