//! `ndjson`: what the check finds, and what the contenders make of lines that parsers disagree about.

use super::support::{BRIEFLY, Project, contender};

const BASELINES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../python_baselines");

#[test]
fn the_check_and_not_the_note_finds_that_the_article_counts_bytes() {
    let arguments = ["compare", "ndjson", "--size", "4", "--filter", "article-rust", "--filter", "kernel-serde-json"];
    let ran = Project::builtin().run(&[&arguments[..], &BRIEFLY, &["--format", "json"]].concat());
    assert_eq!(ran.code, Some(0), "{ran}");
    let result = serde_json::from_str(&ran.stdout).unwrap();
    let article = contender(&result, "ndjson", "article-rust");
    assert_eq!(article["equivalence"]["status"], "different", "{article:#}");
    assert!(article["equivalence"]["detail"].as_str().unwrap().contains("189 ≠ 205"), "{article:#}");
    assert!(article["speedup"].is_null(), "{article:#}");
    assert_eq!(contender(&result, "ndjson", "kernel-serde-json")["equivalence"]["status"], "equal");
}

#[test]
fn all_contenders_read_what_only_pythons_json_reads() {
    let probe = r#"from pathlib import Path

import ndjson
from ndjson import *

OTHERS = ["read_all", "raw_decode", "orjson", "msgspec", "pyo3_per_line", "pyo3_path", "pyo3_path_rayon"]


def odd(size, seed):
    path = Path(os.environ["RUSTWORTHY_SCRATCH"], "odd.ndjson")
    log = '{"level": "ERROR", "a": NaN}\n{"a": -Infinity, "level": "ERROR"}\r{"level": "ERROR", "a": 1e999}\r\n'
    log += '{"level": "ERROR", "a": "\\ud800"}\n{"level": "ERROR", "level": NaN}\n{"a": NaN, "level": "ERROR"}\n'
    log += '{"level": "ERROR", "a": ' + "1" * 4300 + '}\r\r\n{"level": "ERROR", "a": ' + "[" * 980 + "]" * 980 + "}"
    path.write_bytes(log.replace("\r\r", "\r").encode())
    return path


def baseline(path):
    return {name: python(path) for name in OTHERS}


def others(path):
    return {name: globals()[name](path) for name in OTHERS}
"#;
    let manifest = format!(
        "[project]\npython-path = [\".\", {BASELINES:?}]\nrequirements = \"{BASELINES}/requirements/service.lock\"\n\n\
         [workload.w]\ninput = \"probe:odd\"\nsizes = {{ default = 1 }}\n\n\
         [workload.w.contender.baseline]\npython = \"probe:baseline\"\nbaseline = true\n\n\
         [workload.w.contender.others]\npython = \"probe:others\"\n"
    );
    let (result, ran) = Project::new(&[("rustworthy.toml", &manifest), ("probe.py", probe)]).compare(&[]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let others = contender(&result, "w", "others");
    assert_eq!(others["equivalence"]["status"], "equal", "{others:#}");
}
