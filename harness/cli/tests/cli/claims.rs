//! Published figures held against real measurements.

use serde_json::Value;

use crate::support::Project;

const MODULE: &str = r"
def make(size, seed):
    return list(range(size))

def light(numbers):
    return sum(numbers)

def heavy(numbers):
    ballast = bytearray(64 << 20)
    return sum(numbers) + ballast[0]

def other(numbers):
    return sum(numbers) + 1
";

fn claims(result: &Value) -> &[Value] {
    result["workloads"][0]["claims"].as_array().expect("claims")
}

#[test]
fn claims_are_held_against_the_pair_the_size_and_the_quantity_that_they_are_about() {
    let claims_on = r#"
[[workload.w.claim]]
source = "a post"
contender = "heavy"
baseline-bytes = "200MB"
contender-bytes = "20MB"

[[workload.w.claim]]
source = "a post"
contender = "heavy"
size = 5000
baseline-seconds = 1
contender-seconds = 1e-9

[[workload.w.claim]]
source = "another post"
contender = "light"
against = "heavy"
size = "default"
baseline-seconds = 1
contender-seconds = 1e-9

[[workload.w.claim]]
source = "another post"
contender = "other"
baseline-seconds = 1
contender-seconds = 1
"#;
    let project = Project::with_settings(MODULE, &["light", "heavy", "other"], claims_on, "");
    let (result, ran) = project.compare(&["--filter", "*"]);
    let [memory, size, against, other] = claims(&result) else { panic!("four claims: {ran}") };

    let ratio = &memory["measured_memory_ratio"];
    assert!(ratio["high"].as_f64().unwrap() < 0.9, "64 MiB more than the baseline show: {memory:#}");
    assert_eq!((&memory["quantity"], &memory["verdict"]), (&"peak_memory".into(), &"not_reproduced".into()));
    assert_eq!((&memory["claimed_speedup"], &memory["measured_speedup"]), (&Value::Null, &Value::Null));

    assert_eq!((&size["verdict"], &size["size"]), (&"not_comparable".into(), &5000.into()));
    assert_eq!(size["reason"], "it is about n = 5,000, and n = 100 was measured");

    assert_eq!((&against["against"], &against["verdict"]), (&"heavy".into(), &"not_reproduced".into()));
    assert_eq!(against["reason"], Value::Null);

    assert_eq!((&other["measured_speedup"], &other["verdict"]), (&Value::Null, &"not_comparable".into()));
    assert_eq!(other["reason"], "other computes something else than the baseline");

    let table = project.run(&["report"]).stdout;
    let closing = table.split_once("Claims audit").unwrap_or_else(|| panic!("no audit: {table}")).1;
    assert!(closing.contains("4 claims: 2 not reproduced, 2 not comparable"), "{table}");
    assert!(closing.contains("200 MB → 20.0 MB") && closing.contains("└ against heavy"), "{table}");
}

#[test]
fn a_claim_about_contenders_that_were_not_chosen_is_left_out() {
    let claim =
        "[[workload.w.claim]]\nsource = 's'\ncontender = 'heavy'\nbaseline-bytes = '2B'\ncontender-bytes = '1B'\n";
    let project = Project::with_settings(MODULE, &["light", "heavy"], claim, "");
    let (result, _) = project.compare(&["--filter", "light"]);
    assert!(claims(&result).is_empty());
}
