//! What becomes of outputs that are no measure, or that differ in nothing that matters.

use std::sync::LazyLock;

use serde_json::Value;

use super::support::{Project, contender};

const MODULE: &str = r#"
import re
import uuid
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

def make(size, seed):
    return size


def plain(_):
    return {"a": 1, "b": 2.0}


def reordered(_):
    return {"b": 2.0, "a": 1}


def of_floats(_):
    return {"a": 1.0, "b": 2.0}


def close(_):
    return {"a": 1, "b": 2.0000000001}


def other(_):
    return {"a": 1, "b": 3.0}


def berlin(_):
    return datetime(2024, 1, 1, tzinfo=ZoneInfo("Europe/Berlin"))


def an_hour_east(_):
    return datetime(2024, 1, 1, tzinfo=timezone(timedelta(hours=1)))


def random(_):
    return str(uuid.uuid4())


def matched(_):
    return re.match("(a)(b)?", "ac")


def matched_again(_):
    return re.compile("(a)(b)?").match("ac")


def unawaited(_):
    return [awaited()]


async def awaited():
    return 1


def lazy(_):
    return (number for number in range(3))


def listed(_):
    return [0, 1, 2]


def raises(expected, got):
    raise KeyError("gone")


def raises_for_other(expected, got):
    if got["b"] == 3.0:
        raise KeyError("gone")
    return True


def forgets_to_return(expected, got):
    expected == got


def says_zero(expected, got):
    return 0
"#;

fn compare(functions: &[&str], settings: &str) -> (Value, Option<i32>) {
    let (result, ran) = Project::with_settings(MODULE, functions, settings, "").compare(&[]);
    (result, ran.code)
}

fn error(result: &Value) -> &str {
    result["workloads"][0]["error"].as_str().unwrap_or_default()
}

#[test]
fn a_baseline_that_is_not_stable_is_an_error_unless_it_is_expected() {
    let (result, code) = compare(&["random", "plain"], "");
    assert!(error(&result).starts_with("the baseline differs from itself"), "{result:#}");
    assert!(error(&result).ends_with("say `unstable = \"expected\"`"), "{result:#}");
    assert_eq!(code, Some(3));

    let (result, code) = compare(&["random", "plain"], "unstable = \"expected\"");
    assert!(result["workloads"][0]["error"].is_null(), "{result:#}");
    assert!(result["workloads"][0]["warnings"].to_string().contains("differs from itself"), "{result:#}");
    assert_eq!(contender(&result, "w", "plain")["equivalence"]["status"], "unchecked");
    assert!(contender(&result, "w", "plain")["speedup"].is_null());
    assert_eq!(code, Some(0));
}

#[test]
fn a_checker_that_fails_is_the_workloads_own_error() {
    let cases = [
        ("raises", "impls:raises raised KeyError: 'gone'"),
        ("forgets_to_return", "impls:forgets_to_return returned None, which is neither True nor False"),
        ("says_zero", "impls:says_zero returned 0, which is neither True nor False"),
    ];
    let settings = cases.map(|(checker, _)| format!("equal = \"impls:{checker}\""));
    let functions: &[&str] = &["plain", "reordered"];
    let workloads = settings.each_ref().map(|equal| (functions, equal.as_str()));
    let (result, ran) = Project::of_workloads(MODULE, &workloads).compare(&[]);
    for (place, (_, says)) in cases.into_iter().enumerate() {
        let error = result["workloads"][place]["error"].as_str().unwrap_or_default();
        assert!(error.starts_with(&format!("the check of outputs failed: {says}")), "{result:#}");
        let name = format!("w{place}");
        for function in functions {
            assert_eq!(contender(&result, &name, function)["status"], "measured", "{result:#}");
        }
        let found = contender(&result, &name, "reordered");
        assert_eq!(found["equivalence"]["status"], "unchecked", "{found:#}");
        assert_eq!(found["equivalence"]["detail"], says);
    }
    assert_eq!(ran.code, Some(3));
}

#[test]
fn a_checker_that_fails_for_one_contender_still_judges_the_others() {
    let (result, code) = compare(&["plain", "close", "other"], "equal = \"impls:raises_for_other\"");
    assert_eq!(contender(&result, "w", "close")["equivalence"]["status"], "equal");
    assert!(contender(&result, "w", "close")["speedup"]["estimate"].is_f64());
    assert_eq!(contender(&result, "w", "other")["equivalence"]["status"], "unchecked");
    assert!(error(&result).contains("KeyError"), "{result:#}");
    assert_eq!(code, Some(3));
}

