//! Bad input to the built-in workloads: every contender raises what the baseline raises.

use std::fmt::Write;

use super::support::Project;

const BASELINES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../python_baselines");

/// Has the tool itself compare what is raised: the type of the exception, for each bad input.
///
/// `functions` are those of a built-in module, the baseline first; `inputs` are Python expressions, in which the
/// module is called `subject`. An input that raises nothing in the baseline proves nothing, and fails.
#[track_caller]
fn raise_alike(module: &str, functions: &[&str], inputs: &[&str]) {
    let (result, ran) = project(module, functions, inputs).compare(&["--memory", "2GiB"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    for contender in result["workloads"][0]["contenders"].as_array().unwrap().iter().skip(1) {
        assert_eq!(contender["equivalence"]["status"], "equal", "{contender:#}");
    }
}

fn project(module: &str, functions: &[&str], inputs: &[&str]) -> Project {
    let mut probe = format!(
        "import importlib\n\nsubject = importlib.import_module({module:?})\n\n\n\
         def cases(size, seed):\n    return list(INPUTS)\n\n\n\
         def raised(function, case):\n    try:\n        function(INPUTS[case]())\n\
         \x20   except BaseException as error:\n        return type(error).__name__\n\
         \x20   raise AssertionError(f\"{{case}} raised nothing\")\n\n\nINPUTS = {{\n"
    );
    let mut manifest = format!(
        "[project]\npython-path = [\".\", {BASELINES:?}]\nrequirements = \"{BASELINES}/requirements.lock\"\n\n\
         [workload.w]\ninput = \"probe:cases\"\nsizes = {{ default = 1 }}\n"
    );
    for input in inputs {
        writeln!(probe, "    {input:?}: lambda: {input},").unwrap();
    }
    probe.push_str("}\n");
    for (index, name) in functions.iter().enumerate() {
        write!(
            probe,
            "\n\ndef {name}(cases):\n    return [f\"{{case}}: {{raised(subject.{name}, case)}}\" for case in cases]\n"
        )
        .unwrap();
        let role = if index == 0 { "baseline = true\n" } else { "" };
        let dashed = name.replace('_', "-");
        write!(manifest, "\n[workload.w.contender.{dashed}]\npython = \"probe:{name}\"\n{role}").unwrap();
    }
    Project::new(&[("rustworthy.toml", &manifest), ("probe.py", &probe)])
}

#[test]
fn sum_squares_refuses_what_range_refuses() {
    let functions = ["loop", "closed_form", "numpy_chunked", "pyo3_serial", "pyo3_rayon"];
    raise_alike("sum_squares", &functions, &["'5'", "5.0", "None", "[5]", "b'5'"]);
}

#[test]
fn regex_logs_refuses_lines_that_are_no_text() {
    let functions = ["python", "python_lean", "re2", "polars", "pyo3_naive", "pyo3_borrowed"];
    let log = |lines: &str| format!("subject.Log({lines}, None)");
    let line = r#"'h - [t] "GET / " 200 1'"#;
    let lines = ["None", "5", "[5]", "[b'h']", "[None]", &format!("[{line}, 5]"), &format!("[{line}, b'h']")].map(log);
    let inputs: Vec<&str> = lines.iter().map(String::as_str).chain(["None", "[]"]).collect();
    raise_alike("regex_logs", &functions, &inputs);
}

#[test]
fn regex_logs_refuses_files_that_python_cannot_read() {
    let functions = ["python_file", "pyo3_path"];
    let log = |path: &str| format!("subject.Log([], {path})");
    let invalid = "[path := subject.Path('invalid.log'), path.write_bytes(b'ok\\nZo\\xeb\\n')][0]";
    let cut = "[path := subject.Path('cut.log'), path.write_bytes('Zo\u{eb}'.encode()[:-1])][0]";
    let paths = ["'no-such.log'", "'/'", "'a\\0b'", "None", "5.0", "['x']", invalid, cut].map(log);
    raise_alike("regex_logs", &functions, &paths.each_ref().map(String::as_str));
}
