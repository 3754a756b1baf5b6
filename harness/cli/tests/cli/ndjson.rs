//! `ndjson`: what the check finds, and what the contenders make of lines that parsers disagree about.

use super::support::{Project, contender};

const BASELINES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../python_baselines");

#[test]
fn the_check_and_not_the_note_finds_that_the_article_counts_bytes() {
    let project = Project::builtin();
    let arguments = ["--size", "4", "--quick", "--budget", "1s", "--format", "json", "--filter"];
    let compare = |filter: &str| {
        let ran = project.run(&[&["compare", "ndjson"], &arguments[..], &[filter]].concat());
        assert_eq!(ran.code, Some(0), "{ran}");
        serde_json::from_str(&ran.stdout).unwrap()
    };
    let result = compare("article-rust");
    let article = contender(&result, "ndjson", "article-rust");
    assert_eq!(article["equivalence"]["status"], "different", "{article:#}");
    assert!(article["equivalence"]["detail"].as_str().unwrap().contains("189 ≠ 205"), "{article:#}");
    assert!(article["speedup"].is_null(), "{article:#}");
    let result = compare("kernel-serde-json");
    assert_eq!(contender(&result, "ndjson", "kernel-serde-json")["equivalence"]["status"], "equal");
}

#[test]
fn all_contenders_read_what_only_pythons_json_reads() {
    let contenders =
        ["python", "read_all", "raw_decode", "orjson", "msgspec", "pyo3_per_line", "pyo3_path", "pyo3_path_rayon"];
    let mut probe = String::from(
        r#"from pathlib import Path

import ndjson
from ndjson import *


def odd(size, seed):
    path = Path(os.environ["RUSTWORTHY_SCRATCH"], "odd.ndjson")
    log = '{"level": "ERROR", "a": NaN}\n{"a": -Infinity, "level": "ERROR"}\r{"level": "ERROR", "a": 1e999}\r\n'
    log += '{"level": "ERROR", "a": "\\ud800"}\n{"level": "ERROR", "level": NaN}\n{"a": NaN, "level": "ERROR"}\n'
    log += '{"level": "ERROR", "a": ' + "1" * 4300 + '}\r\r\n{"level": "ERROR", "a": ' + "[" * 980 + "]" * 980 + "}"
    path.write_bytes(log.replace("\r\r", "\r").encode())
    return path
"#,
    );
    let mut manifest = format!(
        "[project]\npython-path = [\".\", {BASELINES:?}]\nrequirements = \"{BASELINES}/requirements/service.lock\"\n\n\
         [workload.w]\ninput = \"probe:odd\"\nsizes = {{ default = 1 }}\n"
    );
    for (index, name) in contenders.iter().enumerate() {
        probe += &format!("\n\ndef {name}(path):\n    return ndjson.{name}(path)\n");
        let role = if index == 0 { "baseline = true" } else { "" };
        manifest +=
            &format!("\n[workload.w.contender.{}]\npython = \"probe:{name}\"\n{role}\n", name.replace('_', "-"));
    }
    let (result, ran) = Project::new(&[("rustworthy.toml", &manifest), ("probe.py", &probe)]).compare(&[]);
    assert_eq!(ran.code, Some(0), "{ran}");
    for contender in result["workloads"][0]["contenders"].as_array().unwrap().iter().skip(1) {
        assert_eq!(contender["equivalence"]["status"], "equal", "{contender:#}");
    }
}
