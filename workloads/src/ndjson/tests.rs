//! What Python makes of lines and logs, and whether Rust agrees. The baseline itself is asked.

use std::ffi::CString;
use std::fs;

use proptest::prelude::*;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyModule};

use super::face::path_of;
use super::*;

type Judge = Box<dyn Fn(&str) -> Result<bool, Fault>>;
type Totaller = fn(&Path) -> Result<u64, Fault>;

/// All that can judge a line.
fn judges() -> [Judge; 3] {
    [Box::new(json::is_error), Box::new(judged_by(parsers::sonic)), Box::new(judged_by(parsers::serde_json))]
}

/// All that can total a log.
const TOTALS: [Totaller; 4] = [serial, parallel, sonic, serde_json];

/// Asks the module of the baseline, with these functions beside it.
fn python<T>(ask: impl FnOnce(&Bound<'_, PyModule>) -> T) -> T {
    const VERDICT: &str = "

def verdict(line):
    try:
        return str(json.loads(line).get('level') == 'ERROR')
    except Exception as error:
        return type(error).__name__


def total(path):
    try:
        return str(python(path))
    except Exception as error:
        return type(error).__name__
";
    static MODULE: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    Python::initialize();
    Python::attach(|py| {
        let module = MODULE.get_or_init(py, || {
            let code = CString::new(include_str!("../../../python_baselines/ndjson.py").to_owned() + VERDICT);
            PyModule::from_code(py, &code.unwrap(), c"ndjson.py", c"ndjson").unwrap().unbind()
        });
        ask(module.bind(py))
    })
}

/// What Python makes of a line: `True`, `False`, or the name of the exception that it raises.
fn expected(module: &Bound<'_, PyModule>, line: &str) -> String {
    module.getattr("verdict").unwrap().call1((line,)).unwrap().to_string()
}

/// The same of Rust.
fn found(result: Result<bool, Fault>) -> String {
    result.map_or_else(name, |is_error| if is_error { "True".into() } else { "False".into() })
}

fn name(fault: Fault) -> String {
    Python::attach(|py| PyErr::from(fault).get_type(py).name().unwrap().to_string())
}

/// Lines that parsers disagree about, with what Python makes of them, sonic-rs and `serde_json`; "-" where these don't
/// take it for an object.
#[test]
fn parsers_differ_from_python_in_what_they_refuse_alone() {
    let nested = |depth: usize| format!("{{\"a\": {}{}}}", "[".repeat(depth), "]".repeat(depth));
    let digits = |count: usize| format!("{{\"a\": {}}}", "1".repeat(count));
    let table: &[(&str, &str, &str, &str)] = &[
        (r#"{"level": "ERROR"}"#, "True", "True", "True"),
        (r#"{"a": NaN}"#, "False", "-", "-"),
        (r#"{"a": -Infinity, "level": "ERROR"}"#, "True", "-", "-"),
        (r#"{"a": -NaN}"#, "JSONDecodeError", "-", "-"),
        (r#"{"a": "\ud800", "level": "ERROR"}"#, "True", "-", "-"),
        (r#"{"a": "\udc00\ud800"}"#, "False", "-", "-"),
        (r#"{"a": "\ud83d\u0041"}"#, "False", "-", "-"),
        (r#"{"\ud83d": "\ud83d\ude00"}"#, "False", "-", "-"),
        (r#"{"a": "\ud83d\ude00"}"#, "False", "False", "False"),
        (r#"{"a": "\uZZZZ"}"#, "JSONDecodeError", "-", "-"),
        (r#"{"a": "\u+041"}"#, "JSONDecodeError", "-", "-"),
        (r#"{"a": "\u004"}"#, "JSONDecodeError", "-", "-"),
        (r#"{"a": "\x41"}"#, "JSONDecodeError", "-", "-"),
        (r#"{"a": "\"#, "JSONDecodeError", "-", "-"),
        ("{\"a\": \"\u{1f}\"}", "JSONDecodeError", "-", "-"),
        ("{\"a\": \"\u{7f}\u{85}\u{2028}\"}", "False", "False", "False"),
        (r#"{"l\u0065vel": "\u0045RR\u004fR"}"#, "True", "True", "True"),
        (r#"{"level": "ERROR\u0000"}"#, "False", "False", "False"),
        (r#"{"level": "\u0145RROR"}"#, "False", "False", "False"),
        (r#"{"level": "ERROR", "level": "INFO"}"#, "False", "False", "False"),
        (r#"{"level": "INFO", "level": "ERROR"}"#, "True", "True", "True"),
        (r#"{"level": "ERROR", "level": ["ERROR"]}"#, "False", "False", "False"),
        (r#"{"level": "ERROR", "l\u0065vel": NaN}"#, "False", "-", "-"),
        (r#"{"a": {"level": "ERROR"}}"#, "False", "False", "False"),
        (&digits(30), "False", "False", "False"),
        (&digits(309), "False", "False", "False"),
        (&digits(310), "False", "-", "-"),
        (&digits(4_300), "False", "-", "-"),
        (&digits(4_301), "ValueError", "-", "-"),
        (&digits(4_301).replace(": ", ": 1."), "False", "-", "False"),
        (r#"{"a": 1e999, "level": "ERROR"}"#, "True", "-", "-"),
        (r#"{"a": 1e-999}"#, "False", "False", "False"),
        (r#"{"a": -0, "b": -0.0, "c": 1E+05}"#, "False", "False", "False"),
        (r#"{"a": 01}"#, "JSONDecodeError", "-", "-"),
        (r#"{"a": 1.}"#, "JSONDecodeError", "-", "-"),
        (r#"{"a": .5}"#, "JSONDecodeError", "-", "-"),
        (r#"{"a": +1}"#, "JSONDecodeError", "-", "-"),
        (r#"{"a": -}"#, "JSONDecodeError", "-", "-"),
        (r#"{"a": 1e}"#, "JSONDecodeError", "-", "-"),
        (r#"{"a": 0x1}"#, "JSONDecodeError", "-", "-"),
        (r#"{"a": ١}"#, "JSONDecodeError", "-", "-"),
        (&nested(126), "False", "False", "False"),
        (&nested(127), "False", "False", "-"),
        (&nested(930), "False", "False", "-"),
        (&nested(960), "False", "-", "-"),
        (&nested(100_000), "RecursionError", "-", "-"),
        ("\u{feff}{}", "JSONDecodeError", "-", "-"),
        ("", "JSONDecodeError", "-", "-"),
        (" ", "JSONDecodeError", "-", "-"),
        (" \t{ \"level\" :\t\"ERROR\" } ", "True", "True", "True"),
        ("{}\u{b}", "JSONDecodeError", "-", "-"),
        ("{}\u{a0}", "JSONDecodeError", "-", "-"),
        ("{}\u{85}", "JSONDecodeError", "-", "-"),
        ("{}\0", "JSONDecodeError", "-", "-"),
        ("{} {}", "JSONDecodeError", "-", "-"),
        ("{\"a\": 1,}", "JSONDecodeError", "-", "-"),
        ("{\"a\": [1,]}", "JSONDecodeError", "-", "-"),
        ("{'a': 1}", "JSONDecodeError", "-", "-"),
        ("{a: 1}", "JSONDecodeError", "-", "-"),
        ("{1: 1}", "JSONDecodeError", "-", "-"),
        ("{\"a\": truey}", "JSONDecodeError", "-", "-"),
        ("{\"a\": 1", "JSONDecodeError", "-", "-"),
        ("[]", "AttributeError", "-", "-"),
        ("\"ERROR\"", "AttributeError", "-", "-"),
        ("null", "AttributeError", "-", "-"),
        ("NaN", "AttributeError", "-", "-"),
        ("-Infinity", "AttributeError", "-", "-"),
        ("12", "AttributeError", "-", "-"),
        ("12 x", "JSONDecodeError", "-", "-"),
    ];
    let taken = |verdict: Option<bool>| verdict.map_or("-".to_owned(), |is_error| found(Ok(is_error)));
    python(|module| {
        for (line, python, sonic, serde_json) in table {
            let shown: String = line.chars().take(60).collect();
            assert_eq!(expected(module, line), *python, "Python: {shown:?}");
            assert_eq!(taken(parsers::sonic(line)), *sonic, "sonic-rs: {shown:?}");
            assert_eq!(taken(parsers::serde_json(line)), *serde_json, "serde_json: {shown:?}");
            for judge in judges() {
                assert_eq!(found(judge(line)), *python, "{shown:?}");
            }
        }
    });
}

/// Beyond this Python's limit depends on its version and on the caller.
#[test]
fn nesting_is_refused_from_991_levels_on() {
    let nested = |depth: usize| format!("{{\"a\": {}{}}}", "[".repeat(depth - 1), "]".repeat(depth - 1));
    assert!(!json::is_error(&nested(990)).unwrap());
    assert!(matches!(json::is_error(&nested(991)), Err(Fault::Depth)));
}

#[test]
fn a_log_without_lines_has_no_characters() {
    assert_eq!(total(&b""[..], json::is_error).unwrap(), 0);
}

#[test]
fn the_article_counts_bytes_without_line_breaks() {
    let log = "{\"level\": \"ERROR\", \"é\": 1}\r\n[]\n";
    assert_eq!(parsers::article(log.as_bytes()).unwrap(), 27);
    assert_eq!(total(&log.as_bytes()[..29], json::is_error).unwrap(), 27);
    assert!(matches!(parsers::article(&b"{\"a\": NaN}"[..]), Err(Fault::Json)));
}

#[test]
fn unreadable_logs_raise_what_open_raises() {
    Python::initialize();
    assert_eq!(name(serial(Path::new("no-such-log.ndjson")).unwrap_err()), "FileNotFoundError");
    assert_eq!(name(serial(Path::new(".")).unwrap_err()), "IsADirectoryError");
    assert_eq!(name(serial(Path::new("a\0b")).unwrap_err()), "ValueError");
    Python::attach(|py| {
        assert!(path_of(py.None().bind(py)).unwrap_err().is_instance_of::<pyo3::exceptions::PyTypeError>(py));
        assert_eq!(path_of(PyBytes::new(py, b"a/\xff").as_any()).unwrap().as_os_str().as_bytes(), b"a/\xff");
    });
}

/// Lines of tokens, of which about every third is JSON.
fn line() -> impl Strategy<Value = String> {
    let scalar = prop::sample::select(
        &[
            r#""ERROR""#,
            r#""\u0045RROR""#,
            r#""level""#,
            r#""é\n""#,
            r#""\ud800""#,
            r#""\u00g0""#,
            "\"\t\"",
            "null",
            "true",
            "nul",
            "NaN",
            "-Infinity",
            "0",
            "-0",
            "00",
            "1.5",
            "1.",
            "-1e+5",
            "1e999",
            "1E",
            "{}",
            "[ ]",
            "[1, {\"level\": 2}]",
            "[1,]",
            "",
        ][..],
    );
    let key = prop::sample::select(&[r#""level""#, r#""l\u0065vel""#, r#""a""#, r#""""#, "a", ""][..]);
    let member = (key, prop::sample::select(&[":", ": ", "\t: ", ""][..]), scalar)
        .prop_map(|(key, colon, value)| format!("{key}{colon}{value}"));
    let members = prop::collection::vec(member, 0..4).prop_map(|members| members.join(", "));
    let closing = prop::sample::select(&["}", "}", "}", " } ", "},", "]", ""][..]);
    prop_oneof![
        (members, closing).prop_map(|(members, closing)| format!("{{{members}{closing}")),
        "[-+{}\\[\\]:,\" \\\\0-9a-fuENI.é\u{85}]{0,12}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn every_line_is_judged_as_python_judges_it(lines in prop::collection::vec(line(), 10)) {
        python(|module| {
            for line in &lines {
                let expected = expected(module, line);
                for judge in judges() {
                    prop_assert_eq!(found(judge(line)), &*expected, "{}", line);
                }
            }
            Ok(())
        })?;
    }
}

/// Lines of a log without their ends.
const LINES: &[&[u8]] = &[
    b"{\"level\": \"ERROR\"}",
    b"{\"level\": \"ERROR\"}",
    "{\"level\": \"ERROR\", \"é\": \"\u{85}\u{2028}😀\"}".as_bytes(),
    "{\"level\": \"ERROR\", \"山\": NaN}".as_bytes(),
    b"{}",
    b"{}",
    b"[]",
    b"",
    b"\xff",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn logs_have_the_totals_of_the_baseline(
        lines in prop::collection::vec(prop::sample::select(LINES), 0..5),
        ends in prop::collection::vec(prop::sample::select(&["\n", "\r\n", "\r"][..]), 5),
        is_closed: bool,
    ) {
        let mut log = Vec::new();
        for (line, end) in lines.iter().zip(&ends) {
            log.extend_from_slice(line);
            log.extend_from_slice(end.as_bytes());
        }
        if !is_closed {
            log.pop();
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.ndjson");
        fs::write(&path, &log).unwrap();
        let expected = python(|module| module.getattr("total").unwrap().call1((&path,)).unwrap().to_string());
        for total in TOTALS {
            let found = total(&path).map_or_else(name, |total| total.to_string());
            // Of several faults any may be raised.
            let expected = if expected.ends_with("Error") && found.ends_with("Error") { &found } else { &expected };
            prop_assert_eq!(&found, expected);
        }
    }
}