/// What a run of outputs that differ, and would be equal under a wider `equal`, gave.
struct Hinted {
    result: Value,
    code: Option<i32>,
    /// Table, Markdown and page.
    renderings: [String; 3],
}

static HINTED: LazyLock<Hinted> = LazyLock::new(|| {
    let functions: &[&str] = &["plain", "reordered", "of_floats", "close", "other"];
    let workloads = [(functions, ""), (functions, "equal = \"value\""), (&["berlin", "an_hour_east"], "")];
    let project = Project::of_workloads(MODULE, &workloads);
    let (result, ran) = project.compare(&[]);
    let [table, markdown] = ["table", "markdown"].map(|format| project.run(&["report", "--format", format]).stdout);
    let page = std::fs::read_to_string(project.file(".rustworthy/latest/report.html")).unwrap();
    Hinted { result, code: ran.code, renderings: [table, markdown, page] }
});

fn hint(workload: &str, name: &str) -> Value {
    contender(&HINTED.result, workload, name)["equivalence"]["hint"].clone()
}

#[test]
fn outputs_that_would_be_equal_under_a_wider_equal_say_under_which() {
    assert_eq!(hint("w0", "reordered"), serde_json::json!({"equal": "value", "because": "order of keys"}));
    assert_eq!(hint("w0", "of-floats"), serde_json::json!({"equal": "value", "because": "types int and float"}));
    let close = serde_json::json!({"equal": "{ rel-tol = 1e-9 }", "because": "numbers that are close"});
    assert_eq!(hint("w0", "close"), close);
    assert!(hint("w0", "other").is_null());
    assert_eq!(HINTED.code, Some(3));

    assert_eq!(contender(&HINTED.result, "w1", "reordered")["equivalence"]["status"], "equal");
    assert_eq!(hint("w1", "close"), close);
    assert_eq!(hint("w2", "an-hour-east"), serde_json::json!({"equal": "value", "because": "time zones"}));
}

#[test]
fn a_hint_is_shown_wherever_the_difference_is() {
    for text in &HINTED.renderings {
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains("which allows for order of keys"), "{text}");
    }
}

#[test]
fn a_hint_can_be_taken_as_it_is_written() {
    let hint = hint("w0", "close")["equal"].as_str().unwrap().to_owned();
    let (result, code) = compare(&["plain", "close"], &format!("equal = {hint}"));
    assert_eq!(contender(&result, "w", "close")["equivalence"]["status"], "within_tolerance");
    assert_eq!(code, Some(0));
}

#[test]
fn an_output_that_cannot_be_pickled_is_compared_all_the_same() {
    let (result, code) = compare(&["matched", "matched_again"], "");
    assert_eq!(contender(&result, "w", "matched-again")["equivalence"]["status"], "equal", "{result:#}");
    assert_eq!(code, Some(0));
}

#[test]
fn an_output_that_cannot_be_looked_into_says_why_and_not_that_it_differs() {
    let workloads: [(&[&str], &str); 3] =
        [(&["unawaited", "listed"], ""), (&["lazy", "listed"], ""), (&["listed", "lazy"], "")];
    let (result, _) = Project::of_workloads(MODULE, &workloads).compare(&[]);
    for (place, advice) in ["return what awaiting it gives", "return `list()` of it"].into_iter().enumerate() {
        let warning = result["workloads"][place]["warnings"].to_string();
        assert!(
            warning.contains("the baseline's output can't be looked into") && warning.contains(advice),
            "{warning}"
        );
    }
    assert!(!result.to_string().contains("differs from itself"), "{result:#}");
    let found = contender(&result, "w2", "lazy");
    assert!(found["equivalence"]["detail"].as_str().unwrap().contains("return `list()` of it"), "{found:#}");
}

#[test]
fn a_declared_difference_that_does_not_show_is_told_once() {
    let project =
        Project::with_settings(MODULE, &["plain", "other"], "equal = \"impls:says_true\"", "differs = \"by decree\"");
    std::fs::write(project.file("impls.py"), format!("{MODULE}\n\ndef says_true(expected, got):\n    return True\n"))
        .unwrap();
    for command in [&["compare", "all", "--quick", "--budget", "100ms"][..], &["report", "--format", "markdown"]] {
        let ran = project.run(command);
        let told = ran.stdout.matches("by decree").count();
        assert_eq!(told, 1, "{ran}");
        assert!(ran.stdout.contains("this input shows no difference"), "{ran}");
    }
}
