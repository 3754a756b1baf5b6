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
fn hash_refuses_what_has_no_characters() {
    let functions = [
        "masked",
        "article",
        "blocks",
        "numpy",
        "numba",
        "pyo3_strings",
        "pyo3_in_place",
        "pyo3_bytes",
        "subprocess",
        "http",
        "grpc",
    ];
    let inputs = ["None", "5", "[5]", "[None]", "['a', 5]", "[b'ab']", "[['ab']]", "b'ab'"];
    raise_alike("string_hash", &functions, &inputs);
}

#[test]
fn red_dict_refuses_what_is_no_dict_of_numbers() {
    let functions = [
        "comprehension",
        "lists",
        "numpy",
        "numpy_each_time",
        "article_numpy",
        "article_naive",
        "naive",
        "dicts",
        "hash_map",
        "own_index",
        "shared_index",
        "shared_index_each_time",
    ];
    let inputs = [
        "None",
        "5",
        "({}, {})",
        "([1.0], {}, 1)",
        "(None, {}, 1)",
        "({}, 5, 1)",
        "({'a': '5'}, {}, 1)",
        "({'a': None}, {}, 1)",
        "({'a': 1.0}, {'a': '5'}, 1)",
        "({'a': 1.0}, {'a': None}, 1)",
        "({'a': 10**400}, {}, 1)",
        "({'a': 1.0}, {'a': 10**400}, 1)",
        "({'a': 1.0}, {}, '2')",
    ];
    raise_alike("red_dict", &functions, &inputs);
}
